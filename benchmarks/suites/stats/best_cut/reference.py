"""Significance as a function of a cut on a score."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``scan.npz`` and ``result.json``; return how far best and b are from next and minimum."""
    with np.load(inputs / "scores.npz") as file:
        scores = {name: file[name].tolist() for name in file.files}
    thresholds = [number / 50 for number in range(50)]
    z, sums, distance = [], [], 1.0
    for t in thresholds:
        s = sum(w for score, w in zip(scores["signal_score"], scores["signal_weight"], strict=True) if score >= t)
        b = sum(
            w for score, w in zip(scores["background_score"], scores["background_weight"], strict=True) if score >= t
        )
        sums.append((s, b))
        z.append(0.0 if b < constants["b_min"] else math.sqrt(2 * ((s + b) * math.log(1 + s / b) - s)))
        distance = min(distance, abs(b / constants["b_min"] - 1))
    best = z.index(max(z))
    np.savez(outputs / "scan.npz", threshold=thresholds, z=z)
    result = {"best_cut": thresholds[best], "z_best": z[best], "s_best": sums[best][0], "b_best": sums[best][1]}
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return min(distance, 1 - sorted(z)[-2] / z[best])
