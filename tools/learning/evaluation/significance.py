"""Expected significance against the cut on the score."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from hepcoder.tools.learning.evaluation.contrast import Contrast, Floats, contrast, sums_at
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores
from hepcoder.tools.significance import asimov_significance, z_squared

# A cut with fewer effective background entries has an error of the background that nobody knows.
MIN_ENTRIES = 10


@dataclass(frozen=True)
class SignificanceScan:
    """Expected events and significance against the cut, float64 (cuts,) each.

    Attributes:
        cut: Events with at least this score pass; rising.
        signal: Expected signal events.
        signal_error: Their standard deviation from the number of simulated events.
        background: Expected background events.
        background_error: Their standard deviation from the number of simulated events, without systematic error.
        entries: Simulated background events that pass, effective number (`effective_entries`).
        significance: Asimov significance in standard deviations; NaN where it is undefined: no positive background,
            negative signal, or too few background entries.
        significance_error: Its standard deviation from the number of simulated events; NaN likewise.
    """

    cut: Floats
    signal: Floats
    signal_error: Floats
    background: Floats
    background_error: Floats
    entries: Floats
    significance: Floats
    significance_error: Floats


def scaled_to_all(scores: Scores, split: Split) -> Scores:
    """The events of a split with weights that stand for all events.

    The weights of each process are scaled so that they sum to what the process sums to over all splits.

    Args:
        scores: Events of all splits; with one split only, the weights stay as they are.
        split: The split to take.

    Raises:
        ValueError: If a process has a positive sum of weights in all splits together, but not in this one.
    """
    known, part = scores.take(scores.split >= 0), scores.of(split)
    size = len(scores.processes)
    everything, here = (sums_at(one.process, one.weight.astype(np.float64), size) for one in (known, part))
    lost = np.flatnonzero((everything > 0) & (here <= 0))
    if len(lost):
        message = (
            f"the weights of {scores.processes[lost[0]]!r} sum to {here[lost[0]]:.4g} in the {split} split and to "
            f"{everything[lost[0]]:.4g} in all; give the split a larger share"
        )
        raise ValueError(message)
    factor = np.divide(everything, here, out=np.ones(size), where=here > 0)
    rows = {name: value for name, value in vars(part).items() if isinstance(value, np.ndarray)}
    rows["weight"] = part.weight * factor[part.process]
    return Scores(part.classes, part.processes, **rows)


def scan_significance(
    scores: Scores,
    split: Split,
    *,
    signal: str | None = None,
    background_error: float = 0.0,
    simulation_error: bool = True,
    cuts: int | Any = 100,
) -> SignificanceScan:
    """Expected significance of counting the events above a cut, against the cut.

    Args:
        scores: Events of all splits, so that those of one can be scaled to all (`scaled_to_all`); weights are the
            expected events that each stands for.
        split: Events to count. A cut chosen here must be quoted elsewhere: see `choose_cut`.
        signal: Name of the class; None takes ``signal``, or the last class.
        background_error: Relative systematic uncertainty of the background, 0 or more; 0.1 is 10 %.
        simulation_error: Whether the uncertainty from the number of simulated background events is added in
            quadrature.
        cuts: The cuts, or how many quantiles of the signal's scores to try.

    Returns:
        The scan.

    Raises:
        ValueError: If an option is out of range, there is no event of either kind, or as `contrast`.
    """
    if background_error < 0:
        message = f"a relative background uncertainty is 0 or more, not {background_error}"
        raise ValueError(message)
    events = contrast(scaled_to_all(scores, split), signal)
    if events.is_signal.all() or not events.is_signal.any():
        message = f"the {split} split has {int(events.is_signal.sum())} signal events of {len(events.score)} events"
        raise ValueError(message)
    values = _cuts(cuts, events.score[events.is_signal])
    (s, s_error, _), (b, b_error, entries) = (_above(events.side(signal=one), values) for one in (True, False))
    own = b_error * simulation_error
    usable = (b > 0) & (s >= 0) & (entries >= MIN_ENTRIES)
    z, z_error = np.full((2, len(values)), np.nan)
    z[usable] = asimov_significance(s[usable], b[usable], np.hypot(background_error * b, own)[usable])
    known = _Counts(*(one[usable] for one in (s, s_error, b, b_error)))
    z_error[usable] = known.scatter(background_error, own[usable])
    return SignificanceScan(values, s, s_error, b, b_error, entries, z, z_error)


@dataclass(frozen=True)
class _Counts:
    """Expected events, all above 0 for the background, and their standard deviations from the number simulated."""

    s: Floats
    s_error: Floats
    b: Floats
    b_error: Floats

    def scatter(self, relative: float, own: Floats) -> Floats:
        """Change of the significance by one standard deviation of signal and of background, in quadrature."""

        def significance(s: Floats, b: Floats) -> Floats:
            return np.sqrt(np.asarray(z_squared(np.maximum(s, 0.0), b, np.hypot(relative * b, own)), dtype=np.float64))

        by_s = (significance(self.s + self.s_error, self.b) - significance(self.s - self.s_error, self.b)) / 2
        fewer = np.maximum(self.b - self.b_error, self.b / 2)
        by_b = (significance(self.s, self.b + self.b_error) - significance(self.s, fewer)) / 2
        return np.hypot(by_s, by_b)


def _cuts(cuts: int | Any, scores: Floats) -> Floats:
    if isinstance(cuts, int):
        return np.unique(np.quantile(scores, np.linspace(0, 1, cuts + 1)[:-1]))
    return np.unique(np.asarray(cuts, dtype=np.float64))


def _above(side: Contrast, cuts: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum of weights from each cut on, its standard deviation, and the effective number of events."""
    place, powers = np.searchsorted(cuts, side.score, side="right"), (side.weight, side.weight**2)
    sums, squares = (np.cumsum(sums_at(place, one, len(cuts) + 1)[::-1])[::-1][1:] for one in powers)
    return sums, np.sqrt(squares), np.divide(sums**2, squares, out=np.zeros(len(cuts)), where=squares > 0)
