"""How figures of classifiers get to a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hepcoder.tools.drawing import checked_path

# M. Okabe, K. Ito: told apart by the colour-blind too; yellow is left out, since it is pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
Draw = Callable[[Any], None]


def write_canvas(path: str | Path, draw: Draw, *, size: tuple[float, float] = (8.0, 6.0), rows: Any = None) -> Path:
    """Draw to a file in the style of the experiments; no state of matplotlib is left behind.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        draw: Draws on the axes, or on the array of axes where there are rows.
        size: Width and height in inches.
        rows: Relative heights of axes above each other that share the x axis; None for one.

    Returns:
        The path.

    Raises:
        ValueError: If the suffix is unknown.
    """
    import matplotlib.style
    import mplhep
    from matplotlib.figure import Figure

    target = checked_path(path)
    with matplotlib.style.context(mplhep.style.ATLAS):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot() if rows is None else figure.subplots(len(rows), 1, sharex=True, height_ratios=rows))
        figure.savefig(target, dpi=120)
    return target


def colour(place: int) -> str:
    """A colour for each of several; they repeat beyond seven."""
    return COLOURS[place % len(COLOURS)]
