"""The right answers, computed event by event with plain loops; slow and obvious on purpose."""

import math
from itertools import combinations
from pathlib import Path

import uproot

# Four-vectors of 32-bit floats and another order of sums move a mass in the sixth digit.
MASS_TOLERANCE = 1e-4
# A 32-bit and a 64-bit comparison may put an event that sits on a bin edge into either bin.
MOVED_EVENTS = 2


def dimuon(data: Path) -> dict[str, float]:
    """Events with at least two muons of pt > 3 GeV, and the largest mass of two such muons, in GeV."""
    tree = uproot.open(data / "nano_dimuon.root")["Events"]
    columns = [tree[f"Muon_{name}"].array().to_list() for name in ("pt", "eta", "phi", "mass")]
    n_events, largest = 0, 0.0
    for event in zip(*columns, strict=True):
        muons = [muon for muon in zip(*event, strict=True) if muon[0] > 3.0]
        if len(muons) >= 2:
            n_events += 1
        largest = max([largest, *(_mass(first, second) for first, second in combinations(muons, 2))])
    return {"n_events": n_events, "max_mass": largest}


def jets(data: Path) -> list[float]:
    """Number of jets with pt > 30 GeV and |eta| < 2.4, for each event."""
    tree = uproot.open(data / "nano_tt_v12.root")["Events"]
    all_pt, all_eta = tree["Jet_pt"].array().to_list(), tree["Jet_eta"].array().to_list()
    return [
        sum(1 for pt, eta in zip(pts, etas, strict=True) if pt > 30.0 and abs(eta) < 2.4)
        for pts, etas in zip(all_pt, all_eta, strict=True)
    ]


def muons(data: Path) -> list[float]:
    """Number of muons, for each event."""
    return [len(event) for event in uproot.open(data / "uproot-HZZ.root")["events"]["Muon_Px"].array().to_list()]


def leading_muon(data: Path) -> list[float]:
    """The higher of the two muon pt, in GeV, for each event."""
    tree = uproot.open(data / "uproot-Zmumu.root")["events"]
    return [max(pair) for pair in zip(tree["pt1"].array().to_list(), tree["pt2"].array().to_list(), strict=True)]


def electrons(data: Path) -> dict[str, float]:
    """Events, and electrons with pt > 20 GeV, of which the file holds the pt in MeV."""
    pts = uproot.open(data / "PHYSLITE_example.root")["CollectionTree"]["AnalysisElectronsAuxDyn.pt"].array().to_list()
    return {"n_events": len(pts), "n_electrons": sum(1 for event in pts for pt in event if pt > 20_000.0)}


def _mass(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    total = [a + b for a, b in zip(_cartesian(first), _cartesian(second), strict=True)]
    energy, px, py, pz = total
    return math.sqrt(max(energy * energy - px * px - py * py - pz * pz, 0.0))


def _cartesian(muon: tuple[float, ...]) -> tuple[float, float, float, float]:
    pt, eta, phi, mass = muon
    px, py, pz = pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(eta)
    return math.sqrt(px * px + py * py + pz * pz + mass * mass), px, py, pz
