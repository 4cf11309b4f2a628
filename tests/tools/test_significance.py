"""Significance, categories, efficiencies, cutflow tables and weights against closed forms and plain search."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from scipy.stats import binom

from hepcoder.tools.categories import greedy_categories
from hepcoder.tools.cutflow_tables import cutflow_table
from hepcoder.tools.efficiencies import ONE_SIGMA, efficiency, weighted_efficiency
from hepcoder.tools.examine import read_cutflow
from hepcoder.tools.luminosity import luminosity_weight
from hepcoder.tools.significance import asimov_significance, combined_significance


def profiled(s: float, b: float, sigma: float) -> float:
    """Root of the likelihood ratio of s + b events for no signal, the background profiled in a counted side band."""
    tau = b / sigma**2
    n, m = s + b, b * tau

    def twice_nll(mu: float, nu: float) -> float:
        mean, side = mu * s + nu, tau * nu
        return 2 * (mean - n * math.log(mean) + side - m * math.log(side))

    best = minimize_scalar(
        lambda nu: twice_nll(0.0, nu), bounds=(0.2 * b, n + b), method="bounded", options={"xatol": 1e-10}
    )
    return math.sqrt(best.fun - twice_nll(1.0, b))


@pytest.mark.parametrize(("s", "b", "sigma"), [(10, 100, 10), (5, 2, 0.5), (40, 1000, 31.6), (3, 30, 20)])
def test_asimov_is_the_profile_likelihood_of_the_expected_counts(s: float, b: float, sigma: float) -> None:
    assert asimov_significance(s, b, sigma) == pytest.approx(profiled(s, b, sigma), rel=1e-5)


def test_asimov_without_background_error() -> None:
    assert asimov_significance(10.0, 100.0) == pytest.approx(math.sqrt(2 * (110 * math.log(1.1) - 10)), rel=1e-12)
    assert asimov_significance(1e-6, 1e6) == pytest.approx(1e-6 / 1e3, rel=1e-5)
    assert asimov_significance([0.0, 10.0], [4.0, 100.0]).tolist() == [0.0, asimov_significance(10, 100)]


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e4), st.floats(1e-7, 2.0))
def test_an_error_never_helps_and_a_small_one_is_none(s: float, b: float, relative: float) -> None:
    known = asimov_significance(s, b)
    blurred = asimov_significance(s, b, relative * b)
    assert 0 <= blurred <= known * (1 + 1e-6)
    assert asimov_significance(s, b, 1e-6 * math.sqrt(b)) == pytest.approx(known, rel=1e-5)


@pytest.mark.parametrize(("s", "b", "sigma"), [(-1, 10, 0), (1, 0, 0), (1, 10, -1), (math.nan, 10, 0), (1, [1, 0], 0)])
def test_what_has_no_significance_is_refused(s: float, b: float, sigma: float) -> None:
    with pytest.raises(ValueError, match="background > 0"):
        asimov_significance(s, b, sigma)
    with pytest.raises(ValueError, match="from 0 on"):
        combined_significance([1.0, -1.0])


def test_categories_by_plain_search() -> None:
    rng = np.random.default_rng(4)
    signal, background = rng.beta(4, 2, 3000), rng.beta(2, 4, 3000)
    w_s, w_b = rng.uniform(0.005, 0.02, 3000), rng.uniform(0.1, 0.5, 3000)
    cuts = [0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

    def combined(edges: tuple[float, ...]) -> float:
        total = 0.0
        for low, high in itertools.pairwise((-1.0, *edges, 2.0)):
            s = sum(w for score, w in zip(signal, w_s, strict=True) if low <= score < high)
            b = sum(w for score, w in zip(background, w_b, strict=True) if low <= score < high)
            if b < 2.0:
                return 0.0
            total += 2 * ((s + b) * math.log(1 + s / b) - s)
        return math.sqrt(total)

    found = greedy_categories(
        signal, background, signal_weights=w_s, background_weights=w_b, candidates=cuts, min_gain=0.02, min_background=2
    )
    edges: tuple[float, ...] = ()
    history = [combined(())]
    while True:
        options = {cut: combined(tuple(sorted((*edges, cut)))) for cut in cuts if cut not in edges}
        best = max(options, key=lambda cut: options[cut])
        if options[best] < 1.02 * history[-1]:
            break
        edges = tuple(sorted((*edges, best)))
        history.append(options[best])
    assert found.boundaries == edges
    assert found.history == pytest.approx(history, rel=1e-9)
    assert found.combined == pytest.approx(combined_significance(found.significances), rel=1e-9)
    assert sum(found.signal) == pytest.approx(w_s.sum())
    assert 1 < len(edges) < len(cuts)


def test_categories_stop() -> None:
    rng = np.random.default_rng(5)
    same = rng.uniform(size=2000)
    assert greedy_categories(same, rng.uniform(size=2000)).boundaries == ()
    good, bad = rng.beta(4, 2, 4000), rng.beta(2, 4, 4000)
    two = greedy_categories(good, bad, max_categories=2)
    many = greedy_categories(good, bad, min_gain=0.0, max_categories=6)
    assert (len(two.boundaries), len(many.boundaries)) == (1, 5)
    assert list(many.history) == sorted(many.history)
    assert min(many.background) >= 1.0
    blurred = greedy_categories(good, bad, max_categories=2, background_error=0.1)
    assert blurred.combined < two.combined
    with pytest.raises(ValueError, match="less than min_background=1"):
        greedy_categories(good, bad, background_weights=np.full(4000, 1e-5))
    with pytest.raises(ValueError, match="signal scores"):
        greedy_categories([math.nan], bad)
    with pytest.raises(ValueError, match="max_categories >= 1"):
        greedy_categories(good, bad, max_categories=0)


@pytest.mark.parametrize(("passed", "total"), [(0, 5), (5, 5), (3, 7), (40, 1000)])
def test_the_interval_is_where_the_binomial_tails_are(passed: int, total: int) -> None:
    found = efficiency(passed, total)
    assert found.low is not None
    assert found.high is not None
    tail = (1 - ONE_SIGMA) / 2
    assert found.value == passed / total
    if passed:
        assert binom.sf(passed - 1, total, found.low) == pytest.approx(tail, rel=1e-6)
    if passed < total:
        assert binom.cdf(passed, total, found.high) == pytest.approx(tail, rel=1e-6)
    assert found.low <= found.value <= found.high
    with pytest.raises(ValueError, match="not 3 of 2"):
        efficiency(3, 2)


@given(st.integers(0, 50), st.integers(1, 50), st.floats(0.1, 10))
def test_equal_weights_are_binomial(passed: int, failed: int, weight: float) -> None:
    n = passed + failed
    found = weighted_efficiency([weight] * n, [True] * passed + [False] * failed)
    assert found.value == pytest.approx(passed / n)
    assert found.error == pytest.approx(efficiency(passed, n).error, rel=1e-6, abs=1e-9)


def test_weighted_error_by_toys() -> None:
    rng = np.random.default_rng(6)
    values = []
    for _ in range(300):
        weights = np.where(rng.random(400) < 0.2, -0.5, 1.5)
        values.append(weighted_efficiency(weights, rng.random(400) < 0.3).value)
    weights = np.where(rng.random(400) < 0.2, -0.5, 1.5)
    assert weighted_efficiency(weights, rng.random(400) < 0.3).error == pytest.approx(np.std(values), rel=0.2)


def test_a_cutflow_as_data(tmp_path: Path) -> None:
    masks = {"two jets": [True, True, False, True, False], "MET > 30 GeV": [True, None, True, False, True]}
    weights = [1.0, 2.0, 0.5, -0.5, 1.0]
    table = cutflow_table(masks, weights)
    assert table.counts == {"all events": 5, "two jets": 3, "MET > 30 GeV": 1}
    assert [row.sum_weights for row in table.rows] == [4.0, 2.5, 1.0]
    assert table.rows[1].sum_weights_error == pytest.approx(math.sqrt(5.25))
    assert table.rows[2].efficiency == weighted_efficiency(weights, [True, False, False, False, False])
    assert table.rows[2].step_efficiency == weighted_efficiency([1.0, 2.0, -0.5], [True, False, False])
    rows = json.loads(table.save(tmp_path / "cutflow.json").read_text())
    assert rows[2]["step_efficiency"] == 0.4
    assert rows[0]["step_efficiency_error"] is None
    saved = read_cutflow(tmp_path)
    assert saved is not None
    assert {row.name: row.n_events for row in saved} == table.counts
    lines = table.save(tmp_path / "cutflow.csv").read_text().splitlines()
    assert lines[0].startswith("name,n_events,sum_weights,sum_weights_error,efficiency,")
    assert len(lines) == 4
    assert "0.4000 +- " in str(table)
    assert str(table).splitlines()[0].split() == ["cut", "events", "of", "all", "of", "before", "weighted"]
    with pytest.raises(ValueError, match="use cutflow.json"):
        table.save(tmp_path / "cutflow.txt")


def test_cutflows_of_numbers_and_of_nothing() -> None:
    table = cutflow_table({"all": 100, "two": 40, "MET": 0})
    assert table.rows[1].efficiency == efficiency(40, 100)
    assert table.rows[2].step_efficiency == efficiency(0, 40)
    assert cutflow_table({"all": 0, "two": 0}).rows[1].efficiency is None
    empty = cutflow_table({"none": np.zeros(3, dtype=bool), "after": np.ones(3, dtype=bool)})
    assert empty.rows[2].step_efficiency is None
    assert "-" in str(empty)
    for cuts, weights, fault in (
        ({}, None, "at least one cut"),
        ({"a": [True], "b": [True, False]}, None, "'b' has 2 entries, the first 1"),
        ({"a": [True]}, [1.0, 2.0], "2 weights for 1 events"),
        ({"a": 3, "b": 5}, None, "'b' has 5 events, more than the 3"),
        ({"a": 3}, [1.0], "give masks with weights"),
    ):
        with pytest.raises(ValueError, match=fault):
            cutflow_table(cuts, weights)


def test_luminosity_weight() -> None:
    assert luminosity_weight(0.5, 100.0, 10_000) * 10_000 == pytest.approx(50_000)
    with pytest.raises(ValueError, match=r"sum of weights \(0\)"):
        luminosity_weight(0.5, 100.0, 0)
