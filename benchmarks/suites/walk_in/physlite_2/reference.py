"""Transverse momentum of the Z in two muons."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    edges_of,
    fill,
    gap,
    mass_of,
    mean,
    momentum,
    objects,
    pt_of,
    read_root,
    save,
    save_arrays,
)  # fmt: skip


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write spectrum and numbers; return the smallest relative distance to a cut or an edge."""
    c, distance = constants, math.inf
    edges = edges_of(c["n_bins"], 0, c["pt_high"])
    pts: list[float] = []
    for event in read_root(inputs / "physlite.root", "CollectionTree", "AnalysisMuons*"):
        muons = objects(event, "AnalysisMuonsAuxDyn.", "pt", "eta", "phi", "charge", "quality")
        good = [muon for muon in muons if is_good(muon, c)]
        if len(good) != 2:
            continue
        one, other = good
        one_p, other_p = momentum(one), momentum(other)
        mass, pair_pt = mass_of(one_p, other_p) / 1000, pt_of(one_p, other_p) / 1000
        distance = min(distance, gap(mass, c["m_low"], c["m_high"]), gap(pair_pt, *edges[1:]))
        if one["charge"] * other["charge"] < 0 and c["m_low"] < mass < c["m_high"]:
            pts.append(pair_pt)
    n_beyond = sum(1 for pt in pts if pt > edges[-1])
    save_arrays(outputs / "zpt.npz", counts=fill(pts, edges), edges=edges)
    save(outputs / "zpt.json", n_z=len(pts), n_beyond=n_beyond, mean_pt=mean(pts))
    return distance


def is_good(muon: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a muon is hard, central and of good quality; pt is in MeV."""
    is_hard = muon["pt"] > 1000 * c["muon_pt"]
    return bool(is_hard and abs(muon["eta"]) <= c["muon_eta"] and muon["quality"] <= 1)
