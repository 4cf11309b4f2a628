"""Shapes of a peak on a background, as numbers of events on an interval."""

from dataclasses import dataclass
from functools import cached_property
from math import comb
from typing import Any, Literal

import numpy as np

from hepcoder.tools.arrays import Floats

Signal = Literal["gauss", "breit_wigner_gauss", "crystal_ball"]
Background = Literal["exponential", "polynomial", "none"]
PEAK_PARAMETERS = {
    "gauss": ("mean", "sigma"),
    "breit_wigner_gauss": ("mean", "sigma"),
    "crystal_ball": ("mean", "sigma", "alpha", "n"),
}
# Widths of the interval in which each shape is integrated by itself; a peak may be as narrow as one of them.
CELLS = 200
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(5)


@dataclass(frozen=True)
class PeakModel:
    """Expected events per unit of x: a peak and a background, each with its number of events in the interval.

    Attributes:
        signal: Shape of the peak: a Gaussian; a Breit-Wigner of fixed width convolved with a Gaussian (Voigt profile);
            a Crystal Ball, a Gaussian with a power-law tail below mean - alpha sigma.
        background: Shape of the background: exp(-slope x); Bernstein polynomials with a number of events each; none.
        low: Lower end of the interval.
        high: Upper end of the interval.
        width: Full width at half maximum of the Breit-Wigner, in the unit of x; not used by other shapes.
        degree: Degree of the polynomial; not used by other shapes.
    """

    signal: Signal
    background: Background
    low: float
    high: float
    width: float = 0.0
    degree: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of `density`."""
        return ("n_signal", *PEAK_PARAMETERS[self.signal], *self.background_names)

    @property
    def background_names(self) -> tuple[str, ...]:
        """Those of the background; the ones of number type start with ``n_background``."""
        if self.background == "polynomial":
            return tuple(f"n_background_{order}" for order in range(self.degree + 1))
        return ("n_background", "slope") if self.background == "exponential" else ()

    @cached_property
    def _grid(self) -> tuple[Floats, Floats]:
        """Places and weights that integrate over the interval."""
        return self._between(np.linspace(self.low, self.high, CELLS + 1))

    def _between(self, edges: Floats) -> tuple[Floats, Floats]:
        half = np.diff(edges)[:, np.newaxis] / 2
        return edges[:-1, np.newaxis] + half * (1 + _NODES), half * _WEIGHTS

    def signal_density(self, x: Floats, values: Any) -> Floats:
        """Events of the peak per unit of x."""
        places, weights = self._grid
        whole = (self._peak(places, values) * weights).sum()
        found: Floats = values[0] * self._peak(x, values) / np.maximum(whole, 1e-300)
        return found

    def _peak(self, x: Floats, values: Any) -> Floats:
        mean, sigma = values[1:3]
        if self.signal == "breit_wigner_gauss":
            from scipy.special import voigt_profile

            return np.asarray(voigt_profile(x - mean, sigma, self.width / 2))
        t = (x - mean) / sigma
        if self.signal == "gauss":
            return np.asarray(np.exp(-0.5 * t**2))
        alpha, n = values[3:5]
        tail = n * np.log(n / alpha / np.maximum(n / alpha - alpha - t, n / alpha))
        return np.asarray(np.exp(np.where(t < -alpha, tail - 0.5 * alpha**2, -0.5 * np.minimum(t**2, 1400.0))))

    def background_density(self, x: Floats, values: Any) -> Floats:
        """Events of the background per unit of x."""
        numbers = values[1 + len(PEAK_PARAMETERS[self.signal]) :]
        length = self.high - self.low
        u = (np.asarray(x) - self.low) / length
        if self.background == "none":
            return np.zeros_like(u)
        if self.background == "exponential":
            fall = numbers[1] * length
            # the integral of exp(-fall u) over 0 ... 1, which is 1 where it does not fall
            whole = -np.expm1(-fall) / fall if abs(fall) > 1e-9 else 1.0
            falling: Floats = numbers[0] * np.exp(-fall * u) / whole / length
            return falling
        parts = (
            number * comb(self.degree, k) * u**k * (1 - u) ** (self.degree - k) for k, number in enumerate(numbers)
        )
        curved: Floats = np.asarray(sum(parts)) * (self.degree + 1) / length
        return curved

    def density(self, x: Floats, values: Any) -> Floats:
        """Events per unit of x; values in the order of `names`."""
        return self.signal_density(x, values) + self.background_density(x, values)

    def expected(self, edges: Floats, values: Any) -> Floats:
        """Events in each bin; shape (bins,)."""
        places, weights = self._between(np.asarray(edges, dtype=np.float64))
        return np.asarray((self.density(places, values) * weights).sum(axis=1))

    def total(self, values: Any) -> float:
        """Events in the whole interval."""
        return float(values[0] + sum(self._background_numbers(values)))

    def _background_numbers(self, values: Any) -> list[float]:
        named = zip(self.names, values, strict=True)
        return [value for name, value in named if name.startswith("n_background")]
