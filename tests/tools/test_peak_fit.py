"""Peak fits: what was thrown comes back, with errors that cover it."""

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import crystalball, norm

from hepcoder.tools.peak_fit import fit_peak
from hepcoder.tools.peak_result import FitError, PeakFit
from hepcoder.tools.peak_shapes import PeakModel

RANGE = (60.0, 120.0)
TRUTH = {"mean": 90.0, "sigma": 2.5, "n_signal": 600.0}
SHAPES: dict[str, dict[str, Any]] = {
    "gauss": {"signal": "gauss", "background": "exponential"},
    "binned": {"signal": "gauss", "background": "polynomial", "bins": 60},
    "breit_wigner_gauss": {"signal": "breit_wigner_gauss", "background": "exponential", "width": 2.5},
    "crystal_ball": {"signal": "crystal_ball", "background": "polynomial", "fixed": {"n": 4.0, "alpha": 1.2}},
}


def thrown(rng: np.random.Generator, signal: str, n_signal: float = 600.0, n_background: float = 900.0) -> Any:
    n = rng.poisson(n_signal)
    if signal == "crystal_ball":
        peak = crystalball.rvs(1.2, 4.0, loc=90.0, scale=2.5, size=4 * n, random_state=rng)
    else:
        peak = rng.normal(90.0, 2.5, 4 * n)
        if signal == "breit_wigner_gauss":
            peak = peak + 1.25 * np.tan(np.pi * (rng.random(4 * n) - 0.5))
    peak = peak[(peak > RANGE[0]) & (peak < RANGE[1])][:n]
    falling = RANGE[0] + rng.exponential(40.0, 6 * int(n_background))
    return np.concatenate([peak, falling[falling < RANGE[1]][: rng.poisson(n_background)]])


def pulls(shape: str, n_toys: int, seed: int) -> dict[str, np.ndarray[Any, Any]]:
    rng = np.random.default_rng(seed)
    options = dict(SHAPES[shape])
    if options["background"] == "polynomial":
        options["degree"] = 3
    found: dict[str, list[float]] = {name: [] for name in TRUTH}
    for _ in range(n_toys):
        fit = fit_peak(thrown(rng, options["signal"]), RANGE, **options)
        for name, truth in TRUTH.items():
            one = fit.parameter(name)
            found[name].append((one.value - truth) / one.error)
    return {name: np.array(values) for name, values in found.items()}


def check_pulls(found: dict[str, np.ndarray[Any, Any]], n: int) -> None:
    """Mean 0 and width 1 within four standard deviations of each."""
    for name, values in found.items():
        assert abs(values.mean()) < 4 / math.sqrt(n) + 0.1, name
        assert abs(values.std(ddof=1) - 1) < 4 / math.sqrt(2 * n) + 0.05, name


def test_pulls_of_a_gaussian() -> None:
    check_pulls(pulls("gauss", 20, 1), 20)


@pytest.mark.thorough
@pytest.mark.parametrize("shape", SHAPES)
def test_pulls_of_every_shape(shape: str) -> None:
    check_pulls(pulls(shape, 80, 2), 80)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_thrown_comes_back(shape: str) -> None:
    options = SHAPES[shape]
    fit = fit_peak(thrown(np.random.default_rng(3), options["signal"], 6000, 3000), RANGE, **options)
    assert abs(fit.mean.value - 90.0) < 4 * fit.mean.error
    assert abs(fit.sigma.value - 2.5) < 4 * fit.sigma.error
    assert abs(fit.n_signal.value - 6000) < 4 * fit.n_signal.error + 60
    assert fit.n_signal.value + fit.n_background.value == pytest.approx(fit.n_events, rel=1e-3)
    assert fit.n_signal.error > math.sqrt(6000)
    assert fit.at_limit == ()
    assert fit.n_dof is not None
    assert 0.5 < fit.chi2 / fit.n_dof < 1.8
    for name in options.get("fixed", {}):
        assert fit.parameter(name).error == 0.0


def test_binned_and_unbinned_agree() -> None:
    values = thrown(np.random.default_rng(4), "gauss", 2000, 2000)
    fits = [fit_peak(values, RANGE, bins=bins) for bins in (None, 240)]
    for name in ("mean", "sigma", "n_signal"):
        one, other = (fit.parameter(name) for fit in fits)
        assert one.value == pytest.approx(other.value, abs=0.2 * one.error)
        assert one.error == pytest.approx(other.error, rel=0.05)


def test_a_gaussian_alone_has_the_closed_form() -> None:
    values = np.random.default_rng(5).normal(5.0, 0.5, 1000)
    fit = fit_peak(values, (0, 10), background="none")
    assert fit.mean.value == pytest.approx(values.mean(), abs=1e-3)
    assert fit.mean.error == pytest.approx(values.std() / math.sqrt(1000), rel=0.01)
    assert fit.sigma.value == pytest.approx(values.std(), rel=1e-3)
    assert fit.sigma.error == pytest.approx(values.std() / math.sqrt(2000), rel=0.02)
    assert fit.n_signal.value == pytest.approx(1000, rel=1e-3)
    assert fit.n_signal.error == pytest.approx(math.sqrt(1000), rel=0.01)
    assert fit.n_background.value == 0


def test_shapes_are_those_of_scipy_and_integrate_to_their_numbers() -> None:
    x = np.linspace(61, 119, 30)
    gauss = PeakModel("gauss", "none", *RANGE).density(x, (100.0, 90.0, 2.5))
    assert gauss == pytest.approx(100 * norm.pdf(x, 90, 2.5), rel=1e-9, abs=1e-12)
    ball = PeakModel("crystal_ball", "none", *RANGE).density(x, (100.0, 90.0, 2.5, 1.2, 3.0))
    inside = np.diff(crystalball.cdf(RANGE, 1.2, 3.0, 90, 2.5))[0]
    assert ball == pytest.approx(100 * crystalball.pdf(x, 1.2, 3.0, 90, 2.5) / inside, rel=1e-6)
    voigt = PeakModel("breit_wigner_gauss", "none", *RANGE, width=2.5)
    folded = [
        quad(
            lambda m, at=at: norm.pdf(at - m, 0, 2.5) * 1.25 / np.pi / ((m - 90) ** 2 + 1.25**2),
            -200,
            400,
            points=[90, at],
        )[0]
        for at in (85.0, 90.0, 97.0)
    ]
    density = voigt.density(np.array([85.0, 90.0, 97.0]), (1.0, 90.0, 2.5))
    assert density / density[1] == pytest.approx(np.array(folded) / folded[1], rel=1e-5)
    for values, background, degree in (
        ((7.0, 0.03), "exponential", 1),
        ((7.0, 0.0), "exponential", 1),
        ((1.0, 4.0, 2.0), "polynomial", 2),
    ):
        model = PeakModel("gauss", background, *RANGE, degree=degree)  # type: ignore[arg-type]
        everything = (50.0, 90.0, 2.5, *values)
        expected = model.expected(np.linspace(*RANGE, 31), everything)
        assert expected.sum() == pytest.approx(model.total(everything), rel=1e-9)
        assert model.total(everything) == 57.0


def test_start_and_result_as_data() -> None:
    values = thrown(np.random.default_rng(6), "gauss")
    fit = fit_peak(values, RANGE, start={"mean": 89.0, "sigma": 2.0})
    assert fit.mean.value == pytest.approx(fit_peak(values, RANGE).mean.value, abs=0.02)
    assert isinstance(fit, PeakFit)
    assert len(fit.covariance) == len(fit.parameters) == 5
    assert fit.covariance[1][1] == pytest.approx(fit.mean.error**2, rel=1e-3)
    assert float(fit.curve(90.0)) > float(fit.curve(100.0))
    assert str(fit).splitlines()[1].startswith("mean = ")
    with pytest.raises(KeyError, match="there are n_signal, mean, sigma, n_background, slope"):
        fit.parameter("width")


@pytest.mark.parametrize(
    ("values", "options", "fault"),
    [
        ([90.0] * 3, {}, "only 3 values"),
        ([math.nan] * 30, {}, "30 of 30 values are NaN"),
        ([90.0] * 30, {"range": (120, 60)}, "low < high"),
        ([90.0] * 30, {"signal": "lorentz"}, "peaks are gauss, breit_wigner_gauss"),
        ([90.0] * 30, {"signal": "breit_wigner_gauss"}, "needs a width above 0"),
        ([90.0] * 30, {"width": 2.5}, "no other peak"),
        ([90.0] * 30, {"start": {"mass": 90.0}}, "no parameter mass"),
    ],
)
def test_what_cannot_be_fitted_is_said(values: list[float], options: dict[str, Any], fault: str) -> None:
    with pytest.raises(FitError, match=fault):
        fit_peak(values, options.pop("range", RANGE), **options)


def test_no_peak_has_no_significant_signal() -> None:
    values = np.random.default_rng(7).uniform(*RANGE, 1000)
    fit = fit_peak(values, RANGE, background="polynomial", degree=0, fixed={"mean": 90.0, "sigma": 2.5})
    assert fit.n_signal.value < 4 * max(fit.n_signal.error, 10)
