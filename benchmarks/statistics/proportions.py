"""A rate of success, for these tasks and for tasks like these."""

from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import NormalDist

from hepcoder.ledger.record import Record

FEWEST_TASKS = 5


class Interval(Record):
    """A confidence interval.

    Attributes:
        low: Its lower end.
        high: Its upper end.
    """

    low: float
    high: float


class Proportion(Record):
    """Successes out of trials.

    Attributes:
        successes: How many.
        n: Out of how many.
        n_tasks: Of how many different tasks the trials are.
        rate: The share, or None for no trials.
        these_tasks: Interval for the rate on just these tasks, whose only chance is in the trials; None for no trials.
        tasks_like_these: Interval for the rate on tasks of which these are a sample; None below `FEWEST_TASKS`.
    """

    successes: int
    n: int
    n_tasks: int
    rate: float | None
    these_tasks: Interval | None
    tasks_like_these: Interval | None


def proportion(counts: Iterable[tuple[int, int]], *, confidence: float = 0.95) -> Proportion:
    """Return the rate over tasks, with both of its intervals.

    Args:
        counts: Successes and trials of each task; tasks without a trial are passed over.
        confidence: Level of the intervals, between 0 and 1.

    Example:
        >>> proportion([(5, 5), (5, 5)]).these_tasks
        Interval(low=0.722..., high=1.0)
    """
    tasks = [(k, n) for k, n in counts if n > 0]
    successes, n = sum(k for k, _ in tasks), sum(n for _, n in tasks)
    return Proportion(
        successes=successes,
        n=n,
        n_tasks=len(tasks),
        rate=successes / n if n else None,
        these_tasks=wilson(successes, n, confidence=confidence),
        tasks_like_these=clustered_wilson(tasks, confidence=confidence),
    )


def wilson(successes: int, n: int, *, confidence: float = 0.95) -> Interval | None:
    """Return Wilson's score interval for a rate, or None for no trials.

    Args:
        successes: Successes, from 0 to `n`.
        n: Independent trials.
        confidence: Level, between 0 and 1.

    Reference:
        E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209.
    """
    if n == 0:
        return None
    return score_interval(successes / n, n, critical=normal_critical(confidence))


def normal_critical(confidence: float) -> float:
    """Return how many standard deviations from its mean a normal variable stays with the given chance.

    Example:
        >>> round(normal_critical(0.95), 6)
        1.959964
    """
    return NormalDist().inv_cdf((1 + confidence) / 2)


def clustered_wilson(counts: Sequence[tuple[int, int]], *, confidence: float = 0.95) -> Interval | None:
    """Return the interval for the rate on tasks like these, trials of one task being alike.

    Wilson's interval on an effective number of trials n_eff = min(n, p(1-p)/v), with v the variance of the rate over
    tasks and the critical value of Student's t with one degree of freedom less than there are tasks. At a rate of
    exactly 0 or 1 there is no spread to be seen and n_eff is n: read it with the number of tasks beside it.

    Args:
        counts: Successes and trials (at least one) of each task.
        confidence: Level, between 0 and 1.

    Returns:
        The interval, or None below `FEWEST_TASKS` tasks.

    Reference:
        E. L. Korn, B. I. Graubard, Survey Methodology 24 (1998) 193. They put the effective number of trials into the
        exact interval; we put it into Wilson's, which is narrower.
    """
    from scipy.special import stdtrit

    if len(counts) < FEWEST_TASKS:
        return None
    critical = float(stdtrit(len(counts) - 1, (1 + confidence) / 2))
    rate, n_effective = effective_trials(counts)
    return score_interval(rate, n_effective, critical=critical)


def effective_trials(counts: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """Return the rate over tasks, and how many independent trials tell as much about tasks like these.

    Args:
        counts: Successes and trials (at least one) of each of two tasks or more.
    """
    n_tasks, n = len(counts), sum(n for _, n in counts)
    rate = sum(k for k, _ in counts) / n
    variance = n_tasks / (n_tasks - 1) * sum((k - rate * n_i) ** 2 for k, n_i in counts) / n**2
    if rate in (0.0, 1.0) or variance == 0:
        return rate, float(n)
    return rate, min(float(n), rate * (1 - rate) / variance)


def score_interval(rate: float, n: float, *, critical: float) -> Interval:
    """Return the rates p for which (rate - p)² <= critical² p(1-p)/n.

    Args:
        rate: The observed rate, from 0 to 1.
        n: Number of trials, above 0; need not be whole.
        critical: Critical value of the normal or Student's distribution.
    """
    weight = critical**2 / n
    centre = (rate + weight / 2) / (1 + weight)
    half = sqrt(weight * (rate * (1 - rate) + weight / 4)) / (1 + weight)
    low = 0.0 if rate == 0 else max(0.0, centre - half)
    high = 1.0 if rate == 1 else min(1.0, centre + half)
    return Interval(low=min(low, rate), high=max(high, rate))
