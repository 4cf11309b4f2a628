"""Sources in memory for tests of training: two Gaussians, and lists of objects."""

import numpy as np

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.memory import MemorySource
from hepcoder.tools.learning.inputs import SPLITS, Inputs, ObjectList, Split

EVENT_INPUTS = Inputs(event=("x", "y"))
JET_INPUTS = Inputs(event=("met",), objects=(ObjectList(name="jets", fields=("pt", "eta", "phi", "mass"), most=3),))


def batch_of(x: np.ndarray, label: np.ndarray, weight: np.ndarray | None = None, *, first_id: int = 0) -> Batch:
    """Events of two event columns."""
    n = len(label)
    return Batch(
        event=x.astype(np.float32),
        objects=np.zeros((n, 0, 0), dtype=np.float32),
        four_vectors=np.zeros((n, 0, 4), dtype=np.float32),
        mask=np.zeros((n, 0), dtype=bool),
        label=label.astype(np.int64),
        weight=(np.ones(n) if weight is None else weight).astype(np.float32),
        event_id=np.arange(first_id, first_id + n),
        process=label.astype(np.int64),
    )


def two_gaussians(
    n: int, *, seed: int = 1, distance: float = 1.5, weights: bool = False, negative: float = 0.0
) -> MemorySource:
    """n training events, half as many for validation and for test; AUC at best Phi(distance / sqrt 2)."""
    rng = np.random.default_rng(seed)
    events: dict[Split, Batch] = {}
    for place, (split, number) in enumerate(zip(SPLITS, (n, n // 2, n // 2), strict=True)):
        label = rng.integers(0, 2, number)
        x = rng.normal(size=(number, 2))
        x[:, 0] += distance * label
        weight = rng.uniform(0.2, 2.0, number) if weights else np.ones(number)
        weight[rng.random(number) < negative] *= -1
        events[split] = batch_of(x, label, weight, first_id=place * n)
    return MemorySource(EVENT_INPUTS, ("background", "signal"), ("zz", "higgs"), events)


def replaced(source: MemorySource, split: Split, batch: Batch) -> MemorySource:
    """The source with other events in a split."""
    return MemorySource(source.inputs, source.classes, source.processes, {**source.events, split: batch})
