"""Counting experiment for a narrow resonance of two photons."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write the result; return the smallest relative distance to a cut."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["run", "event", "Photon_*"]).to_list()
    c = constants
    window, sidebands, distance = [], 0, 1.0
    for event in events:
        photons = good_photons(event, c)
        if len(photons) < 2:
            continue
        one, two = photons[0], photons[1]
        mass = pair_mass(one, two)
        distance = min(distance, gap(one[0] / mass, c["ratio"]))
        if not one[0] / mass > c["ratio"]:
            continue
        away = abs(mass - c["tested_mass"])
        distance = min(distance, gap(away, c["half_width"]), gap(away, c["inner"]), gap(away, c["outer"]))
        if away < c["half_width"]:
            window.append([event["run"], event["event"]])
        if c["inner"] < away < c["outer"]:
            sidebands += 1
    ratio = c["half_width"] / (c["outer"] - c["inner"])
    strength = significance(len(window), sidebands, ratio)
    result = {
        "window_events": window,
        "n_window": len(window),
        "n_sidebands": sidebands,
        "expected": sidebands * ratio,
        "significance": strength,
        "observed": strength >= c["threshold"],
    }
    (outputs / "result.json").write_text(json.dumps(result))
    return min(distance, gap(strength, c["threshold"]))


def good_photons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[tuple[float, float, float]]:
    """pt, eta and phi of the photons that pass all cuts, the hardest first."""
    columns = (event[f"Photon_{name}"] for name in ("pt", "eta", "phi", "cutBased"))
    photons = [
        (pt, eta, phi)
        for pt, eta, phi, grade in zip(*columns, strict=True)
        if pt > c["pt_min"] and abs(eta) < c["eta_max"] and grade >= 2
    ]
    return sorted(photons, reverse=True)


def pair_mass(one: tuple[float, float, float], two: tuple[float, float, float]) -> float:
    """Invariant mass of two massless particles in GeV."""
    return math.sqrt(2 * one[0] * two[0] * (math.cosh(one[1] - two[1]) - math.cos(one[2] - two[2])))


def significance(n_on: int, n_off: int, ratio: float) -> float:
    """Li and Ma, ApJ 272 (1983) 317, equation 17, with the sign of the excess."""
    total = n_on + n_off
    on = n_on * math.log((1 + ratio) / ratio * n_on / total) if n_on else 0.0
    off = n_off * math.log((1 + ratio) * n_off / total) if n_off else 0.0
    return math.copysign(math.sqrt(2 * max(on + off, 0.0)), n_on - ratio * n_off)


def gap(value: float, mark: float) -> float:
    """Relative distance to a cut."""
    return abs(value - mark) / mark
