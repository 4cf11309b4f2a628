"""Efficiency of a missing-momentum trigger against the offline cut."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save_table


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``eff.csv``."""
    events = read_root(inputs / "nano.root", "Events", "Muon_*", "*MET_pt", "HLT_*")
    sample = [event for event in events if event["HLT_IsoMu24"] and has_one_muon(event, constants)]
    rows = []
    for name in ("met_a", "met_b", "met_c"):
        cut = constants[name]
        probes = [event for event in sample if event["MET_pt"] > cut]
        passed = sum(1 for event in probes if event["HLT_PFMET60"])
        total = len(probes)
        eff = passed / total
        rows.append([cut, total, passed, eff, math.sqrt(eff * (1 - eff) / total)])
    save_table(outputs / "eff.csv", ["met_cut", "n_total", "n_pass", "eff", "err"], rows)


def has_one_muon(event: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether exactly one muon passes the cuts."""
    muons = objects(event, "Muon_", "pt", "eta")
    good = [muon for muon in muons if muon["pt"] > c["muon_pt"] and abs(muon["eta"]) < c["muon_eta"]]
    return len(good) == 1
