"""Extended maximum-likelihood fits of a peak on a background."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array, Floats, flatten
from hepcoder.tools.peak_result import FitError, Fitted, PeakFit
from hepcoder.tools.peak_shapes import CELLS, PEAK_PARAMETERS, Background, PeakModel, Signal
from hepcoder.tools.peak_start import guessed

MIN_EVENTS = 10
_TINY = 1e-300
_LIMITS = {"alpha": (0.1, 5.0), "n": (1.05, 100.0)}


def fit_peak(
    values: Array,
    range: tuple[float, float],  # noqa: A002
    *,
    signal: Signal = "gauss",
    background: Background = "exponential",
    bins: int | None = None,
    width: float | None = None,
    degree: int = 1,
    start: Mapping[str, float] | None = None,
    fixed: Mapping[str, float] | None = None,
) -> PeakFit:
    """Fit a peak on a background by extended maximum likelihood: its position, width and number of events with errors.

    Args:
        values: Unweighted numbers, flat or jagged, such as invariant masses; those outside the range are left out.
        range: Lower and upper end of the interval, in the unit of the values.
        signal: ``gauss``, ``breit_wigner_gauss`` (Voigt profile) or ``crystal_ball``; see `PeakModel`.
        background: ``exponential``, ``polynomial`` (Bernstein, never negative) or ``none``.
        bins: Number of bins of equal width for a binned fit; None for an unbinned one.
        width: Full width of the Breit-Wigner, in the unit of the values, such as 2.4955 for the Z in GeV.
        degree: Degree of the polynomial, 0 for a flat background.
        start: First values of some parameters (mean, sigma, n_signal, ...); the others are guessed from the values.
        fixed: Parameters that are not fitted, with their values, such as ``{"n": 3.0}``.

    Returns:
        Parameters with errors and covariance.

    Raises:
        FitError: If there are fewer than 10 values inside, one is NaN, the fit does not converge, or what is asked
            for does not fit together.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> masses = np.concatenate([rng.normal(125.0, 2.0, 2000), rng.uniform(105.0, 160.0, 3000)])
        >>> fit = fit_peak(masses, (105, 160), background="polynomial")
        >>> abs(fit.mean.value - 125.0) < 3 * fit.mean.error, 0.04 < fit.mean.error < 0.08
        (True, True)
    """
    model = _model(range, signal, background, width, degree)
    fixed = fixed or {}
    unknown = (set(start or {}) | set(fixed)) - set(model.names)
    if unknown:
        message = f"no parameter {', '.join(sorted(unknown))}; there are {', '.join(model.names)}"
        raise FitError(message)
    data = _inside(values, model)
    minuit = _minimised(model, data, bins, {**guessed(model, data), **(start or {}), **fixed}, fixed)
    found = np.array(minuit.values)
    chi2, n_dof = _goodness(model, data, found, bins or 40, minuit.nfit)
    return PeakFit(
        model=model,
        parameters=_fitted(minuit),
        covariance=tuple(tuple(map(float, row)) for row in np.asarray(minuit.covariance)),
        n_events=len(data),
        at_limit=tuple(one.name for one in minuit.params if _is_at_limit(one)),
        chi2=chi2,
        n_dof=n_dof,
    )


def _model(limits: Any, signal: Signal, background: Background, width: float | None, degree: int) -> PeakModel:
    if np.shape(limits) != (2,) or not limits[0] < limits[1]:
        message = f"range must be (low, high) with low < high, not {limits}"
        raise FitError(message)
    if signal not in PEAK_PARAMETERS or background not in {"exponential", "polynomial", "none"}:
        message = (
            f"no shapes {signal!r} on {background!r}; peaks are {', '.join(PEAK_PARAMETERS)}, backgrounds exponential, "
            "polynomial, none"
        )
        raise FitError(message)
    if (signal == "breit_wigner_gauss") != (width is not None) or (width is not None and width <= 0) or degree < 0:
        message = (
            f"breit_wigner_gauss, and no other peak, needs a width above 0, such as width=2.4955 for the Z in GeV, and "
            f"a degree is 0 or more; got width={width}, degree={degree}"
        )
        raise FitError(message)
    return PeakModel(signal, background, float(limits[0]), float(limits[1]), width or 0.0, degree)


def _inside(values: Array, model: PeakModel) -> Floats:
    data = flatten(values).astype(np.float64)
    if np.isnan(data).any():
        message = f"{np.isnan(data).sum()} of {len(data)} values are NaN; select with ~np.isnan(values) first"
        raise FitError(message)
    data = data[(data >= model.low) & (data <= model.high)]
    if len(data) < MIN_EVENTS:
        message = f"only {len(data)} values between {model.low} and {model.high}; a fit needs {MIN_EVENTS} at least"
        raise FitError(message)
    return data


def _minimised(
    model: PeakModel, data: Floats, bins: int | None, start: Mapping[str, float], fixed: Mapping[str, float]
) -> Any:
    from iminuit import Minuit

    minuit = Minuit(_nll(model, data, bins), [start[name] for name in model.names], name=model.names)
    minuit.errordef = Minuit.LIKELIHOOD
    for name in model.names:
        minuit.limits[name] = _limits(name, model, len(data))
        minuit.fixed[name] = name in fixed
    minuit.strategy = 1
    minuit.migrad(ncall=20_000)
    minuit.hesse()
    if not minuit.valid or minuit.covariance is None:
        state = ", ".join(f"{one.name}={one.value:.4g}" for one in minuit.params)
        message = f"the fit did not converge ({state}); give start values, fix a parameter or take simpler shapes"
        raise FitError(message)
    return minuit


def _nll(model: PeakModel, data: Floats, bins: int | None) -> Callable[[Floats], float]:
    """Minus the logarithm of the extended likelihood; iminuit's own would compile for seconds where numba is about."""
    if bins is None:
        return lambda p: model.total(p) - float(np.log(np.maximum(model.density(data, p), _TINY)).sum())
    counts, edges = np.histogram(data, bins=bins, range=(model.low, model.high))

    def binned(p: Floats) -> float:
        expected = np.maximum(model.expected(edges, p), _TINY)
        return float((expected - counts * np.log(expected)).sum())

    return binned


def _limits(name: str, model: PeakModel, n: int) -> tuple[float | None, float | None]:
    length = model.high - model.low
    if name == "mean":
        return model.low, model.high
    if name == "sigma":
        return length / CELLS / 2, length
    if name == "slope":
        return -50.0 / length, 50.0 / length
    return _LIMITS.get(name, (0.0, 3.0 * n))


def _fitted(minuit: Any) -> tuple[Fitted, ...]:
    """The parameters, those fixed without an error."""
    return tuple(Fitted(one.name, one.value, 0.0 if one.is_fixed else one.error) for one in minuit.params)


def _is_at_limit(one: Any) -> bool:
    reach = 1e-3 * (one.upper_limit - one.lower_limit)
    near = min(one.value - one.lower_limit, one.upper_limit - one.value)
    return bool(not one.is_fixed and near < min(reach, one.error))


def _goodness(model: PeakModel, data: Floats, values: Floats, bins: int, n_free: int) -> tuple[float, int | None]:
    counts, edges = np.histogram(data, bins=bins, range=(model.low, model.high))
    expected = model.expected(edges, values)
    full = expected >= 5
    chi2 = float(((counts[full] - expected[full]) ** 2 / expected[full]).sum())
    n_dof = int(full.sum()) - n_free
    return chi2, n_dof if n_dof > 0 else None
