"""Whether probabilities mean what they say."""

import math
from typing import Any, Literal

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.contrast import (
    Contrast,
    Floats,
    contrast,
    effective_entries,
    signal_index,
    sum_of_squares,
)
from hepcoder.tools.learning.evaluation.estimates import Estimate, share_estimate
from hepcoder.tools.learning.scores import Scores

# Expected entries of either kind from which on a squared deviation is taken as that of a normal number.
_FEW = 5.0


class CalibrationBin(Record):
    """Events with alike probabilities.

    Attributes:
        low: Lowest probability of the bin.
        high: Highest.
        entries: Number of events.
        share: Of all weights.
        predicted: Mean probability of the events.
        observed: Share of signal among them. Where none or all are signal there is no error, and the interval ends at
            the one-sided bound of the effective number of events.
    """

    low: float
    high: float
    entries: int
    share: float
    predicted: float
    observed: Estimate


class Calibration(Record):
    """Predicted against observed shares of one class.

    Attributes:
        signal: Name of the class.
        balanced: Whether each class counted the same; False for weights as they are.
        bins: Those with a positive sum of weights.
        expected_error: Expected calibration error: mean of |observed - predicted| over the weights. It is above 0 for
            few events even where the probabilities are right; the test says whether it matters.
        chi2: Sum of ((observed - predicted) / error if the probabilities were right)^2 over bins with at least 5
            expected effective entries of signal and of background.
        degrees: Number of these bins.
        p_value: Chance of such a chi2 or a larger one if the probabilities were right; None without such bins.
    """

    signal: str
    balanced: bool
    bins: tuple[CalibrationBin, ...]
    expected_error: float
    chi2: float
    degrees: int
    p_value: float | None


def calibration(
    scores: Scores,
    signal: str | None = None,
    *,
    bins: int = 10,
    spacing: Literal["width", "content"] = "width",
    balanced: bool = True,
    confidence: float = 0.95,
) -> Calibration | None:
    """Predicted against observed shares of one class, and the expected calibration error.

    Args:
        scores: Events of one split.
        signal: Name of the class; None takes ``signal``, or the last class.
        bins: Number of bins in probability, 1 or more.
        spacing: ``width`` for bins of equal width, ``content`` for equal numbers of events.
        balanced: True lets each class count the same, the prior of a training with class balance; False takes the
            weights as they are, against which a balanced training is not calibrated.
        confidence: Of the intervals.

    Returns:
        The calibration; None where signal or background have no positive sum of weights.

    Raises:
        ValueError: If bins is below 1, there is no such class, or a score or weight is NaN or infinite.

    Reference:
        Expected calibration error: Naeini, Cooper and Hauskrecht, AAAI (2015), eq. (3), there by counts; the test is
        Spiegelhalter's (Stat. Med. 5 (1986) 421), by bins and with weights.
    """
    if bins < 1:
        message = f"a calibration needs at least 1 bin, not {bins}"
        raise ValueError(message)
    events = contrast(scores, signal, balanced=balanced)
    if not events.defined:
        return None
    which = _bins(events.score, bins, spacing)
    parts = [events.take(which == one) for one in range(bins)]
    total = float(events.weight.sum())
    parts = [one for one in parts if float(one.weight.sum()) > 0]
    sizes = (_size(events.side(signal=True), 1.0), _size(events.side(signal=False), 1.0))
    pulls = [pull for one in parts if (pull := _pull(one, sizes)) is not None]
    filled = tuple(_bin(one, total, confidence) for one in parts)
    return Calibration(
        signal=scores.classes[signal_index(scores.classes, signal)],
        balanced=balanced,
        bins=filled,
        expected_error=sum(one.share * abs(one.observed.value - one.predicted) for one in filled),
        chi2=sum(pull**2 for pull in pulls),
        degrees=len(pulls),
        p_value=_p_value(sum(pull**2 for pull in pulls), len(pulls)),
    )


def _bins(probability: Floats, bins: int, spacing: str) -> Any:
    steps = np.linspace(0, 1, bins + 1)
    edges = steps if spacing == "width" else np.unique(np.quantile(probability, steps))
    return np.clip(np.searchsorted(edges, probability, side="right") - 1, 0, max(len(edges) - 2, 0))


def _bin(events: Contrast, all_weights: float, confidence: float) -> CalibrationBin:
    total = float(events.weight.sum())
    observed = float(events.weight[events.is_signal].sum()) / total
    variance = sum_of_squares(events.weight * (events.is_signal - observed), events.group) / total**2
    if variance > 0:
        share = share_estimate(observed, math.sqrt(variance), confidence)
    else:
        reach = 1 - (1 - confidence) ** (1 / max(1.0, effective_entries(events.weight, events.group)))
        low, high = max(0.0, observed - reach), min(1.0, observed + reach)
        share = Estimate(value=observed, low=low, high=high, confidence=confidence)
    return CalibrationBin(
        low=float(events.score.min()),
        high=float(events.score.max()),
        entries=len(events.score),
        share=total / all_weights,
        predicted=float((events.weight * events.score).sum()) / total,
        observed=share,
    )


def _pull(events: Contrast, sizes: tuple[float, float]) -> float | None:
    """Observed minus predicted over the scatter if the probabilities were right; None for too few events.

    Args:
        events: Of one bin.
        sizes: Weight of a typical entry of signal and of background, sum w^2 / sum w, where the bin has too few.
    """
    p = events.score
    size = [_size(events.side(signal=is_), otherwise) for is_, otherwise in zip((True, False), sizes, strict=True)]
    expected = [float((events.weight * share).sum()) for share in (p, 1 - p)]
    if min(one / each for one, each in zip(expected, size, strict=True)) < _FEW:
        return None
    # a signal event of weight w is off by w (1 - p), which happens with chance p; a background event by w p
    variance = float((events.weight * p * (1 - p) * (size[0] * (1 - p) + size[1] * p)).sum())
    return float((events.weight * (events.is_signal - p)).sum()) / math.sqrt(variance) if variance > 0 else None


def _size(side: Contrast, otherwise: float) -> float:
    if effective_entries(side.weight, side.group) < _FEW or float(side.weight.sum()) <= 0:
        return otherwise
    return sum_of_squares(side.weight, side.group) / float(side.weight.sum())


def _p_value(chi2: float, degrees: int) -> float | None:
    from scipy.stats import chi2 as distribution

    return float(distribution.sf(chi2, degrees)) if degrees else None
