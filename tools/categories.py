"""Boundaries on a score, placed one at a time so that the expected significance rises most."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array, Floats, flatten_with_weights
from hepcoder.tools.significance import z_squared


@dataclass(frozen=True)
class Categories:
    """Categories of a score, from the lowest scores to the highest.

    Attributes:
        boundaries: Scores at which a category ends and the next begins, rising; empty for a single category. An event
            on a boundary is in the upper one.
        signal: Expected signal events of each category.
        background: Expected background events of each category.
        significances: Asimov significance of each category, in standard deviations.
        history: Combined significance with 0, 1, 2, ... boundaries, as they were placed.
    """

    boundaries: tuple[float, ...]
    signal: tuple[float, ...]
    background: tuple[float, ...]
    significances: tuple[float, ...]
    history: tuple[float, ...]

    @property
    def combined(self) -> float:
        """Significance of all categories together, in standard deviations."""
        return self.history[-1]


def greedy_categories(
    signal_scores: Array,
    background_scores: Array,
    *,
    signal_weights: Array | None = None,
    background_weights: Array | None = None,
    min_gain: float = 0.05,
    max_categories: int = 10,
    min_background: float = 1.0,
    background_error: float = 0.0,
    candidates: int | Array = 100,
) -> Categories:
    """Split events into categories of a score: one boundary after another where the significance gains most.

    Stops when the best further boundary raises the combined Asimov significance by less than ``min_gain``.

    Args:
        signal_scores: Score of each signal event.
        background_scores: Score of each background event.
        signal_weights: Expected events that each signal event stands for; None counts 1 each.
        background_weights: The same for the background.
        min_gain: Smallest relative gain of the combined significance that a boundary must bring; 0.05 is 5 %.
        max_categories: Most categories, 1 or more.
        min_background: Smallest expected background of a category, above 0.
        background_error: Relative uncertainty of the background of each category, 0 for none.
        candidates: Scores where boundaries may be, or how many quantiles of all scores to try.

    Returns:
        The categories.

    Raises:
        ValueError: If there is no event, a score is NaN, the background as a whole is below ``min_background``, or an
            option is out of its range.

    Example:
        >>> found = greedy_categories([0.9] * 50 + [0.1] * 50, [0.1] * 900 + [0.9] * 100, candidates=[0.3, 0.5])
        >>> found.boundaries, [round(z, 2) for z in found.history]
        ((0.3,), [3.11, 4.94])
    """
    if min_gain < 0 or max_categories < 1 or min_background <= 0 or background_error < 0:
        message = (
            "greedy_categories needs min_gain >= 0, max_categories >= 1, min_background > 0, background_error >= 0"
        )
        raise ValueError(message)
    s_scores, s_weights = _checked(signal_scores, signal_weights, "signal")
    b_scores, b_weights = _checked(background_scores, background_weights, "background")
    cuts = _cuts(candidates, np.concatenate([s_scores, b_scores]))
    signal, background = _below(s_scores, s_weights, cuts), _below(b_scores, b_weights, cuts)
    if background[-1] < min_background:
        message = f"the background is {background[-1]:.4g} events in all, less than min_background={min_background}"
        raise ValueError(message)
    search = _Search(signal, background, min_background, background_error)
    places, history = search.run(min_gain, max_categories)
    edges = [0, *places, len(cuts) + 1]
    s, b = np.diff(signal[edges]), np.diff(background[edges])
    z = np.sqrt(search.square(s, b))
    return Categories(
        boundaries=tuple(cuts[np.array(places, dtype=int) - 1].tolist()),
        signal=tuple(s.tolist()),
        background=tuple(b.tolist()),
        significances=tuple(z.tolist()),
        history=tuple(history),
    )


def _checked(scores: Array, weights: Array | None, name: str) -> tuple[Floats, Floats]:
    values, each = flatten_with_weights(scores, weights)
    each = np.ones(len(values)) if each is None else each
    if not len(values) or not bool(np.isfinite(values).all() and np.isfinite(each).all()):
        message = f"{name} scores and weights must be finite numbers, at least one; got {len(values)}"
        raise ValueError(message)
    return values, each


def _cuts(candidates: int | Array, scores: Floats) -> Floats:
    """Rising candidates above the lowest score."""
    if isinstance(candidates, int):
        cuts = np.quantile(scores, np.linspace(0, 1, candidates + 2)[1:-1])
    else:
        cuts = np.asarray(candidates, dtype=np.float64)
    cuts = np.unique(cuts)
    found: Floats = cuts[(cuts > scores.min()) & (cuts <= scores.max())]
    return found


def _below(scores: Floats, weights: Floats, cuts: Floats) -> Floats:
    """Sum of weights below each cut, with 0 before the first and the sum of all after the last."""
    sums = np.bincount(np.searchsorted(cuts, scores, side="right"), weights, minlength=len(cuts) + 1)
    return np.concatenate([[0.0], np.cumsum(sums)])


@dataclass(frozen=True)
class _Search:
    """Sums of weights up to each candidate place, and what a category must have."""

    signal: Floats
    background: Floats
    min_background: float
    error: float

    def square(self, s: Any, b: Any) -> Any:
        """Squared significance; 0 for a signal that is not positive."""
        safe = np.maximum(b, self.min_background)
        return z_squared(np.maximum(s, 0.0), safe, self.error * safe)

    def run(self, min_gain: float, most: int) -> tuple[list[int], list[float]]:
        """Places of the boundaries, rising, and the combined significance after each."""
        last = len(self.signal) - 1
        places: list[int] = []
        total = float(self.square(self.signal[last], self.background[last]))
        history = [total**0.5]
        while len(places) + 1 < most:
            gain, place = self._best(places)
            if gain <= 0 or (total + gain) ** 0.5 < (1 + min_gain) * total**0.5:
                break
            places, total = sorted([*places, place]), total + gain
            history.append(total**0.5)
        return places, history

    def _best(self, places: list[int]) -> tuple[float, int]:
        """Largest gain of the squared significance, and where; a gain of 0 where no boundary is allowed."""
        edges = [0, *places, len(self.signal) - 1]
        best = (0.0, 0)
        for low, high in pairwise(edges):
            middle = np.arange(low + 1, high)
            s, b = self.signal, self.background
            left, right = b[middle] - b[low], b[high] - b[middle]
            halves = self.square(s[middle] - s[low], left) + self.square(s[high] - s[middle], right)
            gains = halves - self.square(s[high] - s[low], b[high] - b[low])
            gains = np.where((left >= self.min_background) & (right >= self.min_background), gains, 0.0)
            if len(gains) and gains.max() > best[0]:
                best = (float(gains.max()), int(middle[gains.argmax()]))
        return best
