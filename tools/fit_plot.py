"""A fitted peak over the values it was fitted to."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.arrays import Array
from hepcoder.tools.drawing import checked_path, write_figure
from hepcoder.tools.filled import Filled, fill
from hepcoder.tools.peak_result import PeakFit


def plot_peak_fit(path: str | Path, fit: PeakFit, values: Array, bins: int = 40, *, xlabel: str = "") -> Filled:
    """Draw a fitted peak over the values it was fitted to, with the background alone and what was found.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        fit: The result of `fit_peak`.
        values: The values that were fitted.
        bins: Number of bins of equal width.
        xlabel: Quantity and unit, such as ``m [GeV]``.

    Returns:
        The drawn histogram.

    Raises:
        ValueError: If the suffix is unknown.

    Example:
        >>> import tempfile
        >>> from hepcoder.tools.peak_fit import fit_peak
        >>> masses = np.random.default_rng(1).normal(91.0, 2.0, 500)
        >>> fit = fit_peak(masses, (80, 100), background="none")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     drawn = plot_peak_fit(folder + "/z.png", fit, masses, xlabel="m [GeV]")
        >>> drawn.counts.sum()
        np.float64(500.0)
    """
    target = checked_path(path)
    edges = np.linspace(fit.model.low, fit.model.high, bins + 1)
    filled = fill({"values": values}, None, edges)["values"]
    write_figure(target, partial(_draw, fit=fit, filled=filled), [filled], xlabel=xlabel, logy=False)
    return filled


def _draw(axes: Any, *, fit: PeakFit, filled: Filled) -> None:
    import mplhep

    edges = filled.edges
    x, width = np.linspace(edges[0], edges[-1], 400), edges[1] - edges[0]
    mplhep.histplot(filled.counts, edges, yerr=filled.errors, ax=axes, histtype="errorbar", color="k", label="data")
    axes.plot(x, fit.curve(x) * width, label=f"{fit.mean}\n{fit.sigma}\n{fit.n_signal}")
    axes.plot(x, fit.model.background_density(x, fit.values) * width, "--", label="background")
    axes.set(ylabel=f"Events / {width:.4g}")
