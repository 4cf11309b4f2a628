"""Three to five measurements, one of which is so uncertain that its weight is negative."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  the same for all correlations
    """Write ``measurements.json``."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(165.0, 180.0)
    rows = [
        {"stat": round(float(rng.uniform(0.3, 0.8)), 3), "syst": round(float(rng.uniform(0.4, 0.7)), 3)}
        for _ in range(int(rng.integers(2, 5)))
    ]
    rows.append({"stat": round(float(rng.uniform(0.3, 0.4)), 3), "syst": round(float(rng.uniform(4.0, 6.0)), 3)})
    shift = rng.normal(0.0, 0.3)
    data = []
    for number in rng.permutation(len(rows)):
        row = rows[number]
        value = truth + shift * row["syst"] + rng.normal(0.0, 1.0) * row["stat"] + rng.normal(0.0, 0.5) * row["syst"]
        data.append({"name": f"channel{number}", "value": round(float(value), 3), **row})
    (folder / "measurements.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
