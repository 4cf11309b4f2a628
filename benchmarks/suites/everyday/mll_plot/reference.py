"""Weighted dilepton mass with a plot."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import draw, edges_of, fill, gap, read_root, save_arrays


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write the histogram and the plot; return the smallest relative distance to the highest edge."""
    c = constants
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    events = [event for event in read_root(inputs / "ntuple.root", "nominal") if is_selected(event, c)]
    masses = [event["m_ll"] for event in events]
    weights = [event["weight"] for event in events]
    counts = fill(masses, edges, weights)
    errors = [math.sqrt(square) for square in fill(masses, edges, [weight * weight for weight in weights])]
    save_arrays(outputs / "mll.npz", counts=counts, errors=errors, edges=edges)
    draw(outputs / "mll.png", edges, "dilepton mass [GeV]", pairs=counts)
    return min(gap(mass, edges[-1]) for mass in masses)


def is_selected(event: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Two central leptons of one flavour and opposite charge, little missing momentum."""
    pair = event["lep1_type"] == event["lep2_type"] and event["lep1_charge"] * event["lep2_charge"] == -1
    central = max(abs(event["lep1_eta"]), abs(event["lep2_eta"])) < c["lep_eta"]
    return bool(pair and central and event["met"] <= c["met_max"])
