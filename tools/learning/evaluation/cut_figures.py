"""Expected significance against the cut in a figure."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.learning.evaluation.canvas import colour, write_canvas
from hepcoder.tools.learning.evaluation.cut_choice import CutChoice
from hepcoder.tools.learning.evaluation.significance import SignificanceScan


def plot_significance(path: str | Path, scan: SignificanceScan, choice: CutChoice | None = None) -> Path:
    """Draw the expected significance against the cut, and the expected events below.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        scan: Of `scan_significance`.
        choice: Of `choose_cut`, to mark what was chosen and what is quoted; None marks nothing.

    Returns:
        The path. The band is the uncertainty from the number of simulated events.

    Raises:
        ValueError: If the suffix is unknown.
    """
    return write_canvas(path, partial(_draw_significance, scan=scan, choice=choice), size=(8, 7.5), rows=(2, 1))


def _draw_significance(axes: Any, *, scan: SignificanceScan, choice: CutChoice | None) -> None:
    above, below = axes
    above.plot(scan.cut, scan.significance, color=colour(0))
    low, high = (scan.significance + sign * scan.significance_error for sign in (-1, 1))
    above.fill_between(scan.cut, np.maximum(low, 0.0), high, color=colour(0), alpha=0.2, linewidth=0)
    if choice is not None:
        above.axvline(
            choice.cut, linestyle="--", color="0.4", label=f"cut chosen on {choice.chosen_on}: {choice.cut:.3f}"
        )
        if choice.quoted is not None:
            above.errorbar(
                [choice.cut],
                [choice.quoted.value],
                yerr=[choice.quoted.error or 0.0],
                fmt="o",
                color=colour(1),
                label=f"on {choice.quoted_on}: Z = {choice.quoted.value:.2f} ± {choice.quoted.error or 0.0:.2f}",
            )
        above.legend(fontsize="small", loc="upper left")
    known = scan.significance[np.isfinite(scan.significance)]
    quoted = 0.0 if choice is None or choice.quoted is None else choice.quoted.value
    highest = max(quoted, float(known.max(initial=1e-3)))
    above.set(ylabel="Expected significance [$\\sigma$]", ylim=(0, 1.4 * highest))
    for place, (name, values, errors) in enumerate(
        (("background", scan.background, scan.background_error), ("signal", scan.signal, scan.signal_error))
    ):
        below.plot(scan.cut, np.where(values > 0, values, np.nan), color=colour(place), label=name)
        low, high = np.maximum(values - errors, 1e-300), np.maximum(values + errors, 1e-300)
        below.fill_between(scan.cut, low, high, where=values > errors, color=colour(place), alpha=0.3, linewidth=0)
    below.set(yscale="log", ylabel="Expected events", xlabel="Cut on the score")
    below.legend(fontsize="small")
