"""Visible mass of muon and hadronic tau."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    delta_r,
    draw,
    edges_of,
    fill,
    gap,
    mass_of,
    mean,
    momentum,
    objects,
    read_root,
    save,
    save_arrays,
)


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write histograms, plot and numbers; return the smallest relative distance to a cut or an edge."""
    c, distance = constants, 1.0
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    masses: dict[str, list[float]] = {"os": [], "ss": []}
    for event in read_root(inputs / "nano.root", "Events", "Muon_*", "Tau_*", "MET_*"):
        muons = good_muons(event, c)
        if len(muons) != 1:
            continue
        tau, nearest = chosen_tau(event, muons[0], c)
        distance = min(distance, nearest)
        if tau is None:
            continue
        muon = muons[0]
        mt = transverse_mass(muon, event)
        mass = mass_of(momentum(muon, muon["mass"]), momentum(tau, tau["mass"]))
        distance = min(distance, gap(mt, c["mt_max"]), gap(mass, *edges))
        if mt < c["mt_max"]:
            masses["os" if muon["charge"] * tau["charge"] < 0 else "ss"].append(mass)
    counts = {f"{sign}_counts": fill(values, edges) for sign, values in masses.items()}
    save_arrays(outputs / "vis_mass.npz", **counts, edges=edges)
    draw(outputs / "vis_mass.png", edges, "visible mass [GeV]", **counts)
    save(outputs / "result.json", n_os=len(masses["os"]), n_ss=len(masses["ss"]), mean_vis_mass=mean(masses["os"]))
    return distance


def chosen_tau(event: Mapping[str, Any], muon: Mapping[str, Any], c: Mapping[str, Any]) -> tuple[Any, float]:
    """The hardest good tau away from the muon, or None; and the smallest distance to the cut on that."""
    near = [tau for tau in objects(event, "Tau_", "pt", "eta", "phi", "mass", "charge", "idVSjet") if is_tau(tau, c)]
    distance = min((gap(delta_r(tau, muon), c["dr_min"]) for tau in near), default=1.0)
    taus = [tau for tau in near if delta_r(tau, muon) > c["dr_min"]]
    return (max(taus, key=lambda tau: tau["pt"]) if taus else None), distance


def transverse_mass(muon: Mapping[str, Any], event: Mapping[str, Any]) -> float:
    """Of muon and missing momentum, GeV."""
    return math.sqrt(2 * muon["pt"] * event["MET_pt"] * (1 - math.cos(muon["phi"] - event["MET_phi"])))


def good_muons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Muons that pass the cuts."""
    good = []
    for muon in objects(event, "Muon_", "pt", "eta", "phi", "mass", "charge", "tightId", "pfRelIso04_all"):
        is_hard = muon["pt"] > c["muon_pt"] and abs(muon["eta"]) < c["muon_eta"]
        if is_hard and muon["tightId"] and muon["pfRelIso04_all"] < c["iso_max"]:
            good.append(muon)
    return good


def is_tau(tau: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a tau is hard, central and identified."""
    return bool(tau["pt"] >= c["tau_pt"] and abs(tau["eta"]) < c["tau_eta"] and tau["idVSjet"] >= 15)
