"""Missing momentum of events with a dimuon resonance."""

import math
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``met.npz``; return the smallest distance of a pair mass to a cut."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["MET_pt", "*Muon_*", "Electron_*"]).to_list()
    histogram = book(constants["low"], constants["width"], constants["n_bins"])
    distance = 1.0
    for event in events:
        muons = list(zip(*(event[f"Muon_{name}"] for name in ("pt", "eta", "phi", "mass", "charge")), strict=True))
        good = []
        for first, second in combinations(muons, 2):
            mass = pair_mass(first, second)
            # A mass is a difference of large numbers: what counts is the distance in its square, beside the energies.
            squared_energy = (momentum(first)[0] + momentum(second)[0]) ** 2
            cuts = (constants["mass_low"], constants["mass_high"])
            distance = min(distance, *(abs(mass**2 - cut**2) / squared_energy for cut in cuts))
            if first[4] * second[4] < 0 and constants["mass_low"] < mass < constants["mass_high"]:
                good.append(mass)
        if good:
            fill(histogram, event["MET_pt"])
    np.savez(outputs / "met.npz", **histogram)
    return distance


def pair_mass(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    """Invariant mass of two particles given as (pt, eta, phi, mass, ...)."""
    e, px, py, pz = (a + b for a, b in zip(momentum(first), momentum(second), strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def momentum(particle: tuple[float, ...]) -> tuple[float, float, float, float]:
    """Energy and momentum of a particle."""
    pt, eta, phi, mass = particle[:4]
    px, py, pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
    return math.sqrt(px * px + py * py + pz * pz + mass * mass), px, py, pz


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
