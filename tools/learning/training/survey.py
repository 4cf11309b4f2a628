"""One look at the events before a training: are there enough, and how much does each class weigh."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.training.configs import NegativeWeights
from hepcoder.tools.learning.training.errors import TrainingError

_CHUNK = 65_536


@dataclass(frozen=True)
class Survey:
    """What a split holds.

    Attributes:
        split: Which.
        n: Events.
        n_negative: Of them with negative weight.
        sums: Sum of the weights of each class, as training counts them.
    """

    split: Split
    n: int
    n_negative: int
    sums: tuple[float, ...]

    def factors(self, *, balance: bool) -> tuple[float, ...]:
        """Factor on the weights of each class, so that all weights together have the mean 1.

        Args:
            balance: Whether the classes shall have the same sum.

        Example:
            >>> survey = Survey("train", n=8, n_negative=0, sums=(6.0, 2.0))
            >>> survey.factors(balance=True), survey.factors(balance=False)
            ((0.6666666666666666, 2.0), (1.0, 1.0))
        """
        if balance:
            return tuple(self.n / len(self.sums) / one for one in self.sums)
        return (self.n / sum(self.sums),) * len(self.sums)


def survey(source: Source, split: Split, negative_weights: NegativeWeights) -> Survey:
    """Look through a split once.

    Args:
        source: Of the events.
        split: Which of them.
        negative_weights: How the training counts them.

    Raises:
        TrainingError: If the split is empty or lacks a class, an event has no class or no finite weight, or the
            weights of a class do not sum to more than 0.
    """
    sums, counts, n_negative = np.zeros(len(source.classes)), np.zeros(len(source.classes), dtype=np.int64), 0
    for batch in source.batches(split, _CHUNK):
        _require_known(batch.label, batch.weight, split)
        n_negative += int((batch.weight < 0).sum())
        counts += np.bincount(batch.label, minlength=len(sums))
        sums += np.bincount(batch.label, counted(batch.weight, negative_weights), minlength=len(sums))
    _require_classes(source, split, counts)
    for name, total in zip(source.classes, sums.tolist(), strict=True):
        if total <= 0:
            message = (
                f"the weights of class {name!r} sum to {total:g} in split {split!r}; training needs more than 0: "
                f"take more events, or another choice of negative_weights than {negative_weights!r}"
            )
            raise TrainingError(message)
    return Survey(split, int(counts.sum()), n_negative, tuple(sums.tolist()))


def counted(weight: npt.NDArray[np.floating], negative_weights: NegativeWeights) -> npt.NDArray[np.float64]:
    """Weights as training counts them, float64.

    Example:
        >>> counted(np.array([-2, 1], dtype=np.float32), "absolute").tolist()
        [2.0, 1.0]
    """
    exact = weight.astype(np.float64)
    if negative_weights == "absolute":
        return np.abs(exact)
    return np.maximum(exact, 0.0) if negative_weights == "drop" else exact


def _require_known(label: npt.NDArray[np.int64], weight: npt.NDArray[np.float32], split: Split) -> None:
    if unknown := int((label < 0).sum()):
        message = f"{unknown} events of split {split!r} have no class; data cannot be trained on"
        raise TrainingError(message)
    if wrong := int((~np.isfinite(weight)).sum()):
        message = f"{wrong} events of split {split!r} have a weight that is NaN or infinite; mend the weight column"
        raise TrainingError(message)


def _require_classes(source: Source, split: Split, counts: npt.NDArray[np.int64]) -> None:
    found = dict(zip(source.classes, counts.tolist(), strict=True))
    if not counts.sum():
        message = f"split {split!r} is empty; give more events or another share to it"
        raise TrainingError(message)
    if (counts == 0).any() or len(found) < 2:
        message = (
            f"split {split!r} needs events of two classes or more, and of each; it has {found}: "
            "add a process of the other class, give more events, or check the labels"
        )
        raise TrainingError(message)
