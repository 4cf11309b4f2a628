"""Events in memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.report import DataReport
from hepcoder.tools.learning.inputs import Inputs, Split


@dataclass(frozen=True)
class MemorySource:
    """Events that are held in memory.

    Attributes:
        inputs: The columns of the events.
        classes: Names of the classes, in the order of `Batch.label`.
        processes: Names of the processes, in the order of `Batch.process`.
        events: The events of each split.
        report: What is in the files that they come from; None where they come from none.
    """

    inputs: Inputs
    classes: tuple[str, ...]
    processes: tuple[str, ...]
    events: Mapping[Split, Batch]
    report: DataReport | None = None

    def count(self, split: Split) -> int:
        """Events of a split."""
        return len(self.events[split])

    def batches(self, split: Split, size: int, *, shuffle_seed: int | None = None) -> Iterator[Batch]:
        """The events of a split, each once, the last batch shorter.

        Args:
            split: Which events.
            size: Events of a batch, 1 or more.
            shuffle_seed: Order; None keeps that of the files.
        """
        events = self.events[split]
        if shuffle_seed is None:
            yield from (events.take(slice(start, start + size)) for start in range(0, len(events), size))
            return
        order = np.random.default_rng(shuffle_seed).permutation(len(events))
        yield from (events.take(order[start : start + size]) for start in range(0, len(events), size))
