"""Figures of decisions, probabilities, features and the training."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.learning.evaluation.calibration import Calibration
from hepcoder.tools.learning.evaluation.canvas import colour, write_canvas
from hepcoder.tools.learning.evaluation.classification import Confusion
from hepcoder.tools.learning.evaluation.importance import Importance


def plot_confusion(path: str | Path, confusion: Confusion) -> Path:
    """Draw what classes or processes were taken for: shares of weights of each row, and numbers of events.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        confusion: Of `confusion_matrix`.

    Returns:
        The path.

    Raises:
        ValueError: If the suffix is unknown.
    """
    size = (3.5 + 1.6 * len(confusion.columns), 2.0 + 1.0 * len(confusion.rows))
    return write_canvas(path, partial(_draw_confusion, confusion=confusion), size=size)


def _draw_confusion(axes: Any, *, confusion: Confusion) -> None:
    shares = np.array(confusion.shares, dtype=np.float64)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), share in np.ndenumerate(shares):
        known = "-" if np.isnan(share) else f"{100 * share:.1f} %"
        text = f"{known}\n{confusion.raw[row][column]:,}"
        axes.text(column, row, text, ha="center", va="center", color="w" if share > 0.5 else "k", fontsize="small")
    axes.set_xticks(range(len(confusion.columns)), confusion.columns)
    axes.set_yticks(range(len(confusion.rows)), confusion.rows)
    axes.tick_params(which="both", length=0)
    axes.set(xlabel="Taken for", ylabel="True")
    axes.figure.colorbar(image, ax=axes, label="Share of the row's weight")


def plot_calibration(path: str | Path, calibrations: Mapping[str, Calibration]) -> Path:
    """Draw observed against predicted shares of the signal, and below how the events are distributed.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        calibrations: Name and calibration of each classifier.

    Returns:
        The path.

    Raises:
        ValueError: If there is none, or the suffix is unknown.
    """
    if not calibrations:
        message = "no calibration to draw; give name and calibration of each classifier"
        raise ValueError(message)
    return write_canvas(path, partial(_draw_calibrations, calibrations=calibrations), size=(8, 7.5), rows=(3, 1))


def _draw_calibrations(axes: Any, *, calibrations: Mapping[str, Calibration]) -> None:
    above, below = axes
    above.plot([0, 1], [0, 1], ":", color="0.5", label="right probabilities")
    for place, (name, one) in enumerate(calibrations.items()):
        x = np.array([each.predicted for each in one.bins])
        y = np.array([each.observed.value for each in one.bins])
        ends = [
            (each.observed.low, each.observed.high) if each.observed.low is not None else (np.nan, np.nan)
            for each in one.bins
        ]
        reach = np.abs(np.array(ends, dtype=np.float64) - y[:, None]).T
        label = f"{name}: ECE {one.expected_error:.3f}"
        above.errorbar(x, y, yerr=reach, fmt="o-", markersize=4, linewidth=1, color=colour(place), label=label)
        below.plot(x, [each.share for each in one.bins], "o-", markersize=4, linewidth=1, color=colour(place))
    first = next(iter(calibrations.values()))
    weights = "classes balanced" if first.balanced else "weights as they are"
    above.set(ylabel=f"Observed share of {first.signal}", xlim=(0, 1), ylim=(-0.02, 1.15))
    above.legend(fontsize="small", loc="upper left", title=weights, title_fontsize="small")
    below.set(xlabel=f"Predicted probability of {first.signal}", ylabel="Share of\nweights", ylim=(0, None))


def plot_importance(path: str | Path, importances: Sequence[Importance], most: int = 20) -> Path:
    """Draw the loss of AUC without each feature as bars, with the spread over the shuffles.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        importances: Of `permutation_importance`, the most important first.
        most: Bars to draw, 1 or more.

    Returns:
        The path.

    Raises:
        ValueError: If there is none, or the suffix is unknown.
    """
    shown = list(importances[:most])
    if not shown:
        message = "no importance to draw; permutation_importance gives them where signal and background have events"
        raise ValueError(message)
    return write_canvas(path, partial(_draw_importance, shown=shown), size=(8, 1.8 + 0.4 * len(shown)))


def _draw_importance(axes: Any, *, shown: Sequence[Importance]) -> None:
    names = [one.name for one in shown]
    axes.barh(names, [one.drop for one in shown], xerr=[one.spread or 0.0 for one in shown], color=colour(0), capsize=2)
    axes.axvline(0.0, color="0.4", linewidth=1)
    axes.invert_yaxis()
    axes.tick_params(axis="y", which="both", length=0)
    axes.set(xlabel="Loss of AUC when shuffled")


def plot_history(
    path: str | Path,
    curves: Mapping[str, Sequence[float]],
    *,
    best_epoch: int | None = None,
    ylabel: str = "Loss",
    logy: bool = False,
) -> Path:
    """Draw how a loss or metric went with the epochs.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        curves: Name and one number for each epoch, the first of epoch 1; NaN leaves a gap.
        best_epoch: Epoch whose weights were kept, from 1 on; None marks none.
        ylabel: What the numbers are.
        logy: Whether the y axis is logarithmic.

    Returns:
        The path.

    Raises:
        ValueError: If there is no curve with an epoch, or the suffix is unknown.
    """
    if not any(len(one) for one in curves.values()):
        message = "no epoch to draw; give name and one number for each epoch"
        raise ValueError(message)
    draw = partial(_draw_history, curves=curves, best_epoch=best_epoch, ylabel=ylabel, logy=logy)
    return write_canvas(path, draw)


def _draw_history(
    axes: Any, *, curves: Mapping[str, Sequence[float]], best_epoch: int | None, ylabel: str, logy: bool
) -> None:
    from matplotlib.ticker import MaxNLocator

    for place, (name, values) in enumerate(curves.items()):
        axes.plot(range(1, len(values) + 1), values, "o-", markersize=3, color=colour(place), label=name)
    if best_epoch is not None:
        axes.axvline(best_epoch, linestyle="--", color="0.4", label=f"kept: epoch {best_epoch}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlabel="Epoch", ylabel=ylabel, yscale="log" if logy else "linear")
    axes.legend(fontsize="small")
