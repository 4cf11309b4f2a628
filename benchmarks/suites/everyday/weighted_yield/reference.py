"""Weighted yield of e mu events with a b-jet."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save

FACTORS = ("PILEUP", "ELE", "MUON", "LepTRIGGER", "BTAG")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``yield.json``."""
    c, n_b_jets, weights = constants, 0, []
    for event in read_root(inputs / "mini.root", "mini"):
        b_jets = [jet for jet in objects(event, "jet_", "pt", "eta", "MV2c10") if is_b_jet(jet, c)]
        if not b_jets or not is_electron_muon(event, c):
            continue
        n_b_jets += len(b_jets)
        weight = event["mcWeight"]
        for name in FACTORS:
            weight *= event[f"scaleFactor_{name}"]
        weights.append(weight * 1000 * event["XSection"] * c["lumi"] / event["SumWeights"])
    total = sum(weights)
    squares = sum(weight * weight for weight in weights)
    save(
        outputs / "yield.json",
        n_raw=len(weights),
        n_bjets=n_b_jets,
        expected=total,
        error=math.sqrt(squares),
        n_effective=total**2 / squares,
    )


def is_electron_muon(event: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """An electron and a muon of opposite charge, and no other lepton."""
    found = objects(event, "lep_", "pt", "eta", "charge", "type", "isTightID")
    leptons = [lepton for lepton in found if is_lepton(lepton, c)]
    types = sorted(lepton["type"] for lepton in leptons)
    charges = sorted(lepton["charge"] for lepton in leptons)
    return types == [11, 13] and charges == [-1, 1]


def is_lepton(lepton: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a lepton is tight, hard and central."""
    is_hard = lepton["pt"] > 1000 * c["lep_pt"] and abs(lepton["eta"]) < c["lep_eta"]
    return bool(is_hard and lepton["isTightID"])


def is_b_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard, central and tagged."""
    is_central = jet["pt"] >= 1000 * c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"]
    return bool(is_central and jet["MV2c10"] > c["mv2_min"])
