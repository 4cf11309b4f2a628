"""Expected discovery significance of counting experiments.

Reference: G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, and G. Cowan, "Discovery
sensitivity for a counting experiment with background uncertainty" (2012), Eq. (20).
"""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    scale = constants["lumi"] / constants["lumi_now"]
    names, z_exact, z = [], [], []
    with (inputs / "regions.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            s = float(row["signal"]) * scale
            b = float(row["background"]) * scale
            sigma = float(row["background_error"]) * scale
            names.append(row["region"])
            z_exact.append(significance(s, b))
            z.append(significance_with_error(s, b, sigma))
    result = {
        "z_exact": z_exact,
        "z": z,
        "z_combined": math.sqrt(sum(each * each for each in z)),
        "best_region": names[z.index(max(z))],
    }
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")


def significance(s: float, b: float) -> float:
    """Of s events over a background of exactly b."""
    return math.sqrt(max(2 * ((s + b) * math.log(1 + s / b) - s), 0.0))


def significance_with_error(s: float, b: float, sigma: float) -> float:
    """Of s events over a background of b with uncertainty sigma."""
    if sigma == 0:
        return significance(s, b)
    first = (s + b) * math.log((s + b) * (b + sigma**2) / (b * b + (s + b) * sigma**2))
    second = b * b / sigma**2 * math.log(1 + sigma**2 * s / (b * (b + sigma**2)))
    return math.sqrt(max(2 * (first - second), 0.0))
