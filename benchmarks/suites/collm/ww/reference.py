"""WW to a lepton, a neutrino and two jets."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ELECTRON, MUON, JET, MISSING = 1, 2, 4, 6


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
    """Write cutflow, histograms and features; return the smallest relative distance to a cut or an edge."""
    histograms = {name: book(constants["n_bins"], *limits) for name, limits in LIMITS.items()}
    cutflow = dict.fromkeys(("all", "one_lepton", "two_jets", "met", "b_veto", "mt", "m_jj", "dr_jj"), 0)
    table: list[dict[str, float]] = []
    distance = 1.0
    for number, rows in read(inputs / "events.lhco"):
        passed, values = select(rows, constants)
        for name in list(cutflow)[: passed + 1]:
            cutflow[name] += 1
        for name, marks in cut_values(constants).items():
            if name in values:
                distance = min(distance, gap(values[name], marks))
        if passed < len(cutflow) - 1:
            continue
        for name, histogram in histograms.items():
            fill(histogram, values[name])
            if name not in ("met", "pt_l", "pt_j1", "pt_j2", "eta_l"):
                distance = min(distance, gap(values[name], histogram["edges"]))
        table.append({"event": number, **{name: values[name] for name in COLUMNS[1:]}})
    (outputs / "cutflow.json").write_text(json.dumps(cutflow))
    np.savez(outputs / "histograms.npz", **named(histograms))
    with (outputs / "features.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    return distance


LIMITS = {
    "mt": (50.0, 110.0),
    "m_jj": (60.0, 100.0),
    "met": (20.0, 180.0),
    "pt_l": (30.0, 190.0),
    "pt_j1": (40.0, 200.0),
    "pt_j2": (30.0, 110.0),
    "dr_jj": (0.5, 3.5),
    "dphi_l_met": (0.0, 3.2),
    "eta_l": (-1.25, 1.25),
    "dphi_ww": (0.0, 3.2),
}
COLUMNS = ["event", "mt", "m_jj", "met", "pt_l", "dr_jj", "dphi_ww"]


def select(rows: Sequence[Row], constants: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """How many cuts in a row are passed, and the values known by then."""
    c = constants
    leptons = [
        row for row in rows if row.kind == ELECTRON and row.pt > c["electron_pt"] and abs(row.eta) < c["electron_eta"]
    ]
    leptons += [row for row in rows if row.kind == MUON and row.pt > c["muon_pt"] and abs(row.eta) < c["muon_eta"]]
    jets = [row for row in rows if row.kind == JET and row.pt > c["jet_pt"] and abs(row.eta) < c["jet_eta"]]
    jets.sort(key=lambda jet: -jet.pt)
    if len(leptons) != 1:
        return 0, {}
    if len(jets) < 2:
        return 1, {}
    (missing,) = [row for row in rows if row.kind == MISSING]
    values = describe(leptons[0], jets[0], jets[1], missing)
    cuts = [
        missing.pt > c["met_min"],
        not any(jet.tag > 0 for jet in jets),
        c["mt_low"] < values["mt"] < c["mt_high"],
        c["m_jj_low"] < values["m_jj"] < c["m_jj_high"],
        values["dr_jj"] < c["dr_jj_max"],
    ]
    return 2 + len(list(takewhile(bool, cuts))), values


def describe(lepton: Row, one: Row, two: Row, missing: Row) -> dict[str, float]:
    """All quantities of an event."""
    dphi = difference(lepton.phi, missing.phi)
    px, py = (lepton.pt * f(lepton.phi) + missing.pt * f(missing.phi) for f in (math.cos, math.sin))
    e, jx, jy, jz = (a + b for a, b in zip(momentum(one), momentum(two), strict=True))
    return {
        "mt": math.sqrt(2 * lepton.pt * missing.pt * (1 - math.cos(dphi))),
        "m_jj": math.sqrt(max(e * e - jx * jx - jy * jy - jz * jz, 0.0)),
        "met": missing.pt,
        "pt_l": lepton.pt,
        "pt_j1": one.pt,
        "pt_j2": two.pt,
        "dr_jj": math.hypot(one.eta - two.eta, difference(one.phi, two.phi)),
        "dphi_l_met": dphi,
        "eta_l": lepton.eta,
        "dphi_ww": difference(math.atan2(py, px), math.atan2(jy, jx)),
    }


def cut_values(c: Mapping[str, Any]) -> dict[str, list[float]]:
    """Cuts on derived quantities."""
    return {
        "mt": [c["mt_low"], c["mt_high"]],
        "m_jj": [c["m_jj_low"], c["m_jj_high"]],
        "dr_jj": [c["dr_jj_max"]],
    }


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
