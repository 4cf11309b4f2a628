"""Significance as a function of a cut on a score, all thresholds at once."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``scan.npz`` and ``result.json``."""
    scores = np.load(inputs / "scores.npz")
    t = np.round(np.arange(0, 1, 0.02), 2)
    s = (scores["signal_weight"] * (scores["signal_score"] >= t[:, None])).sum(axis=1)
    b = (scores["background_weight"] * (scores["background_score"] >= t[:, None])).sum(axis=1)
    safe = np.maximum(b, constants["b_min"])
    z = np.where(b < constants["b_min"], 0.0, np.sqrt(2 * ((s + safe) * np.log1p(s / safe) - s)))
    best = int(np.argmax(z))
    scores.close()
    np.savez(outputs / "scan.npz", threshold=t, z=z)
    result = {"best_cut": t[best], "z_best": z[best], "s_best": s[best], "b_best": b[best]}
    (outputs / "result.json").write_text(json.dumps({name: float(value) for name, value in result.items()}))
