"""The references of the statistics suite agree with independent programs."""

import csv
import json
import math
from pathlib import Path

import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import beta

from hepcoder.benchmarks.suites.loading import SUITES, load_task
from hepcoder.benchmarks.suites.variant import make_variant


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("seed", [0, pytest.param(3, marks=pytest.mark.thorough)])
def test_limits_agree_with_pyhf(seed: int, tmp_path: Path) -> None:
    pyhf = pytest.importorskip("pyhf")
    variant = make_variant(load_task(SUITES / "stats" / "cls_shape"), seed, tmp_path)
    counts = json.loads(variant.inputs[0].read_text())
    found = json.loads((variant.expected / "result.json").read_text())
    model = pyhf.simplemodels.uncorrelated_background(
        counts["signal"], counts["background"], counts["background_error"]
    )
    data = counts["observed"] + model.config.auxdata
    level = 1 - float(variant.constants["level"])
    observed, expected = pyhf.infer.intervals.upper_limits.toms748_scan(data, model, 0.01, 9.9, level=level, rtol=1e-4)
    assert found["observed_limit"] == pytest.approx(float(observed), rel=1e-3)
    assert found["expected_limit"] == pytest.approx(float(expected[2]), rel=1e-3)
    assert found["mu_hat"] == pytest.approx(float(pyhf.infer.mle.fit(data, model)[0]), abs=2e-3)


def test_intervals_are_quantiles_of_the_beta_distribution(tmp_path: Path) -> None:
    variant = make_variant(load_task(SUITES / "stats" / "efficiency"), 1, tmp_path)
    found = json.loads((variant.expected / "result.json").read_text())
    tail = (1 - float(variant.constants["level"])) / 2
    assert (found["passed"][0], found["passed"][-1]) == (0, found["total"][-1])
    for n, k, low, high in zip(*(found[name] for name in ("total", "passed", "low", "high")), strict=True):
        assert low == pytest.approx(beta.ppf(tail, k, n - k + 1) if k else 0.0, abs=1e-9)
        assert high == pytest.approx(beta.ppf(1 - tail, k + 1, n - k) if k < n else 1.0, abs=1e-9)


def test_the_significance_is_the_root_of_a_profiled_likelihood_ratio(tmp_path: Path) -> None:
    variant = make_variant(load_task(SUITES / "stats" / "asimov"), 1, tmp_path)
    with variant.inputs[0].open() as file:
        rows = list(csv.DictReader(file))
    found = json.loads((variant.expected / "result.json").read_text())
    scale = float(variant.constants["lumi"]) / float(variant.constants["lumi_now"])
    for row, exact, with_error in zip(rows, found["z_exact"], found["z"], strict=True):
        s, b, sigma = (float(row[name]) * scale for name in ("signal", "background", "background_error"))
        n, tau = s + b, b / max(sigma, 1e-3) ** 2

        def minus_log_likelihood(mean: float, n: float = n, b: float = b, tau: float = tau) -> float:
            return -n * math.log(mean / n) + mean - n - tau * b * math.log(mean / b) + tau * (mean - b)

        q0 = 2 * minimize_scalar(minus_log_likelihood, bounds=(b / 2, 2 * n), options={"xatol": 1e-9}).fun
        assert with_error == pytest.approx(math.sqrt(max(q0, 0.0)), abs=1e-3)
        assert exact == pytest.approx(math.sqrt(2 * (n * math.log(n / b) - s)), abs=1e-6)
