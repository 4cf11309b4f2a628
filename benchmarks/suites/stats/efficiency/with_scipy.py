"""Efficiency in bins with the interval of Clopper and Pearson, by scipy."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    with (inputs / "probes.csv").open(newline="", encoding="utf-8") as file:
        probes = [(float(row["pt"]), row["fired"] == "1") for row in csv.DictReader(file) if row["tight"] == "1"]
    pt = np.array([probe[0] for probe in probes])
    fired = np.array([probe[1] for probe in probes])
    edges = [constants[f"edge_{number}"] for number in range(6)]
    place = np.digitize(pt, edges)
    total = np.array([np.count_nonzero(place == number) for number in range(1, 6)])
    passed = np.array([np.count_nonzero((place == number) & fired) for number in range(1, 6)])
    tail = (1 - constants["level"]) / 2
    low = np.where(passed == 0, 0.0, beta.ppf(tail, np.maximum(passed, 1), total - passed + 1))
    high = np.where(passed == total, 1.0, beta.ppf(1 - tail, passed + 1, np.maximum(total - passed, 1)))
    result = {"total": total, "passed": passed, "efficiency": passed / total, "low": low, "high": high}
    plain = {name: values.tolist() for name, values in result.items()}
    (outputs / "result.json").write_text(json.dumps(plain), encoding="utf-8")
