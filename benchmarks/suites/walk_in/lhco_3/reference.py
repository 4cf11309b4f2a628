"""Angle between an electron and a muon."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import angle, edges_of, fill, gap, mean, read_lhco, save, save_arrays


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write histogram and numbers; return the smallest relative distance to an edge."""
    c, n_plus, n_minus = constants, 0, 0
    edges = edges_of(c["n_bins"], 0, 3.2)
    angles: list[float] = []
    distance = math.inf
    for rows in read_lhco(inputs / "events.lhco"):
        electrons = [row for row in rows if row["kind"] == 1 and row["pt"] > c["electron_pt"]]
        muons = [row for row in rows if row["kind"] == 2 and row["pt"] >= c["muon_pt"]]
        jets = [row for row in rows if row["kind"] == 4 and row["pt"] > c["jet_pt"]]
        if not (len(electrons) == 1 and len(muons) == 1 and jets):
            continue
        if electrons[0]["tracks"] * muons[0]["tracks"] < 0:
            angles.append(angle(electrons[0]["phi"], muons[0]["phi"]))
            distance = min(distance, gap(angles[-1], *edges[1:]))
            if electrons[0]["tracks"] > 0:
                n_plus += 1
            else:
                n_minus += 1
    save_arrays(outputs / "dphi.npz", counts=fill(angles, edges), edges=edges)
    save(outputs / "emu.json", n_ep_mum=n_plus, n_em_mup=n_minus, mean_dphi=mean(angles))
    return distance
