"""Whether a classifier learnt its training events by heart: scores of training against test events."""

import math
from typing import Any

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.contrast import Contrast, Floats, contrast, effective_entries, sums_at
from hepcoder.tools.learning.evaluation.estimates import Estimate, plain_estimate, two_sided_p_value
from hepcoder.tools.learning.evaluation.roc import auc_of
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores

_MOST_BINS = 20
_ENTRIES_OF_A_BIN = 10


class TwoSampleTest(Record):
    """Whether two samples of a score have one distribution.

    Attributes:
        sample: ``signal`` or ``background``.
        distance: Largest distance of the weighted distribution functions (Kolmogorov-Smirnov); None with negative
            weights, which make no distribution function, or without events.
        distance_p_value: Chance of such a distance or a larger one for one distribution, with effective numbers of
            events; exact only where weights do not depend on the score, and too large where many scores are the same.
        chi2: Of the weighted histograms, normalised; None with fewer than two bins of at least 10 effective events.
        degrees: Bins less one; 0 where there is no chi2.
        chi2_p_value: Chance of such a chi2 or a larger one for one distribution; holds for weights of either sign.
    """

    sample: str
    distance: float | None
    distance_p_value: float | None
    chi2: float | None
    degrees: int
    chi2_p_value: float | None


class Overtraining(Record):
    """Training against test events.

    Attributes:
        trained_on: Split of the training events.
        tested_on: The other.
        tests: Of the score's distribution, for signal and background.
        auc_trained: Area under the ROC curve of the training events.
        auc_tested: Of the others.
        difference: Former minus latter, with its error; None where an area is undefined.
        p_value: Chance of such a difference or a larger one, either way, without over-training; None without error.
    """

    trained_on: Split
    tested_on: Split
    tests: tuple[TwoSampleTest, ...]
    auc_trained: Estimate | None
    auc_tested: Estimate | None
    difference: Estimate | None
    p_value: float | None


def overtraining(
    scores: Scores,
    signal: str | None = None,
    *,
    trained_on: Split = "train",
    tested_on: Split = "test",
    confidence: float = 0.95,
) -> Overtraining | None:
    """Compare the scores of training events with those of test events.

    A flexible classifier scores its training events somewhat better and still does best on new ones: what counts is
    the test score. A large difference says that more events, or a smaller model, would help.

    Args:
        scores: Events of both splits.
        signal: Name of the class; None takes ``signal``, or the last class.
        trained_on: Split of the training events.
        tested_on: Split of events that the training never saw.
        confidence: Of the intervals.

    Returns:
        The comparison; None without events in either split.

    Raises:
        ValueError: As `contrast`.
    """
    first, second = (contrast(scores.of(split), signal) for split in (trained_on, tested_on))
    if not len(first.score) or not len(second.score):
        return None
    names = {"background": False, "signal": True}
    tests = tuple(two_samples(name, first.side(signal=is_), second.side(signal=is_)) for name, is_ in names.items())
    areas = [auc_of(one, confidence) if one.defined else None for one in (first, second)]
    difference = auc_difference(areas[0], areas[1], confidence)
    known = difference is not None and difference.error
    return Overtraining(
        trained_on=trained_on,
        tested_on=tested_on,
        tests=tests,
        auc_trained=areas[0],
        auc_tested=areas[1],
        difference=difference,
        p_value=two_sided_p_value(difference.value / known) if difference is not None and known else None,
    )


def auc_difference(first: Estimate | None, second: Estimate | None, confidence: float = 0.95) -> Estimate | None:
    """First minus second of independent events; without error where either has none, None where either is None."""
    if first is None or second is None:
        return None
    both = None if first.error is None or second.error is None else math.hypot(first.error, second.error)
    return plain_estimate(first.value - second.value, both, confidence)


def two_samples(name: str, first: Contrast, second: Contrast) -> TwoSampleTest:
    """Test whether two samples of a score have one distribution; weights are allowed for.

    Args:
        name: What the samples are of.
        first: One sample; only score, weight and group are looked at.
        second: The other.

    Returns:
        Kolmogorov-Smirnov distance and chi2 of histograms with bins of equal content, each with its chance.

    Reference:
        Kolmogorov-Smirnov with effective numbers of events: as ROOT's TH1::KolmogorovTest; the p value is scipy's
        asymptotic one. chi2 of two weighted histograms: N. Gagunashvili, arXiv:physics/0605123, in
        the form of ROOT's TH1::Chi2Test for two weighted histograms; rows of one event count as independent.
    """
    entries = tuple(effective_entries(one.weight, one.group) for one in (first, second))
    distance = _distance(first, second)
    chi2, degrees = _chi2(first, second, int(min(entries) // _ENTRIES_OF_A_BIN))
    return TwoSampleTest(
        sample=name,
        distance=distance,
        distance_p_value=None if distance is None else _distance_p_value(distance, *entries),
        chi2=chi2,
        degrees=degrees,
        chi2_p_value=None if chi2 is None else _chi2_p_value(chi2, degrees),
    )


def _distance(first: Contrast, second: Contrast) -> float | None:
    if any(float(one.weight.sum()) <= 0 or float(one.weight.min()) < 0 for one in (first, second)):
        return None
    values = np.unique(np.concatenate([first.score, second.score]))
    below = [_distribution(one, values) for one in (first, second)]
    return float(np.abs(below[0] - below[1]).max())


def _distribution(events: Contrast, values: Floats) -> Floats:
    """Share of the weights up to each of the values."""
    sums = sums_at(np.searchsorted(values, events.score), events.weight, len(values))
    found: Floats = np.cumsum(sums) / sums.sum()
    return found


def _distance_p_value(distance: float, first: float, second: float) -> float:
    from scipy.stats import kstwo

    return float(kstwo.sf(distance, max(1, round(first * second / (first + second)))))


def _chi2(first: Contrast, second: Contrast, bins: int) -> tuple[float | None, int]:
    edges = np.quantile(np.concatenate([first.score, second.score]), np.linspace(0, 1, min(bins, _MOST_BINS) + 1)[1:-1])
    edges = np.unique(edges)
    (w1, v1), (w2, v2) = (_histogram(one, edges) for one in (first, second))
    totals = (float(w1.sum()), float(w2.sum()))
    filled = v1 + v2 > 0
    if min(totals) <= 0 or filled.sum() < 2:
        return None, 0
    difference = totals[0] * w2 - totals[1] * w1
    variance = totals[0] ** 2 * v2 + totals[1] ** 2 * v1
    return float((difference[filled] ** 2 / variance[filled]).sum()), int(filled.sum()) - 1


def _histogram(events: Contrast, edges: Any) -> tuple[Floats, Floats]:
    """Sums of weights and of squared weights."""
    place = np.searchsorted(edges, events.score, side="right")
    return sums_at(place, events.weight, len(edges) + 1), sums_at(place, events.weight**2, len(edges) + 1)


def _chi2_p_value(chi2: float, degrees: int) -> float:
    from scipy.stats import chi2 as distribution

    return float(distribution.sf(chi2, degrees))
