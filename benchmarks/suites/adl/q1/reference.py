"""Missing transverse momentum of all events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``met.npz``."""
    histogram = book(constants)
    with uproot.open(inputs / "events.root") as file:
        for met in file["Events"]["MET_pt"].array().tolist():
            fill(histogram, met)
    np.savez(outputs / "met.npz", **histogram)


def book(constants: Mapping[str, Any]) -> dict[str, Any]:
    """An empty histogram."""
    edges = [constants["low"] + constants["width"] * number for number in range(constants["n_bins"] + 1)]
    return {"counts": [0] * (len(edges) - 1), "edges": edges, "underflow": 0, "overflow": 0}


def fill(histogram: dict[str, Any], value: float) -> None:
    """Add one entry."""
    edges, counts = histogram["edges"], histogram["counts"]
    if value < edges[0]:
        histogram["underflow"] += 1
    elif value == edges[-1]:
        counts[-1] += 1
    else:
        for number in range(len(counts)):
            if edges[number] <= value < edges[number + 1]:
                counts[number] += 1
                break
        else:
            histogram["overflow"] += 1
