"""Transverse momentum of all jets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``jets.npz``."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(["Jet_pt"]).to_list()
    histogram = book(constants["low"], constants["width"], constants["n_bins"])
    for event in events:
        for pt in event["Jet_pt"]:
            fill(histogram, pt)
    np.savez(outputs / "jets.npz", **histogram)


def book(low: float, width: float, n_bins: int) -> dict[str, Any]:
    """An empty histogram."""
    edges = [low + width * number for number in range(n_bins + 1)]
    return {"counts": [0] * n_bins, "edges": edges, "underflow": 0, "overflow": 0}


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
