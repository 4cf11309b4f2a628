"""The same fit in fine bins, with the uncertainty from the profile of the likelihood."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.stats import norm

_BINS_PER_GEV = 50


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    found = np.load(inputs / "masses.npz")
    table = np.genfromtxt(inputs / "table.csv", delimiter=",", names=True, ndmin=1)
    reach, centre = constants["half_range"], constants["mass"]
    edges = np.linspace(-reach, reach, 2 * reach * _BINS_PER_GEV + 1)
    middle = (edges[1:] + edges[:-1]) / 2
    categories = []
    for row in table:
        counts, _ = np.histogram(found["mass"][found["category"] == row["category"]] - centre, bins=edges)
        peak = row["signal"] * np.diff(norm.cdf(edges, row["mean"] - centre, row["width"]))
        categories.append((counts, peak, middle))
    best = minimize_scalar(lambda mu: profile(mu, categories)[0], bounds=(-2, 5), options={"xatol": 1e-6}).x
    low = profile(best, categories)[0]
    ends = [brentq(lambda mu: profile(mu, categories)[0] - low - 0.5, best, best + step) for step in (-1.5, 1.5)]
    error = (ends[1] - ends[0]) / 2
    xsec = constants["xsec_ggh"] + constants["xsec_wh"]
    told = {
        "mu": best,
        "mu_error": error,
        "cross_section": best * xsec,
        "cross_section_error": error * xsec,
        "background": profile(best, categories)[1],
    }
    (outputs / "result.json").write_text(json.dumps(told))


def profile(mu: float, categories: Sequence[Any]) -> tuple[float, list[float]]:
    """Minus the log-likelihood at a strength with the best backgrounds, and these."""
    total, yields = 0.0, []
    for counts, peak, middle in categories:

        def loss(x: Any, counts: Any = counts, peak: Any = peak, middle: Any = middle) -> float:
            shape = np.exp(-0.02 * x[1] * middle)
            expected = np.maximum(mu * peak + np.exp(x[0]) * shape / shape.sum(), 1e-12)
            return float(expected.sum() - (counts * np.log(expected))[counts > 0].sum())

        result = minimize(loss, [np.log(counts.sum() + 1.0), 1.0], method="BFGS")
        total += result.fun
        yields.append(float(np.exp(result.x[0])))
    return total, yields
