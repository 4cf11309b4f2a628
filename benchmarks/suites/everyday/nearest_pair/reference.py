"""Lepton pair nearest to a mass."""

from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    gap,
    mass_of,
    momentum,
    objects,
    pt_of,
    read_root,
    save,
    save_table,
)


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write candidates and numbers; return the smallest relative distance to another choice or the window."""
    c, distance, rejected = constants, 1.0, 0
    rows: list[list[Any]] = []
    for event in read_root(inputs / "nano.root", "Events", "event", "Electron_*", "Muon_*"):
        pairs = pairs_of(good_electrons(event, c), 11) + pairs_of(good_muons(event, c), 13)
        if not pairs:
            continue
        best, *others = sorted(pairs, key=lambda pair: abs(pair["mass"] - c["mass"]))
        away = abs(best["mass"] - c["mass"])
        distance = min([distance, *((abs(each["mass"] - c["mass"]) - away) / c["mass"] for each in others)])
        distance = min(distance, gap(best["mass"], c["mass"] - c["half_window"], c["mass"] + c["half_window"]))
        if abs(best["mass"] - c["mass"]) > c["half_window"]:
            rejected += 1
        else:
            rows.append([event["event"], best["flavour"], best["mass"], best["pt"]])
    save_table(outputs / "candidates.csv", ["event", "flavour", "mass", "pt"], rows)
    flavours = [row[1] for row in rows]
    save(outputs / "summary.json", n_ee=flavours.count(11), n_mumu=flavours.count(13), n_rejected=rejected)
    return distance


def pairs_of(leptons: list[dict[str, Any]], flavour: int) -> list[dict[str, Any]]:
    """All pairs of opposite charge."""
    pairs = []
    for one, two in combinations(leptons, 2):
        if one["charge"] * two["charge"] < 0:
            momenta = [momentum(each, each["mass"]) for each in (one, two)]
            pairs.append({"flavour": flavour, "mass": mass_of(*momenta), "pt": pt_of(*momenta)})
    return pairs


def good_electrons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Electrons that pass the cuts."""
    good = []
    for lepton in objects(event, "Electron_", "pt", "eta", "phi", "mass", "charge", "cutBased"):
        is_central = abs(lepton["eta"]) < c["electron_eta"]
        if lepton["pt"] > c["electron_pt"] and is_central and lepton["cutBased"] >= 2:
            good.append(lepton)
    return good


def good_muons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Muons that pass the cuts."""
    good = []
    for lepton in objects(event, "Muon_", "pt", "eta", "phi", "mass", "charge", "looseId"):
        is_central = abs(lepton["eta"]) < c["muon_eta"]
        if lepton["pt"] > c["muon_pt"] and is_central and lepton["looseId"]:
            good.append(lepton)
    return good
