"""Trijet closest to a mass."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write both histograms; return the smallest relative distance to another choice or to a bin edge."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name="Jet_*").to_list()
    pts = book(constants["low"], constants["width"], constants["n_bins"])
    tags = book(0.0, 1 / constants["n_tag_bins"], constants["n_tag_bins"])
    target = constants["top_mass"]
    distance = 1.0
    for event in events:
        names = ("pt", "eta", "phi", "mass", "btagDeepFlavB")
        jets = [(*jet, *momentum(jet)) for jet in zip(*(event[f"Jet_{name}"] for name in names), strict=True)]
        trios = [describe(trio) for trio in combinations(jets, 3)]
        trios.sort(key=lambda trio: abs(trio[0] - target))
        if trios:
            fill(pts, trios[0][1])
            fill(tags, trios[0][2])
            edges = [abs(trios[0][1] - edge) / trios[0][3] for edge in pts["edges"]]
            distance = min(distance, *edges, lead(trios, target))
    np.savez(outputs / "trijet.npz", **pts)
    np.savez(outputs / "btag.npz", **tags)
    return distance


def lead(trios: Sequence[tuple[float, ...]], target: float) -> float:
    """By how much the best is better than the next, as a part of the squared energy that a mass is computed from."""
    if len(trios) < 2:
        return 1.0
    better = abs(trios[1][0] - target) - abs(trios[0][0] - target)
    return better * target / max(trios[0][4], trios[1][4]) ** 2


def describe(trio: Sequence[tuple[float, ...]]) -> tuple[float, float, float, float, float]:
    """Mass and pt of the sum, highest score, scalar sum of pt, and energy."""
    e, px, py, pz = (sum(parts) for parts in zip(*(jet[5:] for jet in trio), strict=True))
    mass = math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))
    return mass, math.hypot(px, py), max(jet[4] for jet in trio), sum(jet[0] for jet in trio), e


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
