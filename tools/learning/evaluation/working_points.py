"""Background rejection at given signal efficiencies."""

import math
from collections.abc import Sequence

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.contrast import Contrast, contrast, effective_entries, sum_of_squares
from hepcoder.tools.learning.evaluation.estimates import Estimate, normal_quantile
from hepcoder.tools.learning.evaluation.roc import RocCurve, curve_of
from hepcoder.tools.learning.scores import Scores

EFFICIENCIES = (0.3, 0.5, 0.7, 0.9)


class WorkingPoint(Record):
    """What a cut on the score lets pass.

    Attributes:
        wanted: Signal efficiency that was asked for.
        cut: Tightest cut that reaches it; events with at least this score pass.
        signal_efficiency: That is reached; above the wanted one where many events have the same score.
        background_efficiency: Share of the background weights that pass.
        background_error: Its standard deviation: that of the background that passes and of the signal that sets the
            cut; 0 where none or all pass, which is no precision.
        rejection: 1 over the background efficiency; None where no background is left.
        rejection_at_least: One-sided lower bound on the rejection where no background is left, at ``confidence``.
        confidence: Of the bound.
    """

    wanted: float
    cut: float
    signal_efficiency: float
    background_efficiency: float
    background_error: float
    rejection: Estimate | None
    rejection_at_least: float | None
    confidence: float


def working_points(
    scores: Scores,
    efficiencies: Sequence[float] = EFFICIENCIES,
    *,
    signal: str | None = None,
    confidence: float = 0.95,
) -> tuple[WorkingPoint, ...]:
    """Background rejection at signal efficiencies, with uncertainties.

    Args:
        scores: Events of one split.
        efficiencies: Wanted signal efficiencies, above 0 and up to 1.
        signal: Name of the class; None takes ``signal``, or the last class.
        confidence: Of intervals and bounds. The interval of a rejection is normal in its logarithm.

    Returns:
        One for each efficiency; none where signal or background have no positive sum of weights.

    Raises:
        ValueError: If an efficiency is out of range, or as `contrast`.
    """
    wrong = [one for one in efficiencies if not 0 < one <= 1]
    if wrong:
        message = f"a signal efficiency is above 0 and up to 1, not {wrong[0]}"
        raise ValueError(message)
    events = contrast(scores, signal)
    curve = curve_of(events)
    return () if curve is None else tuple(_point(events, curve, one, confidence) for one in efficiencies)


def _point(events: Contrast, curve: RocCurve, wanted: float, confidence: float) -> WorkingPoint:
    place = _reach(curve, wanted)
    cut, s, b = (float(each[place]) for each in (curve.cut, curve.signal_efficiency, curve.background_efficiency))
    signal, background = events.side(signal=True), events.side(signal=False)
    s_error, own = _passing_error(signal, cut), _passing_error(background, cut)
    error = math.hypot(own, _slope(curve, s, s_error) * s_error)
    if b > 0:
        rejection = _inverse(b, error, confidence)
        bound = None
    else:
        rejection, bound = None, 1 / _most_passing(background, b, error, confidence)
    return WorkingPoint(
        wanted=wanted,
        cut=cut,
        signal_efficiency=s,
        background_efficiency=b,
        background_error=error,
        rejection=rejection,
        rejection_at_least=bound,
        confidence=confidence,
    )


def _reach(curve: RocCurve, wanted: float) -> int:
    """Place of the tightest cut with at least the wanted efficiency; rounding of sums must not miss it."""
    enough = curve.signal_efficiency >= wanted - 1e-12
    return int(np.argmax(enough)) if enough.any() else len(enough) - 1


def _passing_error(side: Contrast, cut: float) -> float:
    """Standard deviation of the share of weights that passes, as in `weighted_efficiency`, by groups."""
    total = float(side.weight.sum())
    passed = side.score >= cut
    share = float(side.weight[passed].sum()) / total
    return math.sqrt(sum_of_squares(side.weight * (passed - share), side.group)) / total


def _slope(curve: RocCurve, efficiency: float, step: float) -> float:
    """Change of the background with the signal efficiency, over one standard deviation of the latter each way."""
    low, high = _reach(curve, max(0.0, efficiency - step)), _reach(curve, min(1.0, efficiency + step))
    run = float(curve.signal_efficiency[high] - curve.signal_efficiency[low])
    return float(curve.background_efficiency[high] - curve.background_efficiency[low]) / run if run > 0 else 0.0


def _inverse(share: float, error: float, confidence: float) -> Estimate:
    value = 1 / share
    if error == 0:
        return Estimate(value=value, confidence=confidence)
    factor = math.exp(min(normal_quantile(confidence) * error / share, 700.0))
    return Estimate(value=value, error=error / share**2, low=value / factor, high=value * factor, confidence=confidence)


def _most_passing(background: Contrast, share: float, error: float, confidence: float) -> float:
    """One-sided upper limit of an efficiency that is measured as 0, or below it by negative weights."""
    none_passes: float = 1 - (1 - confidence) ** (1 / max(1.0, effective_entries(background.weight, background.group)))
    # 2 confidence - 1: the central interval whose upper end is the one-sided limit
    return max(none_passes, share + normal_quantile(max(2 * confidence - 1, 1e-9)) * error)
