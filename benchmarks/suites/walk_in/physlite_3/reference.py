"""Mass of two jets in opposite hemispheres."""

import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    edges_of,
    fill,
    gap,
    mass_of,
    momentum,
    objects,
    read_root,
    save,
    save_arrays,
)  # fmt: skip


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write cutflow and histograms; return the smallest relative distance to a cut or an edge."""
    c, distance = constants, math.inf
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    n_two = n_leading = 0
    after_c: list[float] = []
    after_d: list[float] = []
    for event in read_root(inputs / "physlite.root", "CollectionTree", "AnalysisJets*"):
        jets = objects(event, "AnalysisJetsAuxDyn.", "pt", "eta", "phi", "m")
        jets = [jet for jet in jets if jet["pt"] >= 1000 * c["jet_pt"]]
        if len(jets) < 2:
            continue
        n_two += 1
        one, other = sorted(jets, key=lambda jet: -jet["pt"])[:2]
        if not one["pt"] > 1000 * c["jet_pt_lead"]:
            continue
        n_leading += 1
        if not one["eta"] * other["eta"] < 0:
            continue
        mass = mass_of(momentum(one, one["m"]), momentum(other, other["m"])) / 1000
        after_c.append(mass)
        width = abs(one["eta"] - other["eta"])
        if width > c["deta_min"]:
            after_d.append(mass)
        distance = min(distance, gap(mass, *edges), gap(width, c["deta_min"]))
    save_arrays(outputs / "mjj.npz", counts_c=fill(after_c, edges), counts_d=fill(after_d, edges), edges=edges)
    numbers = {"two_jets": n_two, "leading": n_leading, "hemispheres": len(after_c), "gap": len(after_d)}
    save(outputs / "cutflow.json", **numbers, median_mjj=statistics.median(after_d))
    return distance
