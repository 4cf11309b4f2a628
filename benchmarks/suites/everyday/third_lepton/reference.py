"""List of dilepton events without a third lepton."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import Momentum, delta_r, gap, mass_of, mean, objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ids and numbers; return the smallest relative distance to a cut on a mass or an angle."""
    c, distance = constants, 1.0
    numbers, types, masses = [], [], []
    for event in read_root(inputs / "mini.root", "mini", "eventNumber", "lep_*", "jet_*"):
        found = objects(event, "lep_", "pt", "eta", "phi", "E", "charge", "type", "isTightID")
        leptons = [lepton for lepton in found if lepton["pt"] > 1000 * c["lep_pt_veto"]]
        if len(leptons) != 2:
            continue
        one, two = sorted(leptons, key=lambda lepton: -lepton["pt"])
        if not is_pair(one, two, c):
            continue
        mass = mass_of(four(one), four(two)) / 1000
        jets = [jet for jet in objects(event, "jet_", "pt", "eta", "phi") if is_jet(jet, c)]
        away = [delta_r(jet, lepton) for jet in jets for lepton in (one, two)]
        distance = min(distance, gap(mass, c["m_low"], c["m_high"]), *(gap(each, c["dr_max"]) for each in away))
        if c["m_low"] < mass < c["m_high"] and not any(each < c["dr_max"] for each in away):
            numbers.append(event["eventNumber"])
            types.append(one["type"])
            masses.append(mass)
    save(outputs / "events.json", event_numbers=numbers)
    save(outputs / "numbers.json", n_ee=types.count(11), n_mumu=types.count(13), mean_mll=mean(masses))
    return distance


def is_pair(one: Mapping[str, Any], two: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether two leptons, the harder first, are tight, hard, of one flavour and opposite charge."""
    is_hard = one["pt"] >= 1000 * c["lep_pt_lead"] and two["pt"] >= 1000 * c["lep_pt_sub"]
    opposite = one["type"] == two["type"] and one["charge"] * two["charge"] < 0
    return bool(one["isTightID"] and two["isTightID"] and is_hard and opposite)


def is_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard and central."""
    return bool(jet["pt"] > 1000 * c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"])


def four(lepton: Mapping[str, Any]) -> Momentum:
    """Energy and momentum in MeV."""
    pt, phi = lepton["pt"], lepton["phi"]
    return (lepton["E"], pt * math.cos(phi), pt * math.sin(phi), pt * math.sinh(lepton["eta"]))
