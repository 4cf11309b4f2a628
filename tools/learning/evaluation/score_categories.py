"""Categories of the score: boundaries from some events, significances from others."""

from typing import Any

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.categories import greedy_categories
from hepcoder.tools.learning.evaluation.contrast import Contrast, Floats, contrast, sums_at
from hepcoder.tools.learning.evaluation.cut_choice import require_other_split
from hepcoder.tools.learning.evaluation.significance import MIN_ENTRIES, scaled_to_all
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores
from hepcoder.tools.significance import asimov_significance, combined_significance


class ScoreCategories(Record):
    """Categories of the score from the lowest to the highest, with what they give on events that did not set them.

    Attributes:
        boundaries: Scores at which a category ends and the next begins, rising; an event on it is in the upper one.
        chosen_on: Split that set the boundaries.
        chosen: Combined significance there, in standard deviations; too good on average, and without
            the error from the number of simulated events.
        quoted_on: Split of independent events; the numbers below are from there, scaled to all events.
        signal: Expected signal events of each category.
        background: Expected background events of each.
        significances: Of each, in standard deviations; None with fewer than 10 effective background events, no
            positive background or a negative signal.
        combined: Of those that have one.
        background_error: Relative systematic uncertainty of the background of each category that was assumed.
    """

    boundaries: tuple[float, ...]
    chosen_on: Split
    chosen: float
    quoted_on: Split
    signal: tuple[float, ...]
    background: tuple[float, ...]
    significances: tuple[float | None, ...]
    combined: float
    background_error: float


def score_categories(
    scores: Scores,
    *,
    signal: str | None = None,
    background_error: float = 0.0,
    min_background: float | None = None,
    chosen_on: Split = "validation",
    quoted_on: Split = "test",
    **options: Any,
) -> ScoreCategories:
    """Set category boundaries on one split with `greedy_categories` and quote the significance on another.

    Args:
        scores: Events of all splits, so that those of one can be scaled to all (`scaled_to_all`).
        signal: Name of the class; None takes ``signal``, or the last class.
        background_error: Relative systematic uncertainty of the background of each category.
        min_background: Smallest expected background of a category, above 0; None takes 1 event, or what 10 simulated
            events stand for (by sum w^2 / sum w) if that is more, since chance would set the boundaries below.
        chosen_on: Split that sets the boundaries.
        quoted_on: Another split; its errors include the number of simulated background events.
        **options: Of `greedy_categories`: ``min_gain``, ``max_categories``, ``candidates``.

    Returns:
        The categories.

    Raises:
        ValueError: If both splits are the same, or as `greedy_categories` and `contrast`.
    """
    require_other_split(chosen_on, quoted_on)
    first, second = (contrast(scaled_to_all(scores, split), signal) for split in (chosen_on, quoted_on))
    s, b = first.side(signal=True), first.side(signal=False)
    found = greedy_categories(
        s.score,
        b.score,
        signal_weights=s.weight,
        background_weights=b.weight,
        background_error=background_error,
        min_background=_least(b) if min_background is None else min_background,
        **options,
    )
    signals, backgrounds, significances = _quoted(second, np.array(found.boundaries), background_error)
    return ScoreCategories(
        boundaries=found.boundaries,
        chosen_on=chosen_on,
        chosen=found.combined,
        quoted_on=quoted_on,
        signal=tuple(signals.tolist()),
        background=tuple(backgrounds.tolist()),
        significances=significances,
        combined=combined_significance([one for one in significances if one is not None]),
        background_error=background_error,
    )


def _least(background: Contrast) -> float:
    total = float(background.weight.sum())
    return max(1.0, MIN_ENTRIES * float((background.weight**2).sum()) / total) if total > 0 else 1.0


def _quoted(
    events: Contrast, boundaries: Floats, background_error: float
) -> tuple[Floats, Floats, tuple[float | None, ...]]:
    """Signal, background and significance of each category."""
    s, _, _ = _filled(events.side(signal=True), boundaries)
    b, squares, entries = _filled(events.side(signal=False), boundaries)
    error = np.hypot(background_error * b, np.sqrt(squares))
    usable = (b > 0) & (s >= 0) & (entries >= MIN_ENTRIES)
    z = [asimov_significance(*one) if ok else None for ok, *one in zip(usable, s, b, error, strict=True)]
    return s, b, tuple(z)


def _filled(side: Contrast, boundaries: Floats) -> tuple[Floats, Floats, Floats]:
    """Sums of weights and of squared weights, and effective numbers of events, of each category."""
    place, size = np.searchsorted(boundaries, side.score, side="right"), len(boundaries) + 1
    sums, squares = (sums_at(place, one, size) for one in (side.weight, side.weight**2))
    return sums, squares, np.divide(sums**2, squares, out=np.zeros(size), where=squares > 0)
