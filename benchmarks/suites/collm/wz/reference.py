"""WZ to three leptons."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from itertools import combinations, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ELECTRON, MUON, MISSING = 1, 2, 6
CUTS = ("all", "three_leptons", "ossf_pair", "z_window", "met", "lw_pt", "mt_w")
LIMITS = {
    "m_z": (75.0, 105.0),
    "mt_w": (30.0, 110.0),
    "met": (20.0, 120.0),
    "pt_3l": (0.0, 100.0),
    "pt_z": (10.0, 130.0),
    "pt_lw": (20.0, 100.0),
    "dphi_z_met": (0.0, 3.2),
    "m_3l": (110.0, 350.0),
    "dr_z": (0.5, 3.5),
    "eta_lw": (-1.25, 1.25),
}
READ = ("met", "pt_lw", "eta_lw")


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
    """Write cutflow, histograms and candidates; return the smallest relative distance to a cut, edge or other pair."""
    histograms = {name: book(constants["n_bins"], *limits) for name, limits in LIMITS.items()}
    cutflow = dict.fromkeys(CUTS, 0)
    table: list[list[float]] = []
    distance = 1.0
    for number, rows in read(inputs / "events.lhco"):
        passed, values, lead = select(rows, constants)
        for name in CUTS[: passed + 1]:
            cutflow[name] += 1
        distance = min(distance, lead)
        if values:
            distance = min(distance, gap(values["m_z"], [constants["z_low"], constants["z_high"]]))
            distance = min(distance, gap(values["mt_w"], [constants["mt_w_min"]]))
        if passed < len(CUTS) - 1:
            continue
        for name, histogram in histograms.items():
            fill(histogram, values[name])
            if name not in READ:
                distance = min(distance, gap(values[name], histogram["edges"]))
        table.append([number, values["m_z"], values["m_3l"], values["mt_w"]])
    (outputs / "cutflow.json").write_text(json.dumps(cutflow))
    np.savez(outputs / "histograms.npz", **named(histograms))
    with (outputs / "candidates.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["event", "m_z", "m_3l", "mt_w"], *table])
    return distance


def select(rows: Sequence[Row], c: Mapping[str, Any]) -> tuple[int, dict[str, float], float]:
    """How many cuts in a row are passed, the values where there is a pair, and how clearly it is the best one."""
    leptons = [
        row
        for row in rows
        if (row.kind == ELECTRON and row.pt > c["electron_pt"] and abs(row.eta) < c["electron_eta"])
        or (row.kind == MUON and row.pt > c["muon_pt"] and abs(row.eta) < c["muon_eta"])
    ]
    if len(leptons) != 3:
        return 0, {}, 1.0
    pairs = [
        (abs(mass_of(pair) - c["z_mass"]), pair)
        for pair in combinations(leptons, 2)
        if pair[0].kind == pair[1].kind and pair[0].tracks * pair[1].tracks < 0
    ]
    if not pairs:
        return 1, {}, 1.0
    pairs.sort(key=lambda each: each[0])
    lead = (pairs[1][0] - pairs[0][0]) / c["z_mass"] if len(pairs) > 1 else 1.0
    pair = pairs[0][1]
    (third,) = [lepton for lepton in leptons if lepton not in pair]
    (missing,) = [row for row in rows if row.kind == MISSING]
    values = describe(pair, third, missing)
    cuts = [
        c["z_low"] < values["m_z"] < c["z_high"],
        missing.pt > c["met_min"],
        third.pt >= c["lw_pt"],
        values["mt_w"] > c["mt_w_min"],
    ]
    return 2 + len(list(takewhile(bool, cuts))), values, lead


def describe(pair: Sequence[Row], third: Row, missing: Row) -> dict[str, float]:
    """All quantities of an event."""
    dphi = difference(third.phi, missing.phi)
    _, zx, zy, _ = total(pair)
    _, px, py, _ = total([*pair, third])
    return {
        "m_z": mass_of(pair),
        "mt_w": math.sqrt(2 * third.pt * missing.pt * (1 - math.cos(dphi))),
        "met": missing.pt,
        "pt_3l": math.hypot(px, py),
        "pt_z": math.hypot(zx, zy),
        "pt_lw": third.pt,
        "dphi_z_met": difference(math.atan2(zy, zx), missing.phi),
        "m_3l": mass_of([*pair, third]),
        "dr_z": math.hypot(pair[0].eta - pair[1].eta, difference(pair[0].phi, pair[1].phi)),
        "eta_lw": third.eta,
    }


def mass_of(rows: Sequence[Row]) -> float:
    """Invariant mass of some leptons."""
    e, px, py, pz = total(rows)
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def total(rows: Sequence[Row]) -> tuple[float, ...]:
    """Energy and momentum of some leptons together."""
    return tuple(sum(parts) for parts in zip(*map(momentum, rows), strict=True))


def difference(phi: float, other: float) -> float:
    """Angle between two azimuths, 0 ... pi."""
    angle = abs(phi - other)
    return 2 * math.pi - angle if angle > math.pi else angle


def momentum(row: Row) -> tuple[float, float, float, float]:
    """Energy and momentum of a massless object."""
    px, py, pz = row.pt * math.cos(row.phi), row.pt * math.sin(row.phi), row.pt * math.sinh(row.eta)
    return math.sqrt(px * px + py * py + pz * pz), px, py, pz


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
