"""How figures of several samples are drawn: style, axes, stacks and ratios."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.filled import Filled, Stacked

_SUFFIXES = (".png", ".pdf", ".svg")
Draw = Callable[[Any], None]


def checked_path(path: str | Path) -> Path:
    """The path; a ValueError unless it ends in .png, .pdf or .svg."""
    path = Path(path)
    if path.suffix not in _SUFFIXES:
        message = f"cannot draw to {path.name!r}; use a name that ends in .png, .pdf or .svg"
        raise ValueError(message)
    return path


def write_figure(
    path: Path, draw: Draw, shown: Sequence[Filled], *, xlabel: str, logy: bool, ratio: Draw | None = None
) -> None:
    """Draw to a file: main axes, a legend, and below them a ratio where there is one.

    Args:
        path: File to write.
        draw: Draws on the main axes.
        shown: What the y axis must have room for; the first has the edges.
        xlabel: Quantity and unit.
        logy: Whether the y axis is logarithmic.
        ratio: Draws on the axes of the ratio; None for none.
    """
    import matplotlib.style
    import mplhep
    from matplotlib.figure import Figure

    with matplotlib.style.context(mplhep.style.ATLAS):
        figure = Figure(figsize=(8, 6 if ratio is None else 7.5), layout="constrained")
        below: Any = None
        if ratio is None:
            axes = figure.add_subplot()
        else:
            axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
            ratio(below)
        draw(axes)
        edges = shown[0].edges
        axes.set_xlim(edges[0], edges[-1])
        (axes if below is None else below).set_xlabel(xlabel)
        _scale(axes, np.concatenate([one.counts + one.errors for one in shown]), logy=logy)
        axes.legend(fontsize="small")
        figure.savefig(path, dpi=120)


def _scale(axes: Any, tops: Any, *, logy: bool) -> None:
    """Room above for the legend; a logarithmic axis needs something above zero."""
    top = float(tops.max(initial=0.0))
    if logy and top > 0:
        axes.set_yscale("log")
        axes.set_ylim(0.3 * float(tops[tops > 0].min()), 30 * top)
    elif top > 0:
        axes.set_ylim(min(0.0, 1.1 * float(tops.min())), 1.5 * top)


def draw_shapes(axes: Any, *, samples: Mapping[str, Filled]) -> None:
    """Each sample as a line with error bars."""
    import mplhep

    for name, one in samples.items():
        mplhep.histplot(one.counts, one.edges, yerr=one.errors, ax=axes, label=name, histtype="step")
    axes.set(ylabel="Normalised to unit area")


def draw_stack(axes: Any, *, stacked: Stacked, luminosity_ifb: float | None) -> None:
    """Backgrounds stacked with a band of their statistical error, signals as lines, data as points."""
    import mplhep

    total, parts = stacked.total, stacked.backgrounds
    counts = [one.counts for one in parts.values()]
    mplhep.histplot(counts, total.edges, ax=axes, stack=True, histtype="fill", label=list(parts))
    low, high = total.counts - total.errors, total.counts + total.errors
    axes.stairs(high, total.edges, baseline=low, fill=True, hatch="////", facecolor="none", edgecolor="0.4", lw=0)
    for name, one in stacked.signals.items():
        mplhep.histplot(
            one.counts, one.edges, yerr=False, ax=axes, label=name, histtype="step", linestyle="--", linewidth=2
        )
    if stacked.data is not None:
        points = stacked.data
        mplhep.histplot(
            points.counts, points.edges, yerr=points.errors, ax=axes, histtype="errorbar", color="k", label="data"
        )
    axes.set(ylabel="Events / bin")
    if luminosity_ifb is not None:
        axes.set_title(rf"{luminosity_ifb:g} fb$^{{-1}}$", loc="right", fontsize="small")


def draw_ratio(axes: Any, *, stacked: Stacked) -> None:
    """Data over the sum of backgrounds, with the band of the latter; bins without background are left out."""
    total, data = stacked.total, stacked.data
    if data is None:
        return
    filled = total.counts > 0
    scale = np.where(filled, total.counts, np.nan)
    centres = (total.edges[1:] + total.edges[:-1]) / 2
    axes.errorbar(centres, data.counts / scale, yerr=data.errors / scale, fmt="ko", markersize=4)
    band = np.where(filled, total.errors / scale, 0.0)
    axes.stairs(1 + band, total.edges, baseline=1 - band, fill=True, color="0.8")
    axes.axhline(1.0, color="0.4", linewidth=1)
    axes.set(ylabel="Data / MC", ylim=(0.4, 1.6))
