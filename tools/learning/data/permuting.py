"""The control of a training: labels that no longer have to do with the events."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.data.splitting import hash_key, uniform_of
from hepcoder.tools.learning.data.wrapped import Wrapped
from hepcoder.tools.learning.inputs import SPLITS, Split

_BATCH = 16_384


@dataclass(frozen=True)
class PermutedSource(Wrapped):
    """The events of a source with other labels.

    Attributes:
        source: Where the events come from.
        seed: Of the labels.
        shares: Upper ends of the classes' shares of the events, the last one 1.
    """

    seed: int
    shares: npt.NDArray[np.float64]

    def count(self, split: Split) -> int:
        """Events of a split."""
        return self.source.count(split)

    def batches(self, split: Split, size: int, *, shuffle_seed: int | None = None) -> Iterator[Batch]:
        """The events of a split as the source gives them, with the drawn labels."""
        keys = np.array([hash_key(name, self.seed) for name in self.processes], dtype=np.uint64)
        for batch in self.source.batches(split, size, shuffle_seed=shuffle_seed):
            drawn = uniform_of(batch.event_id, keys[batch.process])
            yield replace(batch, label=np.searchsorted(self.shares, drawn, side="right").astype(np.int64))


def with_labels_permuted(source: Source, seed: int) -> PermutedSource:
    """The events of a source with labels that are drawn anew, so that no classifier can do better than chance.

    Each event's label is drawn from the shares of the classes, by a hash of its id, its process and the seed: it is
    the same in each epoch and whatever the order, which a permutation of streamed events could not be. All else stays:
    columns, weights, splits. Reads the source once to count the classes.

    Args:
        source: With at least one event.
        seed: Of the labels, 0 or more.
    """
    counts = np.zeros(len(source.classes), dtype=np.int64)
    for split in SPLITS:
        for batch in source.batches(split, _BATCH):
            counts += np.bincount(batch.label, minlength=len(counts))
    return PermutedSource(source, seed, np.cumsum(counts) / counts.sum())
