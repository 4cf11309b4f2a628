"""Signal strength and cross-section from an unbinned extended likelihood of all categories."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from iminuit import Minuit


class Category(NamedTuple):
    """What is known of a category: masses and shape in GeV, expected signal at a strength of 1."""

    masses: Any
    signal: float
    mean: float
    width: float


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    with np.load(inputs / "masses.npz") as file:
        mass, number = file["mass"], file["category"]
    with (inputs / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    categories = [
        Category(mass[number == int(row["category"])], *(float(row[name]) for name in ("signal", "mean", "width")))
        for row in rows
    ]
    best, errors = fit(categories, constants)
    xsec = constants["xsec_ggh"] + constants["xsec_wh"]
    result = {
        "mu": best[0],
        "mu_error": errors[0],
        "cross_section": best[0] * xsec,
        "cross_section_error": errors[0] * xsec,
        "background": [math.exp(log_yield) for log_yield in best[1::2]],
    }
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")


def fit(categories: Sequence[Category], c: Mapping[str, Any]) -> tuple[list[float], list[float]]:
    """Best values and uncertainties of: strength, then log of the background and its slope for each category."""

    def loss(parameters: Any) -> float:
        parts = zip(categories, parameters[1::2], parameters[2::2], strict=True)
        return sum(category_loss(parameters[0], *part, c) for part in parts)

    start = [1.0]
    for category in categories:
        start += [math.log(max(len(category.masses), 1)), 0.02]
    minuit = Minuit(loss, np.array(start))
    minuit.errordef, minuit.strategy = Minuit.LIKELIHOOD, 2
    minuit.errors = [0.1] + [0.05, 0.005] * len(categories)
    minuit.limits = [(None, None)] + [(-10.0, 15.0), (-1.0, 1.0)] * len(categories)
    minuit.migrad()
    minuit.hesse()
    return list(minuit.values), list(minuit.errors)


def category_loss(mu: float, category: Category, log_yield: float, slope: float, c: Mapping[str, Any]) -> float:
    """Minus the logarithm of the likelihood of one category."""
    reach, background, signal = c["half_range"], math.exp(log_yield), mu * category.signal
    away = category.masses - c["mass"]
    norm = 2 * math.sinh(slope * reach) / slope if slope else 2 * reach
    falling = np.exp(-slope * away) / norm
    scaled = (category.masses - category.mean) / category.width
    peak = np.exp(-0.5 * scaled**2) / math.sqrt(2 * math.pi) / category.width
    density = np.maximum(signal * peak + background * falling, 1e-300)
    return float(signal + background - np.log(density).sum())
