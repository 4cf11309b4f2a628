"""Efficiency in bins with the interval of Clopper and Pearson.

Reference: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404.
"""

import csv
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    edges = [constants[f"edge_{number}"] for number in range(6)]
    total, passed = [0] * 5, [0] * 5
    with (inputs / "probes.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            pt = float(row["pt"])
            for number in range(5):
                if edges[number] <= pt < edges[number + 1] and row["tight"] == "1":
                    total[number] += 1
                    passed[number] += row["fired"] == "1"
    tail = (1 - constants["level"]) / 2
    efficiencies, lows, highs = [], [], []
    for n, k in zip(total, passed, strict=True):
        efficiencies.append(k / n)
        lows.append(lower(k, n, tail))
        highs.append(upper(k, n, tail))
    result = {"total": total, "passed": passed, "efficiency": efficiencies, "low": lows, "high": highs}
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")


def lower(k: int, n: int, tail: float) -> float:
    """The efficiency at which k or more of n pass with the probability of a tail."""
    return 0.0 if k == 0 else crossing(lambda p: 1 - at_most(k - 1, n, p) - tail)


def upper(k: int, n: int, tail: float) -> float:
    """The efficiency at which k or fewer of n pass with the probability of a tail."""
    return 1.0 if k == n else crossing(lambda p: tail - at_most(k, n, p))


def at_most(k: int, n: int, p: float) -> float:
    """Probability that k or fewer of n pass."""
    return math.fsum(math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(k + 1))


def crossing(rising: Callable[[float], float]) -> float:
    """Where a rising function is zero, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return (low + high) / 2
