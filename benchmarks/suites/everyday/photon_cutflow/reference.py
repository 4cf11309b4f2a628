"""Cutflow of photon plus jet events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import angle, delta_r, gap, objects, read_root, save, save_arrays

CUTS = ("all", "trigger", "photon", "jet", "back_to_back", "met")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write cutflow and ratios; return the smallest relative distance to a cut on an angle."""
    cutflow, balance, distance = dict.fromkeys(CUTS, 0), [], 1.0
    for event in read_root(inputs / "nano.root", "Events", "HLT_*", "MET_pt", "Photon_*", "Jet_*"):
        passed, ratio, nearest = select(event, constants)
        distance = min(distance, nearest)
        for name in CUTS[: passed + 1]:
            cutflow[name] += 1
        if passed == len(CUTS) - 1:
            balance.append(ratio)
    save(outputs / "cutflow.json", **cutflow)
    save_arrays(outputs / "balance.npz", balance=balance)
    return distance


def select(event: Mapping[str, Any], c: Mapping[str, Any]) -> tuple[int, float, float]:
    """How many cuts are passed, jet over photon pt where known, and the smallest distance to a cut on an angle."""
    if not event["HLT_Photon30"]:
        return 0, 0.0, 1.0
    photons = [each for each in objects(event, "Photon_", "pt", "eta", "phi", "cutBased") if is_photon(each, c)]
    if not photons:
        return 1, 0.0, 1.0
    photon = max(photons, key=lambda each: each["pt"])
    near = [jet for jet in objects(event, "Jet_", "pt", "eta", "phi") if is_jet(jet, c)]
    distance = min((gap(delta_r(jet, photon), c["dr_min"]) for jet in near), default=1.0)
    jets = [jet for jet in near if delta_r(jet, photon) > c["dr_min"]]
    if not jets:
        return 2, 0.0, distance
    jet = max(jets, key=lambda each: each["pt"])
    ratio = jet["pt"] / photon["pt"]
    distance = min(distance, gap(angle(photon["phi"], jet["phi"]), c["dphi_min"]))
    if not angle(photon["phi"], jet["phi"]) > c["dphi_min"]:
        return 3, ratio, distance
    return (5 if event["MET_pt"] < c["met_max"] else 4), ratio, distance


def is_photon(photon: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a photon is hard, identified and outside of the crack."""
    eta = abs(photon["eta"])
    in_range = eta < c["photon_eta"] and not c["crack_low"] <= eta <= c["crack_high"]
    return bool(photon["pt"] >= c["photon_pt"] and in_range and photon["cutBased"] >= 2)


def is_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard and central."""
    return bool(jet["pt"] > c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"])
