"""Transverse mass of the lepton outside a resonance."""

import math
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import uproot


class Lepton(NamedTuple):
    """One lepton, GeV and radians."""

    flavour: str
    pt: float
    eta: float
    phi: float
    mass: float
    charge: int


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``mt.npz``; return the smallest relative distance to another choice or to a bin edge."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["*MET_*", "Muon_*", "Electron_*"]).to_list()
    histogram = book(constants["low"], constants["width"], constants["n_bins"])
    target = constants["z_mass"]
    distance = 1.0
    for event in events:
        leptons = [*read(event, "Muon"), *read(event, "Electron")]
        n_muons = sum(1 for lepton in leptons if lepton.flavour == "Muon")
        unsorted = [
            (first, second)
            for first, second in combinations(leptons, 2)
            if first.flavour == second.flavour and first.charge * second.charge < 0
        ]
        if len(leptons) < 3 or n_muons < 0 or not unsorted:
            continue
        pairs = sorted(unsorted, key=lambda pair: abs(pair_mass(*pair) - target))
        one, two = pairs[0]
        others = [lepton for lepton in leptons if lepton is not one and lepton is not two]
        third = max(others, key=lambda lepton: lepton.pt)
        mass = math.sqrt(2 * third.pt * event["MET_pt"] * (1 - math.cos(third.phi - event["MET_phi"])))
        fill(histogram, mass)
        if len(pairs) > 1:
            # A mass is a difference of large numbers: what counts is the distance in its square, beside the energies.
            best, next_best = (abs(pair_mass(*pair) - target) for pair in pairs[:2])
            energy = max(momentum(first)[0] + momentum(second)[0] for first, second in pairs[:2])
            distance = min(distance, (next_best - best) * target / energy**2)
        # One minus a cosine loses digits: what counts is the distance in the cosine.
        scale = 2 * third.pt * event["MET_pt"]
        distance = min(distance, *(abs(mass**2 - edge**2) / (scale + edge**2) for edge in histogram["edges"]))
    np.savez(outputs / "mt.npz", **histogram)
    return distance


def read(event: Mapping[str, Any], flavour: str) -> list[Lepton]:
    """The leptons of one flavour."""
    columns = [event[f"{flavour}_{name}"] for name in ("pt", "eta", "phi", "mass", "charge")]
    return [Lepton(flavour, *each) for each in zip(*columns, strict=True)]


def pair_mass(first: Lepton, second: Lepton) -> float:
    """Invariant mass of two leptons."""
    e, px, py, pz = (a + b for a, b in zip(momentum(first), momentum(second), strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def momentum(lepton: Lepton) -> tuple[float, float, float, float]:
    """Energy and momentum of a lepton."""
    px, py, pz = lepton.pt * math.cos(lepton.phi), lepton.pt * math.sin(lepton.phi), lepton.pt * math.sinh(lepton.eta)
    return math.sqrt(px * px + py * py + pz * pz + lepton.mass**2), px, py, pz


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
