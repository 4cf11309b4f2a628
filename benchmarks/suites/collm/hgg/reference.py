"""A resonance of two photons, in a signal and a background sample."""

import csv
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

PHOTON = 0
CUTS = ("all", "two_photons", "leading_pt", "relative_pt", "mass")
LIMITS = {
    "m": (110.0, 150.0),
    "pt1": (40.0, 90.0),
    "pt2": (30.0, 80.0),
    "pt_gg": (0.0, 100.0),
    "eta1": (-1.5, 1.5),
    "eta2": (-0.75, 0.75),
    "dr": (1.5, 4.0),
    "dphi": (0.0, 3.2),
    "cos_theta": (0.0, 1.0),
}
COLUMNS = ["event", "m", "pt1", "pt2", "pt_gg", "dr", "cos_theta"]


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
    """Write cutflow, histograms, features and a figure; return the smallest relative distance to a cut or an edge."""
    numbers, masses, distance = {}, {}, 1.0
    for sample in ("signal", "background"):
        histograms = {name: book(constants["n_bins"], *limits) for name, limits in LIMITS.items()}
        flow = [0] * len(CUTS)
        table: list[list[float]] = []
        for number, rows in read(inputs / f"{sample}.lhco"):
            passed, values = select(rows, constants)
            for cut in range(passed + 1):
                flow[cut] += 1
            distance = min(distance, closest(values, constants))
            if passed == len(CUTS) - 1:
                for name, histogram in histograms.items():
                    fill(histogram, values[name])
                table.append([number, *(values[name] for name in COLUMNS[1:])])
        write(outputs / f"{sample}.csv", COLUMNS, table)
        np.savez(outputs / f"{sample}.npz", **named(histograms))
        numbers[sample], masses[sample] = flow, histograms["m"]
    cutflow = list(zip(CUTS, numbers["signal"], numbers["background"], strict=True))
    write(outputs / "cutflow.csv", ["cut", "signal", "background"], cutflow)
    draw(outputs / "mass.png", masses)
    return distance


def select(rows: Sequence[Row], c: Mapping[str, Any]) -> tuple[int, dict[str, float]]:
    """How many cuts in a row are passed, and the values where there are two photons."""
    photons = [
        row
        for row in rows
        if row.kind == PHOTON
        and row.pt > c["pt_min"]
        and abs(row.eta) < c["eta_max"]
        and not c["crack_low"] <= abs(row.eta) < c["crack_high"]
    ]
    photons.sort(key=lambda photon: -photon.pt)
    if len(photons) < 2:
        return 0, {}
    values = describe(photons[0], photons[1])
    if not values["pt1"] > c["pt1_min"]:
        return 1, values
    if not (values["pt1"] / values["m"] > c["ratio1"] and values["pt2"] / values["m"] > c["ratio2"]):
        return 2, values
    return (4 if c["m_low"] < values["m"] < c["m_high"] else 3), values


def describe(one: Row, two: Row) -> dict[str, float]:
    """All quantities of a pair of photons."""
    dphi = difference(one.phi, two.phi)
    e, px, py, pz = (a + b for a, b in zip(momentum(one), momentum(two), strict=True))
    mass, pt = math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0)), math.hypot(px, py)
    rise = abs(math.sinh(one.eta - two.eta)) / math.sqrt(1 + (pt / mass) ** 2)
    return {
        "m": mass,
        "pt1": one.pt,
        "pt2": two.pt,
        "pt_gg": pt,
        "eta1": one.eta,
        "eta2": two.eta,
        "dr": math.hypot(one.eta - two.eta, dphi),
        "dphi": dphi,
        "cos_theta": rise * 2 * one.pt * two.pt / mass**2,
    }


def closest(values: Mapping[str, float], c: Mapping[str, Any]) -> float:
    """Smallest relative distance of a derived quantity to a cut or an edge."""
    if not values:
        return 1.0
    cuts = [
        gap(values["m"], [c["m_low"], c["m_high"]]),
        gap(values["pt1"] / values["m"], [c["ratio1"]]),
        gap(values["pt2"] / values["m"], [c["ratio2"]]),
    ]
    derived = ("m", "pt_gg", "dr", "dphi", "cos_theta")
    return min(*cuts, *(gap(values[name], book(c["n_bins"], *LIMITS[name])["edges"]) for name in derived))


def draw(path: Path, masses: Mapping[str, Mapping[str, Any]]) -> None:
    """Both mass histograms in one figure."""
    figure = Figure()
    axes = figure.subplots()
    for name, histogram in masses.items():
        axes.stairs(histogram["counts"], histogram["edges"], label=name)
    axes.set_xlabel("diphoton mass [GeV]")
    axes.set_ylabel("events")
    axes.legend()
    figure.savefig(path)


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
