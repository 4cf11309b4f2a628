"""Figures in the style of the LHC experiments, one call each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.arrays import Array, to_array
from hepcoder.tools.histograms import Counts, histogram

_SUFFIXES = (".png", ".pdf", ".svg")


def _checked(path: str | Path) -> Path:
    path = Path(path)
    if path.suffix not in _SUFFIXES:
        message = f"cannot draw to {path.name!r}; use a name that ends in .png, .pdf or .svg"
        raise ValueError(message)
    return path


def plot_histogram(  # noqa: PLR0917
    path: str | Path,
    values: Array,
    bins: Any = 50,
    range: tuple[float, float] | None = None,  # noqa: A002
    xlabel: str = "",
    ylabel: str | None = None,
    label: str | None = None,
    logy: bool = False,
    weights: Array | None = None,
) -> tuple[Counts, npt.NDArray[np.float64]]:
    """Draw a histogram with statistical error bars and write it to a file.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        values: Numbers, flat or jagged; None is skipped. Values outside the range are not drawn.
        bins: Number of bins of equal width, or the edges of the bins.
        range: Lowest and highest edge; None takes the lowest and highest value.
        xlabel: Quantity and unit, such as ``m [GeV]``.
        ylabel: None writes Events and the width of a bin.
        label: Entry of the legend; None draws no legend.
        logy: Whether the y axis is logarithmic.
        weights: One for each event or each value; None counts.

    Returns:
        Counts of shape (bins,) and edges of shape (bins + 1,), as drawn.

    Raises:
        ValueError: If the suffix is unknown, a value is NaN, or there is no value and no range.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     counts, edges = plot_histogram(folder + "/mass.png", [91.0, 89.0, 125.0], bins=4, range=(80, 120))
        >>> counts.tolist()
        [1, 1, 0, 0]
    """
    path = _checked(path)
    counts, edges, _ = histogram(values, bins, range, weights)
    errors = np.sqrt(counts if weights is None else histogram(values, edges, None, to_array(weights) ** 2)[0])
    import matplotlib.style
    import mplhep
    from matplotlib.figure import Figure

    with matplotlib.style.context(mplhep.style.ATLAS):
        figure = Figure(figsize=(8, 6), layout="constrained")
        axes = figure.add_subplot()
        mplhep.histplot(counts, edges, yerr=errors, ax=axes, histtype="step", label=label, color="C0")
        axes.set(xlabel=xlabel, ylabel=ylabel or _events_per_bin(edges), xlim=(edges[0], edges[-1]))
        _scale(axes, counts, logy=logy)
        if label:
            axes.legend()
        figure.savefig(path, dpi=120)
    return counts, edges


def _events_per_bin(edges: npt.NDArray[np.float64]) -> str:
    widths = np.diff(edges)
    return f"Events / {widths[0]:.4g}" if np.allclose(widths, widths[0]) else "Events / bin"


def _scale(axes: Any, counts: Counts, *, logy: bool) -> None:
    """Room above the highest bin; a logarithmic axis needs something above zero."""
    top = float(np.max(counts, initial=0.0))
    if logy and top > 0:
        axes.set_yscale("log")
        axes.set_ylim(0.5 * float(counts[counts > 0].min()), 5 * top)
    elif top > 0:
        axes.set_ylim(min(0.0, float(counts.min())), 1.3 * top)


def plot_cutflow(path: str | Path, cutflow: Any) -> Path:
    """Draw the number of events after each cut as bars.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        cutflow: A `Cutflow`, or a dict of names and numbers of events.

    Returns:
        The path.

    Raises:
        ValueError: If the suffix is unknown or the cutflow has no rows.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     plot_cutflow(folder + "/cutflow.png", {"all": 100, "two photons": 40}).name
        'cutflow.png'
    """
    path = _checked(path)
    counts = dict(cutflow) if isinstance(cutflow, Mapping) else cutflow.counts
    if not counts:
        message = "the cutflow has no rows; call cutflow.add(name, mask) first"
        raise ValueError(message)
    import matplotlib.style
    import mplhep
    from matplotlib.figure import Figure

    with matplotlib.style.context(mplhep.style.ATLAS):
        figure = Figure(figsize=(8, 1.5 + 0.5 * len(counts)), layout="constrained")
        axes = figure.add_subplot()
        bars = axes.barh(list(counts), list(counts.values()), color="C0")
        axes.bar_label(bars, padding=4, fontsize="small")
        axes.invert_yaxis()
        axes.set(xlabel="Events", xlim=(0, 1.25 * max([1, *counts.values()])))
        figure.savefig(path, dpi=120)
    return path
