"""Events drawn from mixtures of Gaussians: the best classifier is known."""

from dataclasses import dataclass
from functools import partial
from math import erf
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.known import LikelihoodRatio, Sample, auc_of, write_process
from hepcoder.tools.learning.inputs import Inputs

_Array = npt.NDArray[np.float64]
_TOYS = 100_000


@dataclass(frozen=True)
class Mixture:
    """Gaussians of unit width, equally frequent.

    Attributes:
        means: Shape (components, columns).
    """

    means: _Array

    def draw(self, n: int, rng: np.random.Generator) -> _Array:
        """Draw n events, shape (n, columns)."""
        return self.means[rng.integers(len(self.means), size=n)] + rng.normal(size=(n, self.means.shape[1]))

    def log_density(self, x: _Array) -> _Array:
        """Logarithm of the density at events of shape (n, columns), up to the constant that all mixtures share."""
        logs = np.stack([-0.5 * ((x - mean) ** 2).sum(axis=1) for mean in self.means], axis=1)
        most = logs.max(axis=1)
        return np.asarray(most + np.log(np.exp(logs - most[:, None]).mean(axis=1)))


def gaussian_mixture(
    folder: str | Path,
    n: int,
    seed: int,
    *,
    n_columns: int = 4,
    n_classes: int = 2,
    n_components: int = 3,
    distance: float = 1.5,
) -> Sample:
    """Write classes that are mixtures of Gaussians of unit width in event columns ``x0``, ``x1``, ...

    The means are drawn on spheres about the origin, so that no single column separates the classes well. With one
    component the means of two classes are ``distance`` apart, and the AUC is Phi(distance / sqrt 2) in closed form;
    otherwise it comes from 100,000 further events of each class.

    Args:
        folder: Where one Parquet file for each class is written.
        n: Events of each class, 1 or more.
        seed: Of means and events.
        n_columns: Event columns, 1 or more.
        n_classes: 2 (background and signal) or 3 (background_1, background_2 and signal).
        n_components: Gaussians of each class, 1 or more.
        distance: Between the means of two classes of one Gaussian; radius of the sphere for more, times 1.5.

    Raises:
        ValueError: ``n_classes`` is neither 2 nor 3.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sample = gaussian_mixture(folder, 100, 1, n_components=1, distance=1.0)
        >>> round(sample.auc, 4), sample.inputs.event
        (0.7602, ('x0', 'x1', 'x2', 'x3'))
    """
    names = {2: ("background", "signal"), 3: ("background_1", "background_2", "signal")}.get(n_classes)
    if names is None:
        message = f"there can be 2 or 3 classes, not {n_classes}"
        raise ValueError(message)
    rng = np.random.default_rng(seed)
    mixtures = _mixtures(rng, (n_classes, n_components, n_columns), distance)
    inputs = Inputs(event=tuple(f"x{place}" for place in range(n_columns)))
    processes = tuple(
        write_process(Path(folder), name, dict(zip(inputs.event, mixture.draw(n, rng).T, strict=True)), label=name)
        for name, mixture in zip(names, mixtures, strict=True)
    )
    optimal = LikelihoodRatio(inputs, names, partial(_log_densities, mixtures))
    if n_classes == 2 and n_components == 1:
        auc, error = 0.5 * (1 + erf(distance / 2)), 0.0
    else:
        auc, error = _auc_by_toys(mixtures, np.random.default_rng([seed, 1]))
    return Sample(processes, inputs, optimal, auc, error)


def _mixtures(rng: np.random.Generator, shape: tuple[int, int, int], distance: float) -> tuple[Mixture, ...]:
    n_classes, n_components, _ = shape
    directions = rng.normal(size=shape)
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    if n_classes == 2 and n_components == 1:
        return Mixture(-0.5 * distance * directions[0]), Mixture(0.5 * distance * directions[0])
    return tuple(Mixture(1.5 * distance * means) for means in directions)


def _log_densities(mixtures: tuple[Mixture, ...], batch: Batch) -> _Array:
    x = batch.event.astype(np.float64)
    return np.stack([mixture.log_density(x) for mixture in mixtures], axis=1)


def _auc_by_toys(mixtures: tuple[Mixture, ...], rng: np.random.Generator) -> tuple[float, float]:
    *others, signal = mixtures

    def score(x: _Array) -> _Array:
        share = np.mean([np.exp(one.log_density(x)) for one in others], axis=0)
        return np.asarray(signal.log_density(x) - np.log(share))

    background = np.concatenate([one.draw(_TOYS // len(others), rng) for one in others])
    return auc_of(score(signal.draw(_TOYS, rng)), score(background))
