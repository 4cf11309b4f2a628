"""Pseudorapidity of tight electrons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import edges_of, fill, gap, objects, read_root, save_arrays


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``eta.npz``; return the smallest relative distance to an edge."""
    edges = edges_of(constants["n_bins"], -2.5, 2.5)
    etas: list[float] = []
    for event in read_root(inputs / "nano.root", "Events", "Electron_*", "Muon_*"):
        electrons = objects(event, "Electron_", "pt", "eta", "phi", "cutBased")
        for electron in electrons:
            is_good = electron["pt"] > constants["electron_pt"] and electron["cutBased"] == 4
            etas += [electron["eta"]] if is_good else []
    save_arrays(outputs / "eta.npz", counts=fill(etas, edges), edges=edges)
    return min(gap(eta, *edges) for eta in etas)
