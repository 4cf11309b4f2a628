"""The spread of a ratio of sums over tasks, by drawing tasks again and again."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hepcoder.benchmarks.statistics.proportions import FEWEST_TASKS, Interval

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REPLICATES = 2000


def task_draws(n_tasks: int, *, seed: int, replicates: int = REPLICATES) -> "NDArray[np.int64]":
    """Return how often each task is drawn in each replicate.

    Args:
        n_tasks: Number of tasks, at least 1; as many are drawn with replacement.
        seed: Seed of the draws; the same seed gives the same draws.
        replicates: Number of replicates.

    Returns:
        Counts of shape ``(replicates, n_tasks)``; every row sums to `n_tasks`.
    """
    import numpy as np

    return np.random.default_rng(seed).multinomial(n_tasks, np.full(n_tasks, 1 / n_tasks), size=replicates)


def ratio_replicates(
    draws: "NDArray[np.int64]", numerators: Sequence[float], denominators: Sequence[float]
) -> "NDArray[np.float64]":
    """Return sum of numerators over sum of denominators in each replicate; NaN where the denominator is 0."""
    import numpy as np

    top, bottom = draws @ np.asarray(numerators, dtype=float), draws @ np.asarray(denominators, dtype=float)
    ratios = np.full(len(draws), np.nan)
    np.divide(top, bottom, out=ratios, where=bottom != 0)
    return ratios


def percentiles(replicates: "NDArray[np.float64]", *, confidence: float) -> Interval | None:
    """Return the central interval of the replicates, or None if it is not defined in all of them."""
    import numpy as np

    if not np.isfinite(replicates).all():
        return None
    low, high = np.quantile(replicates, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(low=float(low), high=float(high))


def ratio_interval(
    numerators: Sequence[float], denominators: Sequence[float], *, confidence: float = 0.95, seed: int = 0
) -> Interval | None:
    """Return the bootstrap interval, over tasks like these, for a ratio of sums.

    Args:
        numerators: One number a task, such as dollars.
        denominators: One number a task, such as successes.
        confidence: Level, between 0 and 1.
        seed: Seed of the draws.

    Returns:
        The interval; None below `FEWEST_TASKS` tasks, where the method is too narrow to be honest, or where a
        replicate has a denominator of 0.
    """
    if len(numerators) < FEWEST_TASKS:
        return None
    draws = task_draws(len(numerators), seed=seed)
    return percentiles(ratio_replicates(draws, numerators, denominators), confidence=confidence)
