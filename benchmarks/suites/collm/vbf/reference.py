"""A resonance of two taus by vector-boson fusion, in a signal and a background sample."""

import csv
import math
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

TAU, JET, MISSING = 3, 4, 6
CUTS = ("all", "two_taus", "two_jets", "opposite_sign", "b_veto", "m_jj", "deta_jj", "m_tt")
LIMITS = {
    "m_tt": (45.0, 125.0),
    "m_jj": (300.0, 1500.0),
    "deta_jj": (2.0, 7.0),
    "pt_tau1": (20.0, 100.0),
    "pt_tau2": (20.0, 80.0),
    "pt_j1": (40.0, 140.0),
    "pt_j2": (20.0, 100.0),
    "dr_tt": (0.5, 3.5),
    "met": (0.0, 100.0),
    "dphi_tt_jj": (0.0, 3.2),
    "centrality": (0.0, 1.0),
}
READ = ("pt_tau1", "pt_tau2", "pt_j1", "pt_j2", "met")


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
    numbers, distance = {}, 1.0
    for sample in ("signal", "background"):
        histograms = {name: book(constants["n_bins"], *limits) for name, limits in LIMITS.items()}
        flow = [0] * len(CUTS)
        table: list[list[float]] = []
        for number, rows in read(inputs / f"{sample}.lhco"):
            passed, values = select(rows, constants)
            for cut in range(passed + 1):
                flow[cut] += 1
            selected = passed == len(CUTS) - 1
            distance = min(distance, closest(values, constants, edges=selected))
            if selected:
                for name, histogram in histograms.items():
                    fill(histogram, values[name])
                table.append([number, values["m_tt"], values["m_jj"], values["centrality"]])
        write(outputs / f"{sample}.csv", ["event", "m_tt", "m_jj", "centrality"], table)
        np.savez(outputs / f"{sample}.npz", **named(histograms))
        numbers[sample] = flow
    cutflow = list(zip(CUTS, numbers["signal"], numbers["background"], strict=True))
    write(outputs / "cutflow.csv", ["cut", "signal", "background"], cutflow)
    return distance


def select(rows: Sequence[Row], c: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """How many cuts in a row are passed, and the values where there are two taus and two jets."""
    taus = [row for row in rows if row.kind == TAU and row.pt > c["tau_pt"] and abs(row.eta) < c["tau_eta"]]
    jets = [row for row in rows if row.kind == JET and row.pt >= c["jet_pt"] and abs(row.eta) < c["jet_eta"]]
    taus.sort(key=lambda tau: -tau.pt)
    jets.sort(key=lambda jet: -jet.pt)
    if len(taus) < 2:
        return 0, {}
    if len(jets) < 2:
        return 1, {}
    (missing,) = [row for row in rows if row.kind == MISSING]
    values = describe(taus[0], taus[1], jets[0], jets[1], missing)
    cuts = [
        taus[0].tracks * taus[1].tracks < 0,
        not any(jet.tag > 0 for jet in jets),
        values["m_jj"] > c["m_jj_min"],
        values["deta_jj"] > c["deta_min"],
        c["m_tt_low"] < values["m_tt"] < c["m_tt_high"],
    ]
    return 2 + len(list(takewhile(bool, cuts))), values


def describe(tau: Row, other: Row, one: Row, two: Row, missing: Row) -> dict[str, float]:
    """All quantities of an event."""
    _, tx, ty, tz = total([tau, other])
    _, jx, jy, _ = total([one, two])
    eta_tt = math.asinh(tz / math.hypot(tx, ty))
    span, away = one.eta - two.eta, eta_tt - (one.eta + two.eta) / 2
    return {
        "m_tt": mass_of([tau, other]),
        "m_jj": mass_of([one, two]),
        "deta_jj": abs(one.eta - two.eta),
        "pt_tau1": tau.pt,
        "pt_tau2": other.pt,
        "pt_j1": one.pt,
        "pt_j2": two.pt,
        "dr_tt": math.hypot(tau.eta - other.eta, difference(tau.phi, other.phi)),
        "met": missing.pt,
        "dphi_tt_jj": difference(math.atan2(ty, tx), math.atan2(jy, jx)),
        "centrality": math.exp(-4 * (away / span) ** 2) if span else 0.0,  # without span it fails a cut
    }


def closest(values: Mapping[str, float], c: Mapping[str, Any], *, edges: bool) -> float:
    """Smallest relative distance of a derived quantity to a cut or, if asked for, an edge."""
    if not values:
        return 1.0
    cuts = [
        gap(values["m_jj"], [c["m_jj_min"]]),
        gap(values["deta_jj"], [c["deta_min"]]),
        gap(values["m_tt"], [c["m_tt_low"], c["m_tt_high"]]),
    ]
    derived = [name for name in LIMITS if name not in READ] if edges else []
    return min(*cuts, *(gap(values[name], book(c["n_bins"], *LIMITS[name])["edges"]) for name in derived))


def mass_of(rows: Sequence[Row]) -> float:
    """Invariant mass of some objects."""
    e, px, py, pz = total(rows)
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def total(rows: Sequence[Row]) -> tuple[float, ...]:
    """Energy and momentum of some objects together."""
    return tuple(sum(parts) for parts in zip(*map(momentum, rows), strict=True))


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
