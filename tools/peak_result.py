"""What the fit of a peak found."""

from dataclasses import dataclass

import numpy as np

from hepcoder.tools.arrays import Array, Floats
from hepcoder.tools.peak_shapes import PeakModel


class FitError(ValueError):
    """No peak can be fitted to these values; the message says why and what to change."""


@dataclass(frozen=True)
class Fitted:
    """A fitted parameter.

    Attributes:
        name: Its name.
        value: Best value.
        error: Standard deviation from the curvature of the likelihood (Hesse); 0 for a fixed parameter.
    """

    name: str
    value: float
    error: float

    def __str__(self) -> str:
        return f"{self.name} = {self.value:.6g} +- {self.error:.2g}"


@dataclass(frozen=True)
class PeakFit:
    """The result of a fit that converged.

    Attributes:
        model: The fitted shapes.
        parameters: All parameters, in the order of ``model.names``; masses in the unit of the values.
        covariance: Their covariance, row by row; zero for fixed ones.
        n_events: Number of values inside the interval.
        at_limit: Names of parameters that ended at a limit; their errors, and those of others, are not to be trusted.
        chi2: Pearson's chi-square of the bins with an expectation of 5 or more (the given bins, else 40).
        n_dof: Those bins less the free parameters; None where that is not above 0.
    """

    model: PeakModel
    parameters: tuple[Fitted, ...]
    covariance: tuple[tuple[float, ...], ...]
    n_events: int
    at_limit: tuple[str, ...]
    chi2: float
    n_dof: int | None

    def parameter(self, name: str) -> Fitted:
        """The parameter of that name.

        Raises:
            KeyError: If there is none; lists the names.
        """
        found = next((one for one in self.parameters if one.name == name), None)
        if found is None:
            message = f"no parameter {name!r}; there are {', '.join(self.model.names)}"
            raise KeyError(message)
        return found

    @property
    def mean(self) -> Fitted:
        """Position of the peak."""
        return self.parameter("mean")

    @property
    def sigma(self) -> Fitted:
        """Width of the Gaussian (the resolution where it is convolved with a Breit-Wigner)."""
        return self.parameter("sigma")

    @property
    def n_signal(self) -> Fitted:
        """Events of the peak inside the interval."""
        return self.parameter("n_signal")

    @property
    def n_background(self) -> Fitted:
        """Events of the background inside the interval."""
        own = [place for place, one in enumerate(self.parameters) if one.name.startswith("n_background")]
        variance = sum(self.covariance[one][other] for one in own for other in own)
        return Fitted("n_background", sum(self.parameters[one].value for one in own), max(variance, 0.0) ** 0.5)

    @property
    def values(self) -> tuple[float, ...]:
        """Best values, in the order of ``model.names``."""
        return tuple(one.value for one in self.parameters)

    def curve(self, x: Array) -> Floats:
        """Fitted events per unit of x; times the width of a bin for drawing over a histogram."""
        return self.model.density(np.asarray(x, dtype=np.float64), self.values)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.parameters), f"chi2 / n_dof = {self.chi2:.4g} / {self.n_dof}"])
