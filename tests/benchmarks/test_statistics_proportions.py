"""Rates and their intervals: against other programs, by their laws, and by how often they are right."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.proportion import proportion_confint

from hepcoder.benchmarks.statistics.proportions import (
    Interval,
    clustered_wilson,
    effective_trials,
    proportion,
    score_interval,
    wilson,
)

COUNT = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
COUNTS = st.lists(
    st.integers(1, 6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=5, max_size=12
)
LEVEL = st.sampled_from([0.683, 0.9, 0.95, 0.99])


@given(COUNT, LEVEL)
def test_wilson_is_that_of_scipy_and_of_statsmodels(count: tuple[int, int], level: float) -> None:
    ours = wilson(*count, confidence=level)
    assert ours is not None
    theirs = binomtest(*count).proportion_ci(level, method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert (ours.low, ours.high) == pytest.approx(
        proportion_confint(*count, alpha=1 - level, method="wilson"), abs=1e-9
    )


def test_wilson_gives_newcombes_published_numbers() -> None:
    # R. G. Newcombe, Stat. Med. 17 (1998) 857, table I, method 3.
    for (k, n), low, high in (((81, 263), 0.2553, 0.3662), ((15, 148), 0.0624, 0.1605), ((0, 20), 0.0, 0.1611)):
        found = wilson(k, n)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(COUNT)
def test_wilson_is_symmetric_and_holds_the_rate(count: tuple[int, int]) -> None:
    k, n = count
    right, wrong = wilson(k, n), wilson(n - k, n)
    assert right is not None
    assert wrong is not None
    assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low))
    assert 0 <= right.low <= k / n <= right.high <= 1


@given(COUNT)
def test_wilson_rises_with_successes_and_narrows_with_trials(count: tuple[int, int]) -> None:
    k, n = count
    here, more, longer = wilson(k, n), wilson(k + 1, n + 1), wilson(4 * k, 4 * n)
    assert here is not None
    assert more is not None
    assert longer is not None
    assert more.low >= here.low
    assert longer.high - longer.low < here.high - here.low


@given(st.floats(0, 1), st.floats(0.5, 200), st.floats(0.5, 5))
def test_the_ends_of_the_score_interval_solve_its_equation(rate: float, n: float, critical: float) -> None:
    found = score_interval(rate, n, critical=critical)
    for end in (found.low, found.high):
        assert (rate - end) ** 2 <= critical**2 * end * (1 - end) / n + 1e-9


@given(COUNTS)
def test_tasks_like_these_never_have_more_trials_than_were_made(counts: list[tuple[int, int]]) -> None:
    rate, n_effective = effective_trials(counts)
    n = sum(n for _, n in counts)
    assert rate == pytest.approx(sum(k for k, _ in counts) / n)
    assert 0 < n_effective <= n
    these, like = proportion(counts).these_tasks, clustered_wilson(counts)
    assert these is not None
    assert like is not None
    assert like.low <= these.low + 1e-12
    assert like.high >= these.high - 1e-12


@pytest.mark.parametrize(
    ("counts", "level", "low", "high"),
    [
        ([(5, 5), (3, 5), (0, 5), (4, 5), (1, 5)], 0.95, 0.150973732126, 0.868421056022),
        ([(5, 5), (3, 5), (0, 4), (4, 5), (1, 5), (2, 3), (5, 5)], 0.9, 0.346924059740, 0.839463107864),
        ([(3, 3)] * 6, 0.95, 0.731472681638, 1.0),
    ],
)
def test_inspect_gives_the_same_interval(counts: list[tuple[int, int]], level: float, low: float, high: float) -> None:
    # Computed with inspect_ai 0.3.285: ci_wilson(level=level, cluster="task") over one score a trial.
    found = clustered_wilson(counts, confidence=level)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-11)


def test_trials_of_a_task_that_all_go_alike_are_one_trial() -> None:
    counts = [(5, 5)] * 5 + [(0, 5)] * 5
    rate, n_effective = effective_trials(counts)
    assert rate == 0.5
    assert n_effective == pytest.approx(9)  # T - 1 for clusters that are wholly alike: s²/T with s² of T - 1
    # The same numbers by the textbook's route: variance of the mean of task means.
    means = np.array([k / n for k, n in counts])
    assert n_effective == pytest.approx(0.25 / (means.var(ddof=1) / len(means)))


def test_what_is_not_defined_is_none() -> None:
    empty = proportion([])
    assert (empty.rate, empty.these_tasks, empty.tasks_like_these) == (None, None, None)
    assert proportion([(0, 0), (1, 2)]).n_tasks == 1
    four = proportion([(1, 2)] * 4)
    assert four.these_tasks is not None
    assert four.tasks_like_these is None
    all_right = proportion([(3, 3)] * 6)
    assert all_right.tasks_like_these is not None
    assert all_right.tasks_like_these.low < 1
    assert all_right.tasks_like_these.high == 1


Shape = tuple[int, int, float, float]


def coverage(interval: Callable[[list[tuple[int, int]]], Interval | None], shape: Shape, *, fresh_tasks: bool) -> float:
    """How often the interval holds the truth, in 600 studies of tasks whose rates come from a beta distribution."""
    n_tasks, n_trials, a, b = shape
    random = np.random.default_rng(20261122)
    hits = 0
    for _ in range(600):
        rates = random.beta(a, b, size=n_tasks)
        counts = [(int(k), n_trials) for k in random.binomial(n_trials, rates)]
        truth = a / (a + b) if fresh_tasks else float(rates.mean())
        found = interval(counts)
        assert found is not None
        hits += found.low <= truth <= found.high
    return hits / 600


@pytest.mark.parametrize("shape", [(5, 10, 1, 1), (5, 10, 8, 0.5), (20, 5, 1, 1), (12, 5, 0.5, 2)])
def test_coverage_is_what_it_says(shape: Shape) -> None:
    margin = 0.02  # two standard deviations of a share of 600 at 0.95
    assert coverage(lambda counts: proportion(counts).these_tasks, shape, fresh_tasks=False) > 0.95 - margin
    assert coverage(clustered_wilson, shape, fresh_tasks=True) > 0.95 - margin


def test_wilson_on_pooled_trials_would_not_do_for_tasks_like_these() -> None:
    assert coverage(lambda counts: proportion(counts).these_tasks, (5, 10, 1, 1), fresh_tasks=True) < 0.75
