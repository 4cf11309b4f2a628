"""Transverse mass of W candidates."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import edges_of, fill, gap, mean, objects, read_root, save, save_arrays


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write histogram and numbers; return the smallest relative distance to an edge."""
    c = constants
    edges = edges_of(c["n_bins"], 0, c["mt_high"])
    plus: list[float] = []
    minus: list[float] = []
    for event in read_root(inputs / "mini.root", "mini", "lep_*", "met_*"):
        leptons = objects(event, "lep_", "pt", "eta", "phi", "charge", "isTightID")
        if len(leptons) != 1 or not is_good(leptons[0], c):
            continue
        if event["met_et"] >= 1000 * c["met_min"]:
            (plus if leptons[0]["charge"] > 0 else minus).append(transverse_mass(leptons[0], event))
    counts = {"counts_plus": fill(plus, edges), "counts_minus": fill(minus, edges)}
    save_arrays(outputs / "mt.npz", **counts, edges=edges)
    save(outputs / "result.json", n_plus=len(plus), n_minus=len(minus), mean_mt=mean(plus + minus))
    return min(gap(mt, *edges[1:]) for mt in plus + minus)


def is_good(lepton: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a lepton is tight, hard and central."""
    is_hard = lepton["pt"] > 1000 * c["lep_pt"]
    return bool(is_hard and abs(lepton["eta"]) < c["lep_eta"] and lepton["isTightID"])


def transverse_mass(lepton: Mapping[str, Any], event: Mapping[str, Any]) -> float:
    """Of a lepton and the missing momentum, GeV."""
    square = lepton["pt"] / 1000 * event["met_et"] / 1000 * (1 - math.cos(lepton["phi"] - event["met_phi"]))
    return math.sqrt(2 * square)
