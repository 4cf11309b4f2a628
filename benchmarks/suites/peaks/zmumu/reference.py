"""A resonance of two muons: events, spectrum and fitted position."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import uproot
from scipy.optimize import minimize
from scipy.special import voigt_profile


class Muon(NamedTuple):
    """One muon, GeV and radians."""

    pt: float
    eta: float
    phi: float
    mass: float
    charge: int


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write events, histogram and fit; return the smallest relative distance to a cut or an edge."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["run", "event", "Muon_*"]).to_list()
    low, high, n_bins = constants["m_low"], constants["m_high"], constants["n_bins"]
    edges = [low + (high - low) * number / n_bins for number in range(n_bins + 1)]
    counts, selected, masses, distance = [0] * n_bins, [], [], 1.0
    for event in events:
        mass = dimuon(event, constants)
        if mass is None:
            continue
        distance = min(distance, *(abs(mass - edge) / edge for edge in edges))
        if low < mass < high:
            selected.append([event["run"], event["event"]])
            masses.append(mass)
            counts[sum(1 for edge in edges if edge <= mass) - 1] += 1
    (outputs / "selected.json").write_text(json.dumps({"events": selected}))
    np.savez(outputs / "mass.npz", counts=counts, edges=edges)
    peak, error = fit(masses, constants)
    (outputs / "fit.json").write_text(json.dumps({"n_selected": len(masses), "peak": peak, "peak_error": error}))
    return distance


def dimuon(event: Mapping[str, Any], c: Mapping[str, Any]) -> float | None:
    """Mass of the two hardest good muons in GeV; None where the event is not selected."""
    names = ("pt", "eta", "phi", "mass", "charge", "tightId", "pfRelIso04_all")
    muons = []
    for *values, is_tight, isolation in zip(*(event[f"Muon_{name}"] for name in names), strict=True):
        muon = Muon(*values)
        if muon.pt > c["pt_min"] and abs(muon.eta) < c["eta_max"] and is_tight and isolation < c["iso_max"]:
            muons.append(muon)
    muons.sort(key=lambda muon: -muon.pt)
    if len(muons) < 2:
        return None
    one, two = muons[0], muons[1]
    if one.charge * two.charge > 0 or not one.pt >= c["pt_lead"]:
        return None
    e, px, py, pz = (a + b for a, b in zip(momentum(one), momentum(two), strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def momentum(muon: Muon) -> tuple[float, float, float, float]:
    """Energy and momentum of a muon."""
    px, py, pz = muon.pt * math.cos(muon.phi), muon.pt * math.sin(muon.phi), muon.pt * math.sinh(muon.eta)
    return math.sqrt(px * px + py * py + pz * pz + muon.mass**2), px, py, pz


def fit(masses: Sequence[float], c: Mapping[str, Any]) -> tuple[float, float]:
    """Position of the peak and its uncertainty from the curvature of the likelihood, both in GeV."""
    values, low, high = np.array(masses), c["m_low"], c["m_high"]
    grid = np.linspace(low, high, 1001)

    def shape(x: Any, mean: float, log_resolution: float, fraction: float, slope: float) -> Any:
        peak = voigt_profile(x - mean, math.exp(log_resolution), c["width"] / 2)
        area = np.trapezoid(voigt_profile(grid - mean, math.exp(log_resolution), c["width"] / 2), grid)
        background = np.exp(-slope * (x - low) / 20)
        background_area = np.trapezoid(np.exp(-slope * (grid - low) / 20), grid)
        return fraction * peak / area + (1 - fraction) * background / background_area

    def loss(parameters: Any) -> float:
        return -float(np.log(np.maximum(shape(values, *parameters), 1e-300)).sum())

    start = [float(np.median(values)), 0.0, 0.7, 0.5]
    best = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-5, "fatol": 1e-6, "maxiter": 4000}).x
    return float(best[0]), curvature_error(loss, best)


def curvature_error(loss: Any, best: Any) -> float:
    """Uncertainty of the first parameter from the inverse of the second derivatives."""
    n, steps = len(best), np.array([0.01, 0.02, 0.01, 0.02])[: len(best)]
    second = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            one, two = np.eye(n)[i] * steps, np.eye(n)[j] * steps
            corners = loss(best + one + two) - loss(best + one - two) - loss(best - one + two) + loss(best - one - two)
            second[i, j] = corners / (4 * steps[i] * steps[j])
    return math.sqrt(np.linalg.inv(second)[0, 0])
