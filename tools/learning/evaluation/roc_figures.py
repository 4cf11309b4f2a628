"""ROC curves of several classifiers in one figure."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hepcoder.tools.learning.evaluation.canvas import colour, write_canvas
from hepcoder.tools.learning.evaluation.contrast import Contrast, contrast, effective_entries
from hepcoder.tools.learning.evaluation.estimates import Estimate
from hepcoder.tools.learning.evaluation.roc import auc_of, curve_of
from hepcoder.tools.learning.inputs import Split
from hepcoder.tools.learning.scores import Scores

_MOST_POINTS = 1000
_FEW = 10


def plot_roc(
    path: str | Path,
    classifiers: Mapping[str, Scores],
    *,
    split: Split = "test",
    signal: str | None = None,
    show: Literal["rejection", "efficiency"] = "rejection",
) -> Path:
    """Draw ROC curves of classifiers over each other, with their AUC.

    Args:
        path: File to write; ends in ``.png``, ``.pdf`` or ``.svg``.
        classifiers: Name and scores of each.
        split: Of the events.
        signal: Name of the class; None takes ``signal``, or the last class.
        show: ``rejection`` for 1 over the background efficiency on a logarithmic axis, up to where fewer than 10
            effective background events are left; ``efficiency`` for the background efficiency itself.

    Returns:
        The path.

    Raises:
        ValueError: If there is no classifier, a curve is undefined, the suffix is unknown, or as `contrast`.
    """
    events = {name: contrast(one.of(split), signal) for name, one in classifiers.items()}
    undefined = [name for name, one in events.items() if not one.defined]
    if undefined or not events:
        message = f"no ROC curve of {', '.join(undefined) or 'any classifier'}: it needs signal and background events"
        raise ValueError(message)
    return write_canvas(path, partial(_draw, events=events, rejection=show == "rejection", split=split))


def _draw(axes: Any, *, events: Mapping[str, Contrast], rejection: bool, split: str) -> None:
    highest = 1.0
    for place, (name, one) in enumerate(events.items()):
        x, y = _points(one, rejection=rejection)
        highest = max(highest, float(y.max(initial=1.0)))
        axes.plot(x, y, color=colour(place), label=f"{name}: AUC {_written(auc_of(one))}")
    line = np.linspace(0.001 if rejection else 0, 1, 200)
    axes.plot(line, 1 / line if rejection else line, ":", color="0.5", label="by chance")
    axes.set(xlim=(0, 1), xlabel=f"Signal efficiency ({split} events)")
    if rejection:
        axes.set(yscale="log", ylim=(1, 20 * highest), ylabel="Background rejection (1 / efficiency)")
    else:
        axes.set(ylim=(0, 1), ylabel="Background efficiency")
    axes.legend(fontsize="small", loc="upper right" if rejection else "upper left")


def _written(area: Estimate) -> str:
    return str(area).replace("+-", "±")


def _points(events: Contrast, *, rejection: bool) -> tuple[Any, Any]:
    curve = curve_of(events)
    if curve is None:
        return np.zeros(0), np.zeros(0)
    x, y = curve.signal_efficiency, curve.background_efficiency
    if rejection:
        background = events.side(signal=False)
        shown = y >= _FEW / max(effective_entries(background.weight, background.group), _FEW)
        x, y = x[shown], 1 / y[shown]
    # evenly along the curve, ends included, so that files stay small
    which = np.unique(np.linspace(0, max(len(x) - 1, 0), _MOST_POINTS).astype(int))[: len(x)]
    return x[which], y[which]
