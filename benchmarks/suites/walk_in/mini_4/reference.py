"""Fake leptons from four regions."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    edges_of,
    fill,
    gap,
    objects,
    read_root,
    save_arrays,
    save_table,
)  # fmt: skip

FLAVOURS = {11: "e", 13: "mu"}


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write table and histograms; return the smallest relative distance to a cut or an edge."""
    c, distance = constants, math.inf
    edges = edges_of(c["n_bins"], 0, c["mt_high"])
    numbers = {flavour: dict.fromkeys("ABCD", 0) for flavour in FLAVOURS.values()}
    masses: dict[str, list[float]] = {flavour: [] for flavour in FLAVOURS.values()}
    for event in read_root(inputs / "mini.root", "mini", "lep_*", "jet_*", "met_*"):
        leptons = good_leptons(event, c)
        if len(leptons) != 1 or n_b_jets(event, c) >= 2:
            continue
        lepton = leptons[0]
        is_isolated = lepton["ptcone30"] / lepton["pt"] < c["rel_max"]
        is_high = event["met_et"] >= 1000 * c["met_min"]
        region = ("A" if is_high else "B") if is_isolated else ("C" if is_high else "D")
        flavour, mt = FLAVOURS[lepton["type"]], transverse_mass(lepton, event)
        numbers[flavour][region] += 1
        if region == "B":
            masses[flavour].append(mt)
        distance = min(distance, gap(lepton["ptcone30"] / lepton["pt"], c["rel_max"]), gap(mt, *edges[1:]))
    rows = []
    for flavour, n in numbers.items():
        estimate = n["B"] * n["C"] / n["D"]
        error = estimate * math.sqrt(1 / n["B"] + 1 / n["C"] + 1 / n["D"])
        mine = [flavour, *n.values(), estimate, error]
        rows.append(mine)
    save_table(outputs / "regions.csv", ["flavour", "n_A", "n_B", "n_C", "n_D", "estimate", "error"], rows)
    counts = {f"counts_{flavour}": fill(values, edges) for flavour, values in masses.items()}
    save_arrays(outputs / "control.npz", **counts, edges=edges)
    return distance


def good_leptons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Leptons that are hard and central."""
    leptons = objects(event, "lep_", "pt", "eta", "phi", "type", "ptcone30")
    return [each for each in leptons if each["pt"] > 1000 * c["lep_pt"] and abs(each["eta"]) < c["lep_eta"]]


def n_b_jets(event: Mapping[str, Any], c: Mapping[str, Any]) -> int:
    """Number of jets that are hard and tagged."""
    jets = objects(event, "jet_", "pt", "MV2c10")
    return sum(1 for jet in jets if jet["pt"] > 1000 * c["jet_pt"] and jet["MV2c10"] >= c["mv2_min"])


def transverse_mass(lepton: Mapping[str, Any], event: Mapping[str, Any]) -> float:
    """Of a lepton and the missing momentum, GeV."""
    square = lepton["pt"] * event["met_et"] * (1 - math.cos(lepton["phi"] - event["met_phi"]))
    return math.sqrt(2 * square) / 1000
