"""Filled histograms with their statistical errors, several in common bins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array, Floats, flatten, to_array
from hepcoder.tools.histograms import histogram

Range = tuple[float, float]


@dataclass(frozen=True)
class Filled:
    """A filled histogram.

    Attributes:
        counts: Sum of weights in each bin; shape (bins,).
        errors: Root of the sum of squared weights; shape (bins,).
        edges: Shape (bins + 1,).
    """

    counts: Floats
    errors: Floats
    edges: Floats

    @property
    def density(self) -> "Filled":
        """With unit area, so that only the shape is left; all zero for an empty one."""
        area = float((self.counts * np.diff(self.edges)).sum())
        scale = 1.0 / area if area else 0.0
        return Filled(self.counts * scale, self.errors * abs(scale), self.edges)


@dataclass(frozen=True)
class Stacked:
    """What a stacked plot shows.

    Attributes:
        backgrounds: By name, from the bottom up.
        signals: By name.
        data: None without data.
    """

    backgrounds: dict[str, Filled]
    signals: dict[str, Filled]
    data: Filled | None

    @property
    def total(self) -> Filled:
        """All backgrounds together."""
        parts = list(self.backgrounds.values())
        counts = np.sum([one.counts for one in parts], axis=0)
        return Filled(counts, np.sqrt(np.sum([one.errors**2 for one in parts], axis=0)), parts[0].edges)


def common_edges(samples: Sequence[Array], bins: Any, limits: Range | None) -> Floats:
    """The edges of bins for all samples; without limits from the lowest to the highest value of all.

    Raises:
        ValueError: As `histogram`.
    """
    if np.ndim(bins) or limits is not None:
        return histogram([], bins, limits)[1]
    return histogram(np.concatenate([flatten(one) for one in samples]), bins)[1]


def fill(samples: Mapping[str, Array], weights: Mapping[str, Array] | None, edges: Floats) -> dict[str, Filled]:
    """One histogram for each sample.

    Args:
        samples: Name and values of each, flat or jagged.
        weights: Weights by name, an array or one number for all events; None, or none of that name, counts.
        edges: Edges of the bins.

    Raises:
        ValueError: If weights are for no sample, or as `histogram`.
    """
    spare = sorted(set(weights or {}) - set(samples))
    if spare:
        message = f"weights for {', '.join(spare)}, but the samples are {', '.join(samples)}"
        raise ValueError(message)
    return {name: _filled(values, (weights or {}).get(name), edges) for name, values in samples.items()}


def _filled(values: Array, weights: Array | None, edges: Floats) -> Filled:
    if weights is None:
        counts = histogram(values, edges)[0].astype(np.float64)
        return Filled(counts, np.sqrt(counts), edges)
    array = to_array(values)
    one = isinstance(weights, int | float | np.number)
    each = to_array(np.full(len(array), weights, dtype=np.float64) if one else weights)
    counts, squares = (histogram(array, edges, None, power)[0] for power in (each, each**2))
    return Filled(np.asarray(counts), np.sqrt(squares), edges)
