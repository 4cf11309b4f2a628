"""Scalar sum of jets away from leptons."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``ht.npz``; return the smallest relative distance of a separation to the cut or of a sum to an edge."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["Jet_*", "Muon_*", "Electron_*"]).to_list()
    histogram = book(constants["low"], constants["width"], constants["n_bins"])
    distance = 1.0
    for event in events:
        jets = [jet for jet in particles(event, "Jet") if jet[0] > constants["jet_pt_min"]]
        leptons = [lepton for kind in ("Muon", "Electron") for lepton in particles(event, kind)]
        leptons = [lepton for lepton in leptons if lepton[0] > constants["lepton_pt_min"]]
        total = 0.0
        for jet in jets:
            separations = [delta_r(jet, lepton) for lepton in leptons]
            distance = min([distance, *(abs(each - constants["delta_r"]) / math.pi for each in separations)])
            close = [separation for separation in separations if separation < constants["delta_r"]]
            if not close:
                total += jet[0]
        fill(histogram, total)
        if total > 0:
            # A sum of whole quarters is exact in any precision, on an edge too.
            offsets = [abs(total - edge) / total for edge in histogram["edges"]]
            distance = min([distance, *(offset for offset in offsets if offset > 0)])
    np.savez(outputs / "ht.npz", **histogram)
    return distance


def particles(event: Mapping[str, Any], kind: str) -> list[tuple[float, float, float]]:
    """Transverse momentum, eta and phi of each."""
    return list(zip(event[f"{kind}_pt"], event[f"{kind}_eta"], event[f"{kind}_phi"], strict=True))


def delta_r(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """Distance in eta and phi."""
    turn = abs(first[2] - second[2])
    around = min(turn, 2 * math.pi - turn)
    return math.hypot(first[1] - second[1], around)


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
