"""A sample normalised to cross-section and luminosity."""

import csv
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``hist.npz`` and ``result.json``."""
    with (inputs / "events.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    weights = [float(row["weight"]) for row in rows]
    norm = constants["xsec_pb"] * 1000 * constants["lumi_fb"] / sum(weights)
    events = [(float(row["mass"]), norm * float(row["weight"])) for row in rows if row["selected"] == "1"]
    edges = [constants["low"] + constants["width"] * number for number in range(constants["n_bins"] + 1)]
    counts, squares, flow = [0.0] * constants["n_bins"], [0.0] * constants["n_bins"], [0.0, 0.0]
    for mass, weight in events:
        if mass < edges[0]:
            flow[0] += weight
        else:
            if mass > edges[-1]:
                flow[1] += weight
                continue
            place = max(number for number in range(len(counts)) if mass >= edges[number])
            counts[place] += weight
            squares[place] += weight * weight
    errors = [math.sqrt(each) for each in squares]
    np.savez(outputs / "hist.npz", counts=counts, errors=errors, edges=edges, underflow=flow[0], overflow=flow[1])
    total = sum(weight for _, weight in events)
    total_squared = sum(weight * weight for _, weight in events)
    result = {
        "yield": total,
        "yield_error": math.sqrt(total_squared),
        "mean_mass": sum(mass * weight for mass, weight in events) / total,
        "n_effective": total**2 / total_squared,
    }
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")
