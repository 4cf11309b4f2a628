"""Scores of training events against test events, by class."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.tools.drawing import checked_path, write_figure
from hepcoder.tools.filled import Filled, fill
from hepcoder.tools.learning.evaluation.canvas import colour
from hepcoder.tools.learning.evaluation.contrast import contrast, signal_index
from hepcoder.tools.learning.evaluation.overtraining import two_samples
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores

_MOST_PULL = 4.5


def plot_scores(
    path: str | Path,
    scores: Scores,
    *,
    signal: str | None = None,
    trained_on: Split = "train",
    tested_on: Split = "test",
    bins: int = 40,
    logy: bool = False,
) -> dict[str, Filled]:
    """Draw the score of signal and of background, training events as points over test events, with their pulls below.

    p is the chance of the chi2 of both samples (`two_samples`).

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        scores: Events of both splits.
        signal: Name of the class; None takes ``signal``, or the last class.
        trained_on: Split of the training events.
        tested_on: Split of the others.
        bins: Number of bins of equal width from 0 to 1.
        logy: Whether the y axis is logarithmic.

    Returns:
        The drawn densities by ``signal`` or ``background`` and split, such as ``signal test``; each has unit area.

    Raises:
        ValueError: If a split has no event of either kind, the suffix is unknown, or as `contrast`.
    """
    target, name = checked_path(path), scores.classes[signal_index(scores.classes, signal)]
    samples: dict[str, Any] = {}
    chances: dict[str, str] = {}
    for what in ("background", "signal"):
        pair = [contrast(scores.of(split), signal).side(signal=what == "signal") for split in (trained_on, tested_on)]
        for split, one in zip((trained_on, tested_on), pair, strict=True):
            if not len(one.score):
                message = f"no {what} event in the {split} split, so that there is nothing to compare"
                raise ValueError(message)
            samples[f"{what} {split}"] = one
        chance = two_samples(what, pair[0], pair[1]).chi2_p_value
        chances[what] = "" if chance is None else f", p = {chance:.2g}"
    values = {key: one.score for key, one in samples.items()}
    filled = fill(values, {key: one.weight for key, one in samples.items()}, np.linspace(0, 1, bins + 1))
    densities = {key: one.density for key, one in filled.items()}
    splits = (trained_on, tested_on)
    write_figure(
        target,
        partial(_draw, densities=densities, chances=chances, splits=splits),
        list(densities.values()),
        xlabel=f"Probability of {name}",
        logy=logy,
        ratio=partial(_pulls, densities=densities, splits=splits),
    )
    return densities


def _draw(axes: Any, *, densities: dict[str, Filled], chances: dict[str, str], splits: tuple[str, str]) -> None:
    import mplhep

    for place, (what, chance) in enumerate(chances.items()):
        trained, tested = (densities[f"{what} {split}"] for split in splits)
        style: dict[str, Any] = {"ax": axes, "color": colour(place)}
        label = f"{what}, {splits[1]}"
        mplhep.histplot(tested.counts, tested.edges, histtype="fill", alpha=0.35, label=label, **style)
        mplhep.histplot(tested.counts, tested.edges, yerr=False, histtype="step", **style)
        mplhep.histplot(
            trained.counts,
            trained.edges,
            yerr=trained.errors,
            histtype="errorbar",
            markersize=5,
            label=f"{what}, {splits[0]}{chance}",
            **style,
        )
    axes.set(ylabel="Normalised to unit area")


def _pulls(axes: Any, *, densities: dict[str, Filled], splits: tuple[str, str]) -> None:
    """Difference over its error, in bins where both have events; those beyond the axis are drawn at its ends."""
    for place, what in enumerate(("background", "signal")):
        trained, tested = (densities[f"{what} {split}"] for split in splits)
        error = np.hypot(trained.errors, tested.errors)
        both = (trained.errors > 0) & (tested.errors > 0)
        pulls = np.divide(trained.counts - tested.counts, error, out=np.full(len(error), np.nan), where=both)
        centres = (trained.edges[1:] + trained.edges[:-1]) / 2
        axes.plot(centres, np.clip(pulls, -_MOST_PULL, _MOST_PULL), "o", markersize=4, color=colour(place))
    axes.axhspan(-2, 2, color="0.9", zorder=0)
    axes.axhline(0.0, color="0.4", linewidth=1)
    axes.set(
        ylabel=f"({splits[0]} - {splits[1]})\n/ error",
        ylim=(-_MOST_PULL - 0.4, _MOST_PULL + 0.4),
        yticks=(-4, -2, 0, 2, 4),
    )
