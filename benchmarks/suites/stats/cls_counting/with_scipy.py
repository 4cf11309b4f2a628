"""Upper limits of counting experiments with the CLs method, by scipy."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scipy.optimize import brentq
from scipy.stats import poisson


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    with (inputs / "channels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    limits = []
    for row in rows:
        n, b, s = int(row["observed"]), float(row["background"]), float(row["signal"])

        def excess(mu: float, n: int = n, b: float = b, s: float = s) -> float:
            return float(poisson.cdf(n, mu * s + b) / poisson.cdf(n, b) - (1 - constants["level"]))

        limits.append(float(brentq(excess, 0.0, 200.0)))
    result = {
        "upper_limit": limits,
        "p_background": [float(poisson.sf(int(row["observed"]) - 1, float(row["background"]))) for row in rows],
        "best_channel": rows[limits.index(min(limits))]["channel"],
    }
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")
