"""What a model looks at in one event: attention between objects, and the edges of its graph."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.evaluation.canvas import write_canvas


def plot_attention(
    path: str | Path, attention: npt.ArrayLike, mask: npt.ArrayLike, names: Sequence[str] | None = None
) -> Path:
    """Draw how much each object of an event attends to each other.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        attention: Weights of the attention of the object of a row to those of the columns, shape (places, places), or
            (heads, places, places), of which the mean is drawn.
        mask: Where there is an object, booleans (places,); only these are drawn.
        names: Of the objects at all places; None numbers them.

    Returns:
        The path.

    Raises:
        ValueError: If shapes do not fit, there is no object, or the suffix is unknown.
    """
    weights, there = np.asarray(attention, dtype=np.float64), np.asarray(mask, dtype=bool)
    places = len(there)
    called = [str(one + 1) for one in range(places)] if names is None else list(names)
    if weights.ndim not in {2, 3} or weights.shape[-2:] != (places, places) or len(called) != places:
        message = f"attention of shape {weights.shape} and {len(called)} names for {places} places; give one for each"
        raise ValueError(message)
    if not there.any():
        message = "the event has no object; pick another"
        raise ValueError(message)
    weights = weights.mean(axis=0) if weights.ndim == 3 else weights
    shown = [name for name, is_it in zip(called, there, strict=True) if is_it]
    side = 3.5 + 0.35 * len(shown)
    return write_canvas(
        path, partial(_draw_attention, weights=weights[there][:, there], names=shown), size=(side + 1.5, side)
    )


def _draw_attention(axes: Any, *, weights: npt.NDArray[np.float64], names: Sequence[str]) -> None:
    image = axes.imshow(weights, cmap="viridis", vmin=0)
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(which="both", length=0, labelsize="small")
    axes.set(xlabel="Object attended to", ylabel="Object that attends")
    axes.figure.colorbar(image, ax=axes, label="Attention")


def plot_edges(
    path: str | Path,
    four_vectors: npt.ArrayLike,
    mask: npt.ArrayLike,
    edges: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
) -> Path:
    """Draw the graph of an event in the plane of eta and phi; the area of an object grows with its pt.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        four_vectors: pt (GeV), eta, phi and mass (GeV) of the objects, shape (places, 4).
        mask: Where there is an object, booleans (places,).
        edges: Places of the two objects of each edge, whole numbers, shape (edges, 2).
        weights: Importance of each edge, 0 or more, shape (edges,); None draws all alike.

    Returns:
        The path.

    Raises:
        ValueError: If shapes do not fit, an edge leads to no object, there is no object, or the suffix is unknown.
    """
    vectors, there = np.asarray(four_vectors, dtype=np.float64), np.asarray(mask, dtype=bool)
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    strength = None if weights is None else np.asarray(weights, dtype=np.float64)
    if vectors.shape != (len(there), 4) or (strength is not None and strength.shape != (len(pairs),)):
        message = f"four-vectors {vectors.shape}, mask {there.shape}, edges {pairs.shape} and their weights do not fit"
        raise ValueError(message)
    if not there.any() or (pairs.size and not (pairs.min() >= 0 and pairs.max() < len(there) and there[pairs].all())):
        message = f"an edge leads to a place without object, or there is no object; there are {int(there.sum())}"
        raise ValueError(message)
    return write_canvas(path, partial(_draw_edges, vectors=vectors, there=there, pairs=pairs, strength=strength))


def _draw_edges(axes: Any, *, vectors: Any, there: Any, pairs: Any, strength: Any) -> None:
    from matplotlib.collections import LineCollection

    eta, phi = vectors[:, 1], np.mod(vectors[:, 2] + np.pi, 2 * np.pi) - np.pi
    # the short way round: an edge over phi = pi leaves the figure on one side and comes back on the other
    turn = np.round((phi[pairs[:, 0]] - phi[pairs[:, 1]]) / (2 * np.pi)) * 2 * np.pi
    starts, ends = (np.stack([eta[pairs[:, one]], phi[pairs[:, one]]], axis=1) for one in (0, 1))
    shift = np.stack([np.zeros_like(turn), turn], axis=1)
    lines = np.concatenate([np.stack([starts, ends + shift], axis=1), np.stack([starts - shift, ends], axis=1)])
    drawn = LineCollection(list(lines), cmap="viridis", linewidths=1.0, alpha=0.7, zorder=1)
    if strength is None:
        drawn.set_color("0.6")
    else:
        drawn.set_array(np.concatenate([strength, strength]))
        axes.figure.colorbar(drawn, ax=axes, label="Importance of the edge")
    axes.add_collection(drawn)
    pt = vectors[there, 0]
    areas = 30 + 400 * pt / max(float(pt.max()), 1e-300)
    axes.scatter(eta[there], phi[there], s=areas, color="#D55E00", edgecolor="k", linewidth=0.5, zorder=2)
    axes.set(xlabel=r"$\eta$", ylabel=r"$\phi$ [rad]", ylim=(-np.pi, np.pi))
    axes.margins(x=0.1)
    axes.set_title(f"{int(there.sum())} objects, highest pt {float(pt.max()):.3g} GeV", fontsize="small")
