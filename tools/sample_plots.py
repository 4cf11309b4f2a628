"""Validation plots of several samples in the style of the LHC experiments, one call each."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from hepcoder.tools.arrays import Array
from hepcoder.tools.drawing import checked_path, draw_ratio, draw_shapes, draw_stack, write_figure
from hepcoder.tools.filled import Filled, Range, Stacked, common_edges, fill


def plot_shapes(
    path: str | Path,
    samples: Mapping[str, Array],
    bins: Any = 50,
    range: Range | None = None,  # noqa: A002
    *,
    weights: Mapping[str, Array] | None = None,
    xlabel: str = "",
    logy: bool = False,
) -> dict[str, Filled]:
    """Draw the shapes of a quantity in several samples over each other, each with unit area.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        samples: Name and values of each sample, flat or jagged; None is skipped.
        bins: Number of bins of equal width, or the edges of the bins.
        range: Lowest and highest edge; None takes the lowest and highest value of all samples.
        weights: Weights by name, as for a histogram, for some or all samples; None counts.
        xlabel: Quantity and unit, such as ``m [GeV]``.
        logy: Whether the y axis is logarithmic.

    Returns:
        The drawn densities by name; values outside of the range do not count for the area.

    Raises:
        ValueError: If there is no sample, the suffix is unknown, weights are for no sample, or as `histogram`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     drawn = plot_shapes(folder + "/m.png", {"signal": [91.0, 92.0], "background": [85.0]}, 2, (80, 100))
        >>> drawn["signal"].counts.tolist(), drawn["background"].counts.tolist()
        ([0.0, 0.1], [0.1, 0.0])
    """
    target = checked_path(path)
    _require(samples, "samples")
    edges = common_edges(list(samples.values()), bins, range)
    filled = {name: one.density for name, one in fill(samples, weights, edges).items()}
    write_figure(target, partial(draw_shapes, samples=filled), list(filled.values()), xlabel=xlabel, logy=logy)
    return filled


def _require(samples: Mapping[str, Array], what: str) -> None:
    if not samples:
        message = f"no {what} to draw; give name and values of each, such as {{'top': top_masses}}"
        raise ValueError(message)


def plot_stack(
    path: str | Path,
    backgrounds: Mapping[str, Array],
    bins: Any = 50,
    range: Range | None = None,  # noqa: A002
    *,
    weights: Mapping[str, Array] | None = None,
    signals: Mapping[str, Array] | None = None,
    data: Array | None = None,
    xlabel: str = "",
    luminosity_ifb: float | None = None,
    logy: bool = False,
) -> Stacked:
    """Draw backgrounds stacked, signals as lines and data as points, with the ratio of data to simulation below.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        backgrounds: Name and values of each, from the bottom up, flat or jagged; None is skipped.
        bins: Number of bins of equal width, or the edges of the bins.
        range: Lowest and highest edge; None takes the lowest and highest value of all.
        weights: Weights by name of background or signal, such as `luminosity_weight` times generator weights: an
            array, or one number for the whole sample; None counts.
        signals: Name and values of each signal, not stacked.
        data: Values of the data, unweighted; None draws none and no ratio.
        xlabel: Quantity and unit, such as ``m [GeV]``.
        luminosity_ifb: Luminosity in 1/fb to write on the plot; it scales nothing.
        logy: Whether the y axis is logarithmic.

    Returns:
        The drawn histograms.

    Raises:
        ValueError: If there is no background, a name is both signal and background, the suffix is unknown, weights
            are for no sample, or as `histogram`.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     samples = {"top": [85.0, 95.0], "Z": [91.0]}
        ...     drawn = plot_stack(folder + "/m.png", samples, 2, (80, 100), weights={"Z": 2.0}, data=[91.0, 85.0])
        >>> drawn.total.counts.tolist(), drawn.data.counts.tolist()
        ([1.0, 3.0], [1.0, 1.0])
    """
    target, signals = checked_path(path), signals or {}
    _require(backgrounds, "backgrounds")
    both = sorted(set(signals) & set(backgrounds))
    if both:
        message = f"{', '.join(both)} is signal and background at once; give each sample a name of its own"
        raise ValueError(message)
    observed = {} if data is None else {"data": data}
    edges = common_edges([*backgrounds.values(), *signals.values(), *observed.values()], bins, range)
    filled = fill({**backgrounds, **signals}, weights, edges)
    points = fill(observed, None, edges).get("data")
    stacked = Stacked({name: filled[name] for name in backgrounds}, {name: filled[name] for name in signals}, points)
    write_figure(
        target,
        partial(draw_stack, stacked=stacked, luminosity_ifb=luminosity_ifb),
        [stacked.total, *stacked.signals.values(), *([] if points is None else [points])],
        xlabel=xlabel,
        logy=logy,
        ratio=None if points is None else partial(draw_ratio, stacked=stacked),
    )
    return stacked
