"""Mass of the two hardest b-jets in LHCO."""

import statistics
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
    read_lhco,
    save,
    save_arrays,
)


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write numbers and histogram; return the smallest relative distance to an edge."""
    c, masses = constants, []
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    for rows in read_lhco(inputs / "events.lhco"):
        b_jets = [row for row in rows if is_b_jet(row, c)]
        if len(b_jets) >= 2:
            pair = [momentum(jet, jet["mass"]) for jet in sorted(b_jets, key=lambda jet: -jet["pt"])[:2]]
            masses.append(mass_of(*pair))
    save(outputs / "bb.json", n_events=len(masses), mean_mass=mean(masses), median_mass=statistics.median(masses))
    save_arrays(outputs / "bb.npz", counts=fill(masses, edges), edges=edges)
    return min(gap(mass, *edges) for mass in masses)


def is_b_jet(row: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a row is a hard, central, tagged jet."""
    is_jet = row["kind"] == 4 and row["pt"] > c["jet_pt"] and abs(row["eta"]) < c["jet_eta"]
    return bool(is_jet and row["tag"] != 0)
