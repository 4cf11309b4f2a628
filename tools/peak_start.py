"""First values for the fit of a peak."""

import numpy as np

from hepcoder.tools.arrays import Floats
from hepcoder.tools.peak_shapes import PeakModel

_BINS = 40


def guessed(model: PeakModel, data: Floats) -> dict[str, float]:
    """A value for each parameter: the highest excess over a straight line through both ends is the peak.

    Args:
        model: What is to be fitted.
        data: Values inside its interval.
    """
    counts, edges = np.histogram(data, bins=_BINS, range=(model.low, model.high))
    centres = (edges[1:] + edges[:-1]) / 2
    side = _BINS // 6
    ends = np.polyfit(np.append(centres[:side], centres[-side:]), np.append(counts[:side], counts[-side:]), 1)
    line = np.maximum(np.polyval(ends, centres), 0.0) if model.background != "none" else np.zeros(_BINS)
    excess = np.convolve(counts - line, [0.25, 0.5, 0.25], mode="same")
    top = int(excess.argmax())
    above = excess > excess[top] / 2
    left = top - int(np.argmin(np.append(above[: top + 1][::-1], False)))
    right = top + int(np.argmin(np.append(above[top:], False)))
    half_width = (edges[1] - edges[0]) * max(right - left - 1, 1) / 2
    window = (centres > centres[top] - 3 * half_width) & (centres < centres[top] + 3 * half_width)
    n_signal = float(np.clip((counts - line)[window].sum(), 0.02 * len(data), 0.98 * len(data)))
    n_background = max(len(data) - n_signal, 1.0)
    orders = model.degree + 1
    start = {"n_signal": n_signal, "mean": float(centres[top]), "sigma": half_width / 1.18, "alpha": 1.5, "n": 3.0}
    start |= {"n_background": n_background, "slope": _slope(line, model.high - model.low)}
    start |= {f"n_background_{order}": n_background / orders for order in range(orders)}
    if model.background == "none":
        start["n_signal"] = float(len(data))
    return {name: start[name] for name in model.names}


def _slope(line: Floats, length: float) -> float:
    """Of an exponential with the same values at both ends."""
    first, last = max(float(line[0]), 0.5), max(float(line[-1]), 0.5)
    return float(np.log(first / last)) / length
