"""Two contenders on the same tasks: against other programs, by laws, and by how often the test is wrong."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from hepcoder.benchmarks.statistics.stratified import (
    Stratum,
    difference,
    exact_cmh,
    holm,
    smallest_detectable,
)


def stratum(a_right: int, a_wrong: int, b_right: int, b_wrong: int) -> Stratum:
    return Stratum(a_right=a_right, a_n=a_right + a_wrong, b_right=b_right, b_n=b_right + b_wrong)


SMALL = st.builds(stratum, *[st.integers(0, 5)] * 4)
STRATA = st.lists(SMALL, min_size=1, max_size=6)
PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=9)


def test_r_gives_the_same_p_value_for_the_rabbits() -> None:
    # R's documented example of an exact test: mantelhaen.test(Rabbits, exact = TRUE), S = 16, p-value = 0.03994;
    # data from A. Agresti, Categorical Data Analysis (1990), p. 231.
    rabbits = [(0, 6, 0, 5), (3, 3, 0, 6), (6, 0, 2, 4), (5, 1, 6, 0), (2, 0, 5, 0)]
    assert exact_cmh([stratum(*counts) for counts in rabbits]) == pytest.approx(0.03994, abs=5e-6)


@given(SMALL)
def test_with_one_task_it_is_fishers_exact_test(one: Stratum) -> None:
    table = [[one.a_right, one.a_n - one.a_right], [one.b_right, one.b_n - one.b_right]]
    expected = fisher_exact(table).pvalue if one.a_n and one.b_n else None
    assert exact_cmh([one]) == (None if expected is None else pytest.approx(expected, rel=1e-6))


@settings(max_examples=40)
@given(STRATA)
def test_it_is_the_sum_over_all_ways_to_share_the_right_trials(strata: list[Stratum]) -> None:
    common = [s for s in strata if s.a_n and s.b_n]
    ways = {0: 1}
    for s in common:
        right = s.a_right + s.b_right
        new: dict[int, int] = {}
        for sum_so_far, n in ways.items():
            for k in range(max(0, right - s.b_n), min(right, s.a_n) + 1):
                new[sum_so_far + k] = new.get(sum_so_far + k, 0) + n * comb(s.a_n, k) * comb(s.b_n, right - k)
        ways = new
    observed = ways[sum(s.a_right for s in common)]
    expected = sum(n for n in ways.values() if n <= observed) / sum(ways.values())
    assert exact_cmh(strata) == (pytest.approx(expected, rel=1e-6) if common else None)


def test_with_many_trials_it_is_the_usual_test() -> None:
    random = np.random.default_rng(7)
    counts = [(int(random.binomial(300, p + 0.04)), int(random.binomial(300, p))) for p in (0.2, 0.4, 0.5, 0.7)]
    strata = [stratum(a, 300 - a, b, 300 - b) for a, b in counts]
    table = StratifiedTable([np.array([[a, 300 - a], [b, 300 - b]]) for a, b in counts])
    assert exact_cmh(strata) == pytest.approx(table.test_null_odds(correction=True).pvalue, rel=0.03)


@given(STRATA)
def test_it_does_not_matter_who_is_first_or_what_is_called_right(strata: list[Stratum]) -> None:
    swapped = [Stratum(a_right=s.b_right, a_n=s.b_n, b_right=s.a_right, b_n=s.a_n) for s in strata]
    inverted = [stratum(s.a_n - s.a_right, s.a_right, s.b_n - s.b_right, s.b_right) for s in strata]
    p = exact_cmh(strata)
    for other in (exact_cmh(swapped), exact_cmh(inverted), exact_cmh(strata[::-1])):
        assert other == (None if p is None else pytest.approx(p, rel=1e-6))
    assert p is None or 0 < p <= 1


@given(STRATA)
def test_tasks_where_all_went_alike_say_nothing(strata: list[Stratum]) -> None:
    p = exact_cmh(strata)
    more = exact_cmh([*strata, stratum(5, 0, 4, 0), stratum(0, 5, 0, 3)])
    assert more == (1 if p is None else pytest.approx(p, rel=1e-6))
    assert exact_cmh([*strata, stratum(0, 0, 3, 2)]) == p


def studies(n: int, rates_a: list[float], rates_b: list[float], trials: int) -> list[list[Stratum]]:
    random = np.random.default_rng(20261122)
    right_a = random.binomial(trials, rates_a, size=(n, len(rates_a))).tolist()
    right_b = random.binomial(trials, rates_b, size=(n, len(rates_b))).tolist()
    return [
        [Stratum(a_right=a, a_n=trials, b_right=b, b_n=trials) for a, b in zip(one, other, strict=True)]
        for one, other in zip(right_a, right_b, strict=True)
    ]


def test_equals_are_told_apart_no_more_often_than_said() -> None:
    rates = [0.1, 0.3, 0.5, 0.7, 0.9]
    p_values = [exact_cmh(strata) or 0 for strata in studies(1000, rates, rates, 6)]
    for level in (0.01, 0.05, 0.2):
        assert np.mean([p <= level for p in p_values]) <= level + 2 * (level / 1000) ** 0.5


@pytest.mark.parametrize(("n_tasks", "trials"), [(12, 5), (24, 5), (5, 10)])
def test_the_smallest_detectable_difference_is_seen_in_four_studies_of_five(n_tasks: int, trials: int) -> None:
    gap = smallest_detectable(n_tasks * trials, n_tasks * trials)
    assert gap is not None
    found = studies(300, [0.5 + gap / 2] * n_tasks, [0.5 - gap / 2] * n_tasks, trials)
    seen = np.mean([(exact_cmh(strata) or 0) <= 0.05 for strata in found])
    assert 0.74 <= seen <= 0.9


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 30))
def test_more_trials_show_smaller_differences_and_more_tests_larger_ones(n_a: int, n_b: int, tests: int) -> None:
    gap = smallest_detectable(n_a, n_b, tests=tests)
    assert gap == smallest_detectable(n_b, n_a, tests=tests)
    if gap is not None:
        assert 0 < gap <= 1
        finer, one = smallest_detectable(n_a + 50, n_b, tests=tests), smallest_detectable(n_a, n_b)
        assert finer is not None
        assert finer < gap
        assert one is not None
        assert one <= gap


def test_a_handful_of_trials_shows_nothing() -> None:
    assert smallest_detectable(2, 2) is None
    assert smallest_detectable(0, 100) is None


@settings(max_examples=30)
@given(SMALL)
def test_the_difference_on_one_task_is_newcombes(one: Stratum) -> None:
    found = difference([one])
    if one.a_n == 0 or one.b_n == 0:
        assert found is None
        return
    assert found is not None
    low, high = confint_proportions_2indep(one.a_right, one.a_n, one.b_right, one.b_n, method="newcomb")
    assert found.value == pytest.approx(one.a_right / one.a_n - one.b_right / one.b_n)
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-9)


@given(STRATA)
def test_the_difference_turns_its_sign_with_the_order(strata: list[Stratum]) -> None:
    swapped = [Stratum(a_right=s.b_right, a_n=s.b_n, b_right=s.a_right, b_n=s.a_n) for s in strata]
    one, other = difference(strata), difference(swapped)
    if one is None or other is None:
        assert one is other
        return
    assert one.value == pytest.approx(-other.value)
    assert one.interval.low == pytest.approx(-other.interval.high)
    assert -1 <= one.interval.low <= one.value <= one.interval.high <= 1
    assert one.interval.high > one.interval.low


def test_the_difference_of_unequal_trials_is_that_of_the_tasks_and_not_of_their_mix() -> None:
    # Equal on both tasks; pooled, the first would look far better, since it tried the easy one more often.
    found = difference([stratum(9, 1, 45, 5), stratum(5, 45, 1, 9)])
    assert found is not None
    assert found.value == pytest.approx(0)


def test_the_interval_of_the_difference_covers_it() -> None:
    rates_a, rates_b = [0.9, 0.6, 0.5, 0.3, 0.8], [0.8, 0.6, 0.2, 0.1, 0.4]
    truth = float(np.mean(rates_a) - np.mean(rates_b))
    hits = []
    for strata in studies(600, rates_a, rates_b, 6):
        found = difference(strata)
        assert found is not None
        hits.append(found.interval.low <= truth <= found.interval.high)
    assert np.mean(hits) > 0.93


@settings(max_examples=10)  # statsmodels is slow at it
@given(PROBABILITIES)
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


@given(PROBABILITIES)
def test_holm_keeps_order_and_passes_over_what_is_not_known(p_values: list[float]) -> None:
    found = holm(p_values)
    assert all(f is not None and f >= p for f, p in zip(found, p_values, strict=True))
    assert holm([None, *p_values, None]) == (None, *found, None)
    ranked = sorted(zip(p_values, found, strict=True), key=lambda pair: pair[0])
    assert [f for _, f in ranked] == sorted(f for f in found if f is not None)
