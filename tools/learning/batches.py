"""Events as arrays of one shape, and where they come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.inputs import Inputs, Split

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Batch:
    """n events; values are as in the file, not scaled.

    Attributes:
        event: Event columns, float32 (n, event columns).
        objects: Object features, float32 (n, places, object features); 0 where there is no object.
        four_vectors: pt (GeV), eta, phi and mass (GeV) of the objects, float32 (n, places, 4); 0 where there is no
            object; no places at all, (n, 0, 4), where the inputs have no four-vectors.
        mask: Where there is an object, bool (n, places).
        label: Index of the class, int64 (n,); -1 where it is unknown, as in data.
        weight: Weight of the event, float32 (n,).
        event_id: int64 (n,).
        process: Index of the process, int64 (n,).
    """

    event: Floats
    objects: Floats
    four_vectors: Floats
    mask: npt.NDArray[np.bool_]
    label: npt.NDArray[np.int64]
    weight: Floats
    event_id: npt.NDArray[np.int64]
    process: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.label)

    def take(self, which: Any) -> "Batch":
        """The events that a mask, slice or list of indices picks."""
        return Batch(**{name: values[which] for name, values in vars(self).items()})


class Source(Protocol):
    """Where the events of a training come from: from memory, or from files that need not fit into it."""

    @property
    def inputs(self) -> Inputs:
        """The columns of the events."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of `Batch.label`."""

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes, in the order of `Batch.process`."""

    def count(self, split: Split) -> int:
        """Events of a split."""

    def batches(self, split: Split, size: int, *, shuffle_seed: int | None = None) -> Iterator[Batch]:
        """The events of a split, each once, the last batch shorter.

        Args:
            split: Which events.
            size: Events of a batch.
            shuffle_seed: Order; None keeps that of the files.
        """


class Predictor(Protocol):
    """A trained classifier, whatever it is made of."""

    @property
    def inputs(self) -> Inputs:
        """What it looks at."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the columns of `probabilities`."""

    def probabilities(self, batch: Batch) -> Floats:
        """Probability of each class for each event, float32 (n, classes), each row summing to 1."""
