"""What all figures share: colours by model, markers by agent, and the way to text."""

import base64
import io
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

from hepcoder.ledger.record import Record

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

# M. Okabe, K. Ito: told apart by the colour-blind too; yellow is left out, since it is pale on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


class Figure(Record):
    """A drawn figure.

    Attributes:
        name: Short name, for anchors and file names.
        caption: What it shows and how to read it.
        svg: The drawing.
    """

    name: str
    caption: str
    svg: bytes

    @property
    def source(self) -> str:
        """The drawing as a data URI, so that a page holds it whole."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg).decode()}"


def colours(models: Sequence[str]) -> dict[str, str]:
    """Return a colour for each model; they repeat beyond seven."""
    return dict(zip(models, cycle(COLOURS), strict=False))


def markers(agents: Sequence[str]) -> dict[str, str]:
    """Return a marker for each agent; they repeat beyond seven."""
    return dict(zip(agents, cycle(MARKERS), strict=False))


def canvas(width: float, height: float) -> "tuple[Canvas, Axes]":
    """Return a figure and its only axes.

    Args:
        width: Width in inches.
        height: Height in inches.
    """
    from matplotlib.figure import Figure as Canvas

    figure = Canvas(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def drawn(figure: "Canvas", *, name: str, caption: str) -> Figure:
    """Return a figure as SVG; the same figure gives the same bytes."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": name, "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return Figure(name=name, caption=caption, svg=buffer.getvalue())


def legend(axes: "Axes", agents: Sequence[str], models: Sequence[str]) -> None:
    """Draw a legend that explains colours and markers apart from each other, above the axes."""
    from matplotlib.lines import Line2D

    shown = [Line2D([], [], color=colour, marker="o", ls="", label=model) for model, colour in colours(models).items()]
    shown += [
        Line2D([], [], color="#57606a", marker=marker, ls="", mfc="none", label=agent)
        for agent, marker in markers(agents).items()
    ]
    axes.legend(handles=shown, loc="lower left", bbox_to_anchor=(0, 1.01), ncols=3, frameon=False, fontsize=8)
