"""Filling histograms and writing them."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.arrays import Array, Floats, flatten_with_weights
from hepcoder.tools.saving import with_suffix

Counts = npt.NDArray[Any]


def histogram(
    values: Array,
    bins: Any = 50,
    range: tuple[float, float] | None = None,  # noqa: A002
    weights: Array | None = None,
) -> tuple[Counts, npt.NDArray[np.float64], tuple[float, float]]:
    """Fill a histogram.

    Args:
        values: Numbers, flat or jagged; None is skipped.
        bins: Number of bins of equal width, or the edges of the bins.
        range: Lowest and highest edge, in the unit of the values; None takes the lowest and highest value.
            Edges need none.
        weights: One for each event or each value; None counts.

    Returns:
        Counts of shape (bins,), edges of shape (bins + 1,), and what lies below and above. A bin holds its lower
        edge, the last one its upper edge too, as in numpy.

    Raises:
        ValueError: If a value is NaN, a weight is NaN, infinite or missing, there is no value and no range, the range
            is empty or infinite, or the edges do not rise.

    Example:
        >>> counts, edges, flow = histogram([0.5, 1.5, 1.6, 7.0], bins=2, range=(0, 2))
        >>> counts.tolist(), edges.tolist(), flow
        ([1, 2], [0.0, 1.0, 2.0], (0, 1))
    """
    flat, each = flatten_with_weights(values, weights)
    _check_finite(flat, each)
    edges = _edges(flat, bins, range)
    counts, _ = np.histogram(flat, bins=edges, weights=each)
    one = np.ones(len(flat), dtype=np.int64) if each is None else each
    return counts, edges, (one[flat < edges[0]].sum().item(), one[flat > edges[-1]].sum().item())


def _check_finite(flat: Floats, weights: Floats | None) -> None:
    wrong = int(np.count_nonzero(np.isnan(flat)))
    if wrong:
        message = f"{wrong} of {len(flat)} values are NaN; select with ~np.isnan(values) first"
        raise ValueError(message)
    wrong = 0 if weights is None else int(np.count_nonzero(~np.isfinite(weights)))
    if wrong:
        message = f"{wrong} of {len(flat)} weights are missing, NaN or infinite; drop those events or weight them 0"
        raise ValueError(message)


def _edges(flat: Floats, bins: Any, limits: tuple[float, float] | None) -> Floats:
    if np.ndim(bins):
        edges = np.asarray(bins, dtype=np.float64)
        if edges.ndim > 1 or len(edges) < 2 or not bool((edges[1:] > edges[:-1]).all()):
            message = (
                f"bins={edges.tolist()} are no rising edges; for n bins of equal width write bins=n, range=(low, high)"
            )
            raise ValueError(message)
        return edges
    if limits is None:
        if not flat.size:
            message = "no values to fill and no range; the selection is empty, or give range=(low, high)"
            raise ValueError(message)
        limits = (float(flat.min()), float(flat.max()))
    elif np.shape(limits) != (2,) or not limits[0] < limits[1]:
        message = f"range must be (low, high) with low < high, not {limits}"
        raise ValueError(message)
    return np.histogram_bin_edges(flat, bins=bins, range=limits).astype(np.float64)


def save_histogram(
    path: str | Path,
    values: Array,
    bins: Any = 50,
    range: tuple[float, float] | None = None,  # noqa: A002
    weights: Array | None = None,
) -> tuple[Counts, npt.NDArray[np.float64]]:
    """Fill a histogram and write it to an npz file with the arrays counts, edges, underflow and overflow.

    Args:
        path: File to write; ends in ``.npz``.
        values: Numbers, flat or jagged; None is skipped.
        bins: Number of bins of equal width, or the edges of the bins.
        range: Lowest and highest edge, in the unit of the values; None takes the lowest and highest value.
            Edges need none.
        weights: One for each event or each value; None counts.

    Returns:
        Counts of shape (bins,) and edges of shape (bins + 1,).

    Raises:
        ValueError: As `histogram`, and if the suffix is wrong.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     counts, edges = save_histogram(folder + "/hist.npz", [[0.5, 1.5], [1.6]], bins=2, range=(0, 2))
        >>> counts.tolist()
        [1, 2]
    """
    path = with_suffix(path, ".npz")
    counts, edges, (underflow, overflow) = histogram(values, bins, range, weights)
    np.savez(path, allow_pickle=False, counts=counts, edges=edges, underflow=underflow, overflow=overflow)
    return counts, edges
