"""The best cut on the score: chosen on some events, quoted on others."""

from typing import Any

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.evaluation.estimates import Estimate, plain_estimate
from hepcoder.tools.learning.evaluation.significance import scan_significance
from hepcoder.tools.learning.inputs import SPLITS, Split
from hepcoder.tools.learning.scores import Scores


class CutChoice(Record):
    """A cut that was chosen on one split and what it gives on another.

    Attributes:
        cut: Events with at least this score pass.
        chosen_on: Split that the cut was chosen on.
        chosen: Significance there; too good on average, since the cut was chosen for it.
        quoted_on: Split of independent events.
        quoted: Significance there, in standard deviations, with the error from the number of simulated events; None
            where it is undefined.
        signal: Expected signal events there.
        background: Expected background events there.
        background_error: Relative systematic uncertainty of the background that was assumed.
        simulation_error: Whether the uncertainty from the number of simulated background events was added.
    """

    cut: float
    chosen_on: Split
    chosen: float
    quoted_on: Split
    quoted: Estimate | None
    signal: float
    background: float
    background_error: float
    simulation_error: bool


def require_other_split(chosen_on: Split, quoted_on: Split) -> None:
    """A ValueError where the events to quote on are those that were chosen on."""
    if chosen_on == quoted_on:
        message = f"chosen and quoted on the {quoted_on} split, which is too good; choose on another of {SPLITS}"
        raise ValueError(message)


def choose_cut(
    scores: Scores,
    *,
    signal: str | None = None,
    background_error: float = 0.0,
    simulation_error: bool = True,
    cuts: int | Any = 100,
    chosen_on: Split = "validation",
    quoted_on: Split = "test",
    confidence: float = 0.95,
) -> CutChoice | None:
    """Choose the cut of the best expected significance on one split and quote it on another.

    Args:
        scores: Events of all splits.
        signal: As `scan_significance`; likewise ``background_error``, ``simulation_error`` and ``cuts``.
        background_error: Relative systematic uncertainty of the background.
        simulation_error: Whether the number of simulated background events matters.
        cuts: The cuts to try, or how many.
        chosen_on: Split that chooses.
        quoted_on: Another split.
        confidence: Of the interval of the quoted significance.

    Returns:
        The cut and its significance; None if no cut leaves 10 effective background events and a positive background.

    Raises:
        ValueError: If both splits are the same, or as `scan_significance`.
    """
    require_other_split(chosen_on, quoted_on)
    options: dict[str, Any] = {
        "signal": signal, "background_error": background_error, "simulation_error": simulation_error
    }  # fmt: skip
    scan = scan_significance(scores, chosen_on, cuts=cuts, **options)
    if np.isnan(scan.significance).all():
        return None
    best = int(np.nanargmax(scan.significance))
    quoted = scan_significance(scores, quoted_on, cuts=scan.cut[[best]], **options)
    z = float(quoted.significance[0])
    return CutChoice(
        cut=float(scan.cut[best]),
        chosen_on=chosen_on,
        chosen=float(scan.significance[best]),
        quoted_on=quoted_on,
        quoted=None if np.isnan(z) else plain_estimate(z, float(quoted.significance_error[0]), confidence),
        signal=float(quoted.signal[0]),
        background=float(quoted.background[0]),
        background_error=background_error,
        simulation_error=simulation_error,
    )
