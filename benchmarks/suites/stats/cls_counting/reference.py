"""Upper limits of counting experiments with the CLs method.

Reference: A. L. Read, J. Phys. G 28 (2002) 2693.
"""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    names, limits, p_values = [], [], []
    with (inputs / "channels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            observed, background, signal = int(row["observed"]), float(row["background"]), float(row["signal"])
            limit = limit_of(observed, background, signal, 1 - constants["level"])
            names.append(row["channel"])
            limits.append(limit)
            p_values.append(1 - below(observed - 1, background))
    result = {"upper_limit": limits, "p_background": p_values, "best_channel": names[limits.index(min(limits))]}
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")


def limit_of(observed: int, background: float, signal: float, wanted: float) -> float:
    """The strength at which CLs falls to what is wanted, by bisection."""
    low, high = 0.0, 1.0
    while cls(high, observed, background, signal) > wanted:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        if cls(middle, observed, background, signal) > wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def cls(mu: float, observed: int, background: float, signal: float) -> float:
    """Confidence in the signal of strength mu."""
    return below(observed, mu * signal + background) / below(observed, background)


def below(n: int, mean: float) -> float:
    """Probability of at most n events."""
    return sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(n + 1))
