"""One class against all others: what a curve, a cut and a significance are made of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.scores import Scores

Floats = npt.NDArray[np.float64]
_DEFAULT_SIGNAL = "signal"


@dataclass(frozen=True)
class Contrast:
    """Events of known label: one class, the signal, against the rest.

    Attributes:
        score: Probability of the signal class, or anything that rises with it, float64 (n,).
        is_signal: bool (n,).
        weight: float64 (n,); may be negative.
        group: Which rows are of one event, and so not independent, int64 (n,), from 0 on.
    """

    score: Floats
    is_signal: npt.NDArray[np.bool_]
    weight: Floats
    group: npt.NDArray[np.int64]

    @property
    def totals(self) -> tuple[float, float]:
        """Sums of weights of signal and background."""
        return float(self.weight[self.is_signal].sum()), float(self.weight[~self.is_signal].sum())

    @property
    def defined(self) -> bool:
        """Whether both sides have a positive sum of weights, without which there is no efficiency."""
        return min(self.totals) > 0

    def side(self, *, signal: bool) -> "Contrast":
        """The events of one side."""
        which = self.is_signal if signal else ~self.is_signal
        return self.take(which)

    def take(self, which: Any) -> "Contrast":
        """The events that a mask or list of indices picks."""
        return Contrast(self.score[which], self.is_signal[which], self.weight[which], self.group[which])


def signal_index(classes: tuple[str, ...], signal: str | None = None) -> int:
    """Place of the signal class.

    Args:
        classes: Names of the classes.
        signal: Its name; None takes ``signal``, or the last class where none is called so.

    Raises:
        ValueError: If there is no such class.

    Example:
        >>> signal_index(("top", "higgs")), signal_index(("signal", "top"))
        (1, 0)
    """
    if signal is None:
        return classes.index(_DEFAULT_SIGNAL) if _DEFAULT_SIGNAL in classes else len(classes) - 1
    if signal not in classes:
        message = f"no class {signal!r}; the classes are {', '.join(classes)}"
        raise ValueError(message)
    return classes.index(signal)


def labelled(scores: Scores) -> Scores:
    """The events whose class is known.

    Raises:
        ValueError: If a score or a weight of them is NaN or infinite.
    """
    known = scores.take(scores.label >= 0)
    bad = int((~np.isfinite(known.score).all(axis=1) | ~np.isfinite(known.weight)).sum())
    if bad:
        message = f"{bad} of {len(known)} events have a score or weight that is NaN or infinite; score them again"
        raise ValueError(message)
    return known


def contrast(scores: Scores, signal: str | None = None, *, balanced: bool = False) -> Contrast:
    """One class against the rest, by the probability of that class.

    Args:
        scores: Events; those of unknown class are left out. Take one split first: ``scores.of("test")``.
        signal: Name of the class; None takes ``signal``, or the last class.
        balanced: True scales the weights so that each class counts the same.

    Returns:
        The events; rows of one process with the same event id are one group, since they are not independent.

    Raises:
        ValueError: If there is no such class, or a score or weight is NaN or infinite.
    """
    place, known = signal_index(scores.classes, signal), labelled(scores)
    return Contrast(
        score=known.score[:, place].astype(np.float64),
        is_signal=known.label == place,
        weight=balanced_weights(known) if balanced else known.weight.astype(np.float64),
        group=groups(known.process, known.event_id),
    )


def groups(*keys: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """A number for each distinct combination of the keys.

    Example:
        >>> groups(np.array([0, 0, 1, 0]), np.array([7, 8, 7, 7])).tolist()
        [0, 1, 2, 0]
    """
    order = np.lexsort(keys[::-1])
    changes = np.zeros(len(order), dtype=bool)
    for key in keys:
        changes[1:] |= key[order][1:] != key[order][:-1]
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.cumsum(changes)
    return found


def sums_at(place: npt.NDArray[Any], values: Floats, size: int = 0) -> Floats:
    """Sum of the values at each place, at least ``size`` places.

    Example:
        >>> sums_at(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 4).tolist()
        [1.0, 0.0, 5.0, 0.0]
    """
    return np.bincount(place, values, minlength=size).astype(np.float64, copy=False)


def sum_of_squares(values: Floats, group: npt.NDArray[np.int64]) -> float:
    """Sum over groups of the squared sum within: the variance of a sum of values independent between groups only."""
    return float((sums_at(group, values) ** 2).sum())


def effective_entries(weight: Floats, group: npt.NDArray[np.int64]) -> float:
    """Events of equal weight that would have the same relative uncertainty, (sum w)^2 / sum w^2; 0 without events.

    Reference:
        L. Kish, Survey Sampling (1965), section 8.2; rows of one group count as one entry with their summed weight.
    """
    squares = sum_of_squares(weight, group)
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def balanced_weights(known: Scores) -> Floats:
    """Weights such that each class sums to the same, their mean being 1; a class without positive sum keeps its own.

    What a training with class balance took as prior: probabilities mean what they say only under these weights.
    """
    weight = known.weight.astype(np.float64)
    for place in range(len(known.classes)):
        which = known.label == place
        total = float(weight[which].sum())
        if total > 0:
            weight[which] /= total
    return weight * len(weight) / weight.sum() if len(weight) and weight.sum() > 0 else weight
