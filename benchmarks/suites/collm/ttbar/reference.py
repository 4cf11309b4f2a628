"""Semileptonic top pairs."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ELECTRON, MUON, JET, MISSING = 1, 2, 4, 6
CUTS = ("all", "one_lepton", "four_jets", "two_b", "met", "mt")
LIMITS = {
    "mt": (50.0, 90.0),
    "met": (30.0, 150.0),
    "pt_b1": (60.0, 140.0),
    "pt_b2": (20.0, 80.0),
    "m_w": (60.0, 100.0),
    "m_top": (120.0, 220.0),
    "dr_lb": (0.5, 3.5),
    "ht": (200.0, 600.0),
    "eta_b1": (-1.25, 1.25),
}
READ = ("met", "pt_b1", "pt_b2", "eta_b1", "n_jets")


class Row(NamedTuple):
    """One object, GeV and radians."""

    kind: int
    eta: float
    phi: float
    pt: float
    mass: float
    tracks: float
    tag: float


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write cutflow, histograms and candidates; return the smallest relative distance to a cut or an edge."""
    histograms = {name: book(constants["n_bins"], *limits) for name, limits in LIMITS.items()}
    histograms["n_jets"] = book(6, 3.5, 9.5)
    numbers = [0] * len(CUTS)
    table: list[list[float]] = []
    distance = 1.0
    for number, rows in read(inputs / "events.lhco"):
        passed, values = select(rows, constants)
        for cut in range(passed + 1):
            numbers[cut] += 1
        if "mt" in values:
            distance = min(distance, gap(values["mt"], [constants["mt_low"], constants["mt_high"]]))
        if passed < len(CUTS) - 1:
            continue
        for name in values:
            fill(histograms[name], values[name])
            if name not in READ:
                distance = min(distance, gap(values[name], histograms[name]["edges"]))
        if "m_w" in values:
            table.append([number, values["m_w"], values["m_top"]])
    write(outputs / "cutflow.csv", ["cut", "events"], list(zip(CUTS, numbers, strict=True)))
    write(outputs / "candidates.csv", ["event", "m_w", "m_top"], table)
    np.savez(outputs / "histograms.npz", **named(histograms))
    return distance


def select(rows: Sequence[Row], c: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """How many cuts in a row are passed, and the values known by then."""
    leptons = [
        row
        for row in rows
        if (row.kind == ELECTRON and row.pt > c["electron_pt"] and abs(row.eta) < c["electron_eta"])
        or (row.kind == MUON and row.pt > c["muon_pt"] and abs(row.eta) < c["muon_eta"])
    ]
    jets = [row for row in rows if row.kind == JET and row.pt >= c["jet_pt"] and abs(row.eta) < c["jet_eta"]]
    jets.sort(key=lambda jet: -jet.pt)
    tagged = [jet for jet in jets if jet.tag > 0]
    if len(leptons) != 1:
        return 0, {}
    if len(jets) < 4:
        return 1, {}
    if len(tagged) < 2:
        return 2, {}
    (missing,) = [row for row in rows if row.kind == MISSING]
    if not missing.pt > c["met_min"]:
        return 3, {}
    values = describe(leptons[0], jets, tagged, missing)
    return (5 if c["mt_low"] < values["mt"] < c["mt_high"] else 4), values


def describe(lepton: Row, jets: Sequence[Row], tagged: Sequence[Row], missing: Row) -> dict[str, float]:
    """All quantities of an event; masses only with two light jets."""
    light = [jet for jet in jets if not jet.tag > 0]
    dphi = difference(lepton.phi, missing.phi)
    values = {
        "mt": math.sqrt(2 * lepton.pt * missing.pt * (1 - math.cos(dphi))),
        "met": missing.pt,
        "pt_b1": tagged[0].pt,
        "pt_b2": tagged[1].pt,
        "dr_lb": min(math.hypot(lepton.eta - jet.eta, difference(lepton.phi, jet.phi)) for jet in tagged),
        "ht": sum(jet.pt for jet in jets),
        "n_jets": len(jets),
        "eta_b1": tagged[0].eta,
    }
    if len(light) >= 2:
        values["m_w"] = mass_of(light[:2])
        values["m_top"] = mass_of([*light[:2], tagged[0]])
    return values


def mass_of(rows: Sequence[Row]) -> float:
    """Invariant mass of some objects."""
    e, px, py, pz = (sum(parts) for parts in zip(*map(momentum, rows), strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def write(path: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a table."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def difference(phi: float, other: float) -> float:
    """Angle between two azimuths, 0 ... pi."""
    angle = abs(phi - other)
    return 2 * math.pi - angle if angle > math.pi else angle


def momentum(row: Row) -> tuple[float, float, float, float]:
    """Energy and momentum of an object."""
    px, py, pz = row.pt * math.cos(row.phi), row.pt * math.sin(row.phi), row.pt * math.sinh(row.eta)
    return math.sqrt(px * px + py * py + pz * pz + row.mass**2), px, py, pz


def read(path: Path) -> list[tuple[int, list[Row]]]:
    """Number and objects of each event."""
    events: list[tuple[int, list[Row]]] = []
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "0":
            events.append((int(words[1]), []))
        else:
            events[-1][1].append(Row(int(words[1]), *map(float, words[2:8])))
    return events


def gap(value: float, marks: Sequence[float]) -> float:
    """Smallest relative distance to a mark."""
    return min(abs(value - mark) / max(abs(mark), abs(value)) for mark in marks if value or mark)


def book(n_bins: int, low: float, high: float) -> dict[str, Any]:
    """An empty histogram."""
    edges = [low + (high - low) * number / n_bins for number in range(n_bins + 1)]
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


def named(histograms: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The arrays of all histograms by name."""
    return {f"{name}_{part}": value for name, each in histograms.items() for part, value in each.items()}
