"""Two contenders on the same tasks: an exact test, the difference, and what could have been seen at all."""

from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

from hepcoder.benchmarks.statistics.proportions import Interval, normal_critical, score_interval
from hepcoder.ledger.record import Record

_TIE = 1 + 1e-7


class Stratum(Record):
    """The trials of two contenders on one task.

    Attributes:
        a_right: Right trials of the first.
        a_n: Trials of the first.
        b_right: Right trials of the second.
        b_n: Trials of the second.
    """

    a_right: int
    a_n: int
    b_right: int
    b_n: int

    @property
    def informative(self) -> bool:
        """Whether it can tell the contenders apart: both tried it, and not all trials went alike."""
        right, n = self.a_right + self.b_right, self.a_n + self.b_n
        return self.a_n > 0 and self.b_n > 0 and 0 < right < n


class Difference(Record):
    """How much more often the first contender is right than the second, on the tasks that both tried.

    Attributes:
        value: First rate less second, tasks weighted by Mantel and Haenszel.
        interval: Its interval on just these tasks.
    """

    value: float
    interval: Interval


def exact_cmh(strata: Sequence[Stratum]) -> float | None:
    """Return the two-sided p-value of the Cochran-Mantel-Haenszel test, exact for any number of trials.

    The first contender's right trials are summed over tasks; given each task's totals they follow a sum of
    hypergeometric distributions if the contenders are equally able. The p-value is the chance of all sums that are
    not more likely than the observed one.

    Returns:
        The p-value, 1 if no task tells the contenders apart; None if they have no task in common.

    Reference:
        C. R. Mehta, N. R. Patel, R. Gray, J. Am. Stat. Assoc. 80 (1985) 969; as ``mantelhaen.test(exact = TRUE)`` of R.

    Example:
        >>> round(exact_cmh([Stratum(a_right=3, a_n=3, b_right=0, b_n=3)]), 6)
        0.1
    """
    import numpy as np
    from scipy.stats import hypergeom

    common = [stratum for stratum in strata if stratum.a_n > 0 and stratum.b_n > 0]
    if not common:
        return None
    chances, observed = np.ones(1), 0
    for stratum in common:
        right, n = stratum.a_right + stratum.b_right, stratum.a_n + stratum.b_n
        lowest, highest = max(0, right - stratum.b_n), min(right, stratum.a_n)
        chances = np.convolve(chances, hypergeom.pmf(np.arange(lowest, highest + 1), n, right, stratum.a_n))
        observed += stratum.a_right - lowest
    extreme = chances <= chances[observed] * _TIE
    return min(1.0, float(chances[extreme].sum() / chances.sum()))


def difference(strata: Sequence[Stratum], *, confidence: float = 0.95) -> Difference | None:
    """Return the difference of two rates on the same tasks, or None if there is no task in common.

    Both rates are means over tasks with the weights of Mantel and Haenszel; the interval joins the two Wilson
    intervals in Newcombe's way, so it has a width also where all trials went alike.

    Args:
        strata: The trials, task by task.
        confidence: Level, between 0 and 1.

    Reference:
        R. G. Newcombe, Stat. Med. 17 (1998) 873, method 10; X. Yan, X. G. Su, Stat. Biopharm. Res. 2 (2010) 329.
    """
    critical = normal_critical(confidence)
    common = [stratum for stratum in strata if stratum.a_n > 0 and stratum.b_n > 0]
    if not common:
        return None
    weights = [s.a_n * s.b_n / (s.a_n + s.b_n) for s in common]
    a, n_a = _weighted([(s.a_right, s.a_n) for s in common], weights)
    b, n_b = _weighted([(s.b_right, s.b_n) for s in common], weights)
    of_a, of_b = score_interval(a, n_a, critical=critical), score_interval(b, n_b, critical=critical)
    low = a - b - sqrt((a - of_a.low) ** 2 + (of_b.high - b) ** 2)
    high = a - b + sqrt((of_a.high - a) ** 2 + (b - of_b.low) ** 2)
    return Difference(value=a - b, interval=Interval(low=max(-1.0, low), high=min(1.0, high)))


def _weighted(counts: Sequence[tuple[int, int]], weights: Sequence[float]) -> tuple[float, float]:
    """The weighted rate, and the number of equally weighted trials with the same variance."""
    total = sum(weights)
    rate = sum(w * k / n for (k, n), w in zip(counts, weights, strict=True)) / total
    n_effective = total**2 / sum(w * w / n for (_, n), w in zip(counts, weights, strict=True))
    return min(1.0, max(0.0, rate)), n_effective


def holm(p_values: Sequence[float | None]) -> tuple[float | None, ...]:
    """Return p-values corrected for the number of tests by Holm's step-down method; None stays None.

    Reference:
        S. Holm, Scand. J. Stat. 6 (1979) 65.

    Example:
        >>> holm([0.01, 0.04, 0.03])
        (0.03, 0.06, 0.06)
    """
    order = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    running = 0.0
    for rank, (p, i) in enumerate(order):
        running = max(running, min(1.0, (len(order) - rank) * p))
        corrected[i] = running
    return tuple(corrected)


def smallest_detectable(n_a: int, n_b: int, *, tests: int = 1, level: float = 0.05, power: float = 0.8) -> float | None:
    """Return the smallest difference of two rates that so many trials would show with the given power.

    It is a property of the plan, not of the outcome: for rates around one half, where it is largest, and with the
    level shared among all tests, as in the first step of Holm's method. Normal approximation with the correction for
    continuity that stands for the exact test's caution.

    Args:
        n_a: Trials of the first contender.
        n_b: Trials of the second.
        tests: Tests in the family, at least 1.
        level: Chance of a false difference in the whole family.
        power: Chance to see a true difference of the size returned.

    Returns:
        The difference, or None if not even 0 against 1 would be seen.

    Reference:
        J. L. Fleiss, B. Levin, M. C. Paik, Statistical Methods for Rates and Proportions (2003), section 4.3.
    """
    from scipy.optimize import brentq

    if n_a == 0 or n_b == 0:
        return None
    per_trial = 1 / n_a + 1 / n_b
    under_null = normal_critical(1 - level / tests) * sqrt(0.25 * per_trial)

    def excess(gap: float) -> float:
        spread = sqrt((0.25 - gap**2 / 4) * per_trial)
        return gap - per_trial / 2 - under_null - NormalDist().inv_cdf(power) * spread

    return float(brentq(excess, 0.0, 1.0)) if excess(1.0) > 0 else None
