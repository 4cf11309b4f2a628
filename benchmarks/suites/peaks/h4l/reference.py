"""A resonance of four leptons: events, channels, spectrum and fitted position."""

import json
import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import uproot
from scipy.optimize import minimize

CHANNELS = {("Muon", "Muon"): "n_4mu", ("Electron", "Electron"): "n_4e"}


class Lepton(NamedTuple):
    """One lepton, GeV and radians."""

    flavour: str
    pt: float
    eta: float
    phi: float
    mass: float
    charge: int


class Candidate(NamedTuple):
    """Four leptons."""

    channel: str
    mass: float
    first: float
    second: float
    clear: float


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write events, channels, histogram and fit; return the smallest relative distance to a cut, edge or choice."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["run", "event", "Muon_*", "Electron_*"]).to_list()
    c, n_bins = constants, constants["n_bins"]
    edges = [c["m_low"] + (c["m_high"] - c["m_low"]) * number / n_bins for number in range(n_bins + 1)]
    channels = {"n_4mu": 0, "n_4e": 0, "n_2e2mu": 0}
    counts, selected, masses, distance = [0] * n_bins, [], [], 1.0
    for event in events:
        found = candidate(good_leptons(event, c), c)
        if found is None:
            continue
        distance = min(distance, found.clear, closest(found, edges, c))
        first_passes = c["z1_low"] < found.first < c["z1_high"]
        second_passes = c["z2_low"] < found.second < c["z2_high"]
        if first_passes and second_passes and edges[0] < found.mass < edges[-1]:
            selected.append([event["run"], event["event"]])
            channels[found.channel] += 1
            masses.append(found.mass)
            counts[sum(1 for edge in edges if edge <= found.mass) - 1] += 1
    (outputs / "selected.json").write_text(json.dumps({"events": selected, **channels}))
    np.savez(outputs / "mass.npz", counts=counts, edges=edges)
    peak, error = fit(masses, edges[0], edges[-1])
    (outputs / "fit.json").write_text(json.dumps({"peak": peak, "peak_error": error}))
    return distance


def good_leptons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[Lepton]:
    """Leptons that pass all cuts, the hardest first."""
    leptons = []
    names = ("pt", "eta", "phi", "mass", "charge")
    muons = [event[f"Muon_{name}"] for name in (*names, "tightId", "pfRelIso04_all")]
    for *values, is_tight, isolation in zip(*muons, strict=True):
        lepton = Lepton("Muon", *values)
        if lepton.pt > c["muon_pt"] and abs(lepton.eta) < c["eta_max"] and is_tight and isolation < c["iso_max"]:
            leptons.append(lepton)
    electrons = [event[f"Electron_{name}"] for name in (*names, "cutBased", "pfRelIso03_all")]
    for *values, grade, isolation in zip(*electrons, strict=True):
        lepton = Lepton("Electron", *values)
        if lepton.pt > c["electron_pt"] and abs(lepton.eta) < c["eta_max"] and grade >= 2 and isolation < c["iso_max"]:
            leptons.append(lepton)
    leptons.sort(key=lambda lepton: -lepton.pt)
    return leptons


def candidate(leptons: Sequence[Lepton], c: Mapping[str, Any]) -> Candidate | None:
    """The four leptons of an event; None without."""
    pairs = [
        pair
        for pair in combinations(leptons, 2)
        if pair[0].flavour == pair[1].flavour and pair[0].charge != pair[1].charge
    ]
    fours = [
        (abs(mass_of(one) - c["z_mass"]), -(other[0].pt + other[1].pt), one, other)
        for one in pairs
        for other in pairs
        if not set(one) & set(other)
    ]
    if not fours:
        return None
    nearest = min(four[0] for four in fours)
    away = [abs(four[0] - nearest) for four in fours if four[0] != nearest]
    best = sorted(four for four in fours if four[0] == nearest)
    softer = [four[1] - best[0][1] for four in best[1:]]
    one, other = best[0][2], best[0][3]
    pts = sorted((lepton.pt for lepton in [*one, *other]), reverse=True)
    if not (pts[0] > c["pt_first"] and pts[1] > c["pt_second"]):
        return None
    flavours = (one[0].flavour, other[0].flavour)
    return Candidate(
        channel=CHANNELS.get(flavours, "n_2e2mu"),
        mass=mass_of([*one, *other]),
        first=mass_of(one),
        second=mass_of(other),
        clear=min([each / c["z_mass"] for each in away + softer], default=1.0),
    )


def closest(found: Candidate, edges: Sequence[float], c: Mapping[str, Any]) -> float:
    """Smallest relative distance of a mass to a cut or an edge."""
    marks = [(found.mass, edge) for edge in edges]
    marks += [(found.first, c["z1_low"]), (found.first, c["z1_high"])]
    marks += [(found.second, c["z2_low"]), (found.second, c["z2_high"])]
    return min(abs(value - mark) / mark for value, mark in marks)


def mass_of(leptons: Sequence[Lepton]) -> float:
    """Invariant mass of some leptons in GeV."""
    e, px, py, pz = (sum(parts) for parts in zip(*map(momentum, leptons), strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def momentum(lepton: Lepton) -> tuple[float, float, float, float]:
    """Energy and momentum of a lepton."""
    px, py, pz = lepton.pt * math.cos(lepton.phi), lepton.pt * math.sin(lepton.phi), lepton.pt * math.sinh(lepton.eta)
    return math.sqrt(px * px + py * py + pz * pz + lepton.mass**2), px, py, pz


def fit(masses: Sequence[float], low: float, high: float) -> tuple[float, float]:
    """Position of the peak and its uncertainty from the curvature of the likelihood, both in GeV."""
    values = np.array(masses)

    def loss(parameters: Any) -> float:
        mean, log_width, fraction = (float(value) for value in np.clip(parameters, [low, -2.0, 0.0], [high, 3.0, 1.0]))
        width = math.exp(log_width)
        inside = (math.erf((high - mean) / width / math.sqrt(2)) - math.erf((low - mean) / width / math.sqrt(2))) / 2
        peak = np.exp(-0.5 * ((values - mean) / width) ** 2) / (width * math.sqrt(2 * math.pi) * inside)
        return -float(np.log(np.maximum(fraction * peak + (1 - fraction) / (high - low), 1e-300)).sum())

    counts, edges = np.histogram(values, bins=25, range=(low, high))
    top = int(np.argmax(counts))
    start = [(edges[top] + edges[top + 1]) / 2, 0.5, 0.5]
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-7, "maxiter": 4000}).x
    return float(best[0]), curvature_error(loss, best)


def curvature_error(loss: Any, best: Any) -> float:
    """Uncertainty of the first parameter from the inverse of the second derivatives."""
    steps = np.diag([0.02, 0.02, 0.01])
    second = np.zeros((3, 3))
    for i, one in enumerate(steps):
        for j, two in enumerate(steps):
            corners = loss(best + one + two) - loss(best + one - two) - loss(best - one + two) + loss(best - one - two)
            second[i, j] = corners / (4 * one[i] * two[j])
    return math.sqrt(abs(np.linalg.pinv(second)[0, 0]))
