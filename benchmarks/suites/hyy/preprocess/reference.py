"""Selected diphoton events: simulated signal scaled to the luminosity, and the sidebands of the data as background."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np


class Pair(NamedTuple):
    """The two photons of an event that passes the selection; GeV."""

    mass: float
    pt: float


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write the arrays and ``yields.json``; return the smallest relative distance of a derived number to a cut."""
    c, distances = constants, [1.0]
    signal, data, bkgd = [], [], []
    for row in np.load(inputs / "signal_raw.npy").tolist():
        pair = selected(row, c, distances)
        if pair and near(pair.mass, c["half_window"], c, distances):
            weight = row[32] * row[34] * 1000 * c["lumi"] / row[33]
            signal.append([*row[:32], pair.mass, pair.pt, weight, row[42]])
    for row in np.load(inputs / "data_raw.npy").tolist():
        pair = selected(row, c, distances)
        if pair and near(pair.mass, c["half_range"], c, distances):
            data.append([*row[:32], pair.mass, pair.pt, 1.0, row[42]])
    side = [row for row in data if not near(row[32], c["half_window"], c, distances)]
    share = sideband_scale([row[32] for row in side], c)
    bkgd = [[*row[:34], share, row[35]] for row in side]
    for name, rows in (("signal", signal), ("bkgd", bkgd), ("data", data)):
        np.save(outputs / f"{name}.npy", np.array(rows, dtype=np.float64))
    yields = {
        "n_signal": len(signal),
        "n_bkgd": len(bkgd),
        "n_data": len(data),
        "signal_yield": sum(row[34] for row in signal),
        "bkgd_yield": sum(row[34] for row in bkgd),
    }
    (outputs / "yields.json").write_text(json.dumps(yields), encoding="utf-8")
    return min(distances)


def selected(row: Sequence[float], c: Mapping[str, Any], distances: list[float]) -> Pair | None:
    """The photon pair if the event passes; distances of what is derived to its cuts are added to the list."""
    pt1, eta1, phi1, pt2, eta2, phi2 = row[:6]
    if math.isnan(pt2) or row[41] != 1 or row[35] != 1 or row[36] != 1:
        return None
    if not (pt1 > c["pt_first"] and pt2 > c["pt_second"]):
        return None
    for eta in (eta1, eta2):
        if abs(eta) >= c["eta_max"] or c["crack_low"] <= abs(eta) < c["crack_high"]:
            return None
    for pt, cone in ((pt1, row[37]), (pt2, row[38]), (pt1, row[39]), (pt2, row[40])):
        distances.append(abs(cone / pt - c["iso_max"]))
        if not cone / pt < c["iso_max"]:
            return None
    mass = math.sqrt(2 * pt1 * pt2 * (math.cosh(eta1 - eta2) - math.cos(phi1 - phi2)))
    distances += [abs(pt1 / mass - c["ratio_first"]), abs(pt2 / mass - c["ratio_second"])]
    if not (pt1 / mass > c["ratio_first"] and pt2 / mass > c["ratio_second"]):
        return None
    px, py = pt1 * math.cos(phi1) + pt2 * math.cos(phi2), pt1 * math.sin(phi1) + pt2 * math.sin(phi2)
    return Pair(mass, math.hypot(px, py))


def near(mass: float, reach: float, c: Mapping[str, Any], distances: list[float]) -> bool:
    """Whether a mass is less than so many GeV from the hypothesis."""
    away = abs(mass - c["mass"])
    distances.append(abs(away / reach - 1))
    return bool(away < reach)


def sideband_scale(masses: Sequence[float], c: Mapping[str, Any]) -> float:
    """Background in the window for each event in the sidebands, of an exponential through both sidebands."""
    low = sum(1 for mass in masses if mass < c["mass"])
    slope = math.log(low / (len(masses) - low)) / (c["half_range"] + c["half_window"])
    if slope == 0:
        return float(c["half_window"] / (c["half_range"] - c["half_window"]))
    window, both = math.sinh(slope * c["half_window"]), math.sinh(slope * c["half_range"])
    return window / (both - window)
