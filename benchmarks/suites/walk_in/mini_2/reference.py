"""Distance of a lepton to the nearest jet."""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    delta_r,
    draw,
    edges_of,
    fill,
    gap,
    objects,
    read_root,
    save,
    save_arrays,
)  # fmt: skip


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write plot, histogram and numbers; return the smallest relative distance to an edge."""
    c, n_one = constants, 0
    edges = edges_of(c["n_bins"], 0, c["dr_high"])
    distances: list[float] = []
    for event in read_root(inputs / "mini.root", "mini", "lep_*", "jet_*"):
        leptons = objects(event, "lep_", "pt", "eta", "phi")
        hard = [lepton for lepton in leptons if lepton["pt"] >= 1000 * c["lep_pt"]]
        if len(hard) != 1:
            continue
        n_one += 1
        jets = [jet for jet in objects(event, "jet_", "pt", "eta", "phi") if is_good(jet, c)]
        to_jets = [delta_r(hard[0], jet) for jet in jets]
        if to_jets:
            distances.append(min(to_jets))
    counts = fill(distances, edges)
    draw(outputs / "dr.png", edges, "distance to the nearest jet", leptons=counts)
    save_arrays(outputs / "dr.npz", counts=counts, edges=edges)
    save(outputs / "dr.json", n_one=n_one, n_with_jet=len(distances), median_dr=statistics.median(distances))
    return min(gap(each, *edges[1:]) for each in distances)


def is_good(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard and central."""
    return bool(jet["pt"] > 1000 * c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"])
