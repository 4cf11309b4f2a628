"""Weighted cutflow of a b-jet selection."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save_table

CUTS = ("all", "trigger", "lepton", "bjet", "met")
FACTORS = ("PILEUP", "LepTRIGGER", "BTAG")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``cutflow.csv``."""
    n_raw, sum_w = dict.fromkeys(CUTS, 0), dict.fromkeys(CUTS, 0.0)
    for event in read_root(inputs / "mini.root", "mini"):
        weight = event["mcWeight"]
        for factor in FACTORS:
            weight *= event[f"scaleFactor_{factor}"]
        for name, passes in zip(CUTS, decisions(event, constants), strict=True):
            if not passes:
                break
            n_raw[name] += 1
            sum_w[name] += weight
    rows, before = [], n_raw["all"]
    for name in CUTS:
        rows.append([name, n_raw[name], sum_w[name], n_raw[name] / before])
        before = n_raw[name]
    save_table(outputs / "cutflow.csv", ["cut", "n_raw", "sum_w", "efficiency"], rows)


def decisions(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[bool]:
    """Whether an event passes each of the cuts by itself."""
    jets = objects(event, "jet_", "pt", "MV2c10")
    return [
        True,
        event["trigE"] or event["trigM"],
        any(pt > 1000 * c["lep_pt"] for pt in event["lep_pt"]),
        any(is_b_jet(jet, c) for jet in jets),
        event["met_et"] > 1000 * c["met_min"],
    ]


def is_b_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard and tagged."""
    return bool(jet["pt"] >= 1000 * c["jet_pt"] and jet["MV2c10"] > c["mv2_min"])
