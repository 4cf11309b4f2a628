"""The curve of signal against background efficiency, and the area under it with its uncertainty."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.evaluation.contrast import (
    Contrast,
    Floats,
    contrast,
    effective_entries,
    sum_of_squares,
    sums_at,
)
from hepcoder.tools.learning.evaluation.estimates import Estimate, share_estimate
from hepcoder.tools.learning.scores import Scores


@dataclass(frozen=True)
class RocCurve:
    """Efficiencies at every cut that tells two events apart, from the tightest cut to the loosest.

    Attributes:
        cut: Events with at least this score pass, float64 (points,); infinite for the first, which none passes.
        signal_efficiency: Share of the signal weights that pass, float64 (points,), from 0 to 1. With negative
            weights it need not rise at every step.
        background_efficiency: The same of the background.
    """

    cut: Floats
    signal_efficiency: Floats
    background_efficiency: Floats


def roc_curve(scores: Scores, signal: str | None = None) -> RocCurve | None:
    """The weighted ROC curve of one class against the rest.

    Args:
        scores: Events of one split.
        signal: Name of the class; None takes ``signal``, or the last class.

    Returns:
        The curve; None where signal or background have no positive sum of weights.

    Raises:
        ValueError: As `contrast`.
    """
    return curve_of(contrast(scores, signal))


def curve_of(events: Contrast) -> RocCurve | None:
    """As `roc_curve`."""
    if not events.defined:
        return None
    values, signal, background, _ = _by_value(events)
    s, b = (np.concatenate([[0.0], np.cumsum(each[::-1])]) for each in (signal, background))
    return RocCurve(np.concatenate([[np.inf], values[::-1]]), s / s[-1], b / b[-1])


def _by_value(events: Contrast) -> tuple[Floats, Floats, Floats, npt.NDArray[np.intp]]:
    """The distinct scores, rising, sums of weights of signal and background at each, and the place of each event."""
    values, place = np.unique(events.score, return_inverse=True)
    signal, background = (
        sums_at(place, np.where(which, events.weight, 0.0), len(values))
        for which in (events.is_signal, ~events.is_signal)
    )
    return values, signal, background, place


def weighted_auc(score: Any, is_signal: Any, weight: Any = None) -> float | None:
    """Chance that a signal event scores higher than a background event, ties counting a half; exact.

    Args:
        score: Shape (n,).
        is_signal: Booleans, shape (n,).
        weight: Shape (n,); None counts 1 each.

    Returns:
        Between 0 and 1 for weights that are not negative; negative weights are subtracted and can lead outside. None
        where signal or background have no positive sum of weights.

    Reference:
        Mann and Whitney, Ann. Math. Stat. 18 (1947) 50, with weights on each pair.

    Example:
        >>> weighted_auc([0.1, 0.4, 0.4, 0.8], [False, False, True, True])
        0.875
    """
    values = np.asarray(score, dtype=np.float64)
    each = np.ones(len(values)) if weight is None else np.asarray(weight, dtype=np.float64)
    events = Contrast(values, np.asarray(is_signal, dtype=bool), each, np.arange(len(values)))
    return _placed(events)[0] if events.defined else None


def _placed(events: Contrast) -> tuple[float, Floats]:
    """The area, and for each event the share of the other side that it is on the right side of."""
    _, signal, background, place = _by_value(events)
    below_b = (np.cumsum(background) - background / 2) / background.sum()
    below_s = (np.cumsum(signal) - signal / 2) / signal.sum()
    area = float((signal * below_b).sum() / signal.sum())
    return area, np.where(events.is_signal, below_b[place], 1 - below_s[place])


def auc_influence(events: Contrast) -> tuple[float, Floats | None]:
    """The area under the curve, and what each event contributes to its deviation from the true one.

    The variance is the sum over groups of the squared sum of contributions. For equal weights and one row an event
    this is DeLong's, whose structural components the contributions are; covariances of two classifiers on the same
    events follow likewise.

    Returns:
        The area and the contributions (n,); None in their place where a side has only one effective entry.

    Raises:
        ValueError: If signal or background have no positive sum of weights.

    Reference:
        DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837; rows of one event: Obuchowski, Biometrics 53
        (1997) 567. Weights enter as in the linearised variance of a ratio, with n - 1 by effective entries.
    """
    if not events.defined:
        message = f"sums of weights of signal and background are {events.totals}; an area needs both above 0"
        raise ValueError(message)
    area, placed = _placed(events)
    found = np.zeros(len(placed))
    for which, total in zip((events.is_signal, ~events.is_signal), events.totals, strict=True):
        entries = effective_entries(events.weight[which], events.group[which])
        if entries <= 1 + 1e-9:
            return area, None
        found[which] = events.weight[which] * (placed[which] - area) / total * math.sqrt(entries / (entries - 1))
    return area, found


def auc(scores: Scores, signal: str | None = None, *, confidence: float = 0.95) -> Estimate | None:
    """Area under the weighted ROC curve of one class against the rest, with its uncertainty.

    Args:
        scores: Events of one split.
        signal: Name of the class; None takes ``signal``, or the last class.
        confidence: Of the interval.

    Returns:
        The area, its standard deviation (`auc_influence`) and an interval, normal in ln(A / (1 - A)). Where the
        scores separate the events entirely there is no error, and the interval ends at the bound that as many
        independent pairs as the smaller side has events give. None where signal or background have no positive sum of
        weights.

    Raises:
        ValueError: As `contrast`.
    """
    events = contrast(scores, signal)
    return auc_of(events, confidence) if events.defined else None


def auc_of(events: Contrast, confidence: float = 0.95) -> Estimate:
    """As `auc`.

    Raises:
        ValueError: If signal or background have no positive sum of weights.
    """
    area, influence = auc_influence(events)
    if influence is None:
        return Estimate(value=area, confidence=confidence)
    variance = sum_of_squares(influence, events.group)
    if variance > 0:
        return share_estimate(area, math.sqrt(variance), confidence)
    sides = (events.side(signal=True), events.side(signal=False))
    pairs = max(1, math.floor(min(effective_entries(one.weight, one.group) for one in sides) + 1e-9))
    reach = 1 - (1 - confidence) ** (1 / pairs)
    if area in {0.0, 1.0}:
        return Estimate(value=area, low=max(0.0, area - reach), high=min(1.0, area + reach), confidence=confidence)
    return Estimate(value=area, confidence=confidence)
