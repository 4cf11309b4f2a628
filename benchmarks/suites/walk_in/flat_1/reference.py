"""Leading jet of events with a b-jet."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import edges_of, fill, gap, read_root, save_arrays


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``jetpt.npz``; return the smallest relative distance to an edge."""
    edges = edges_of(constants["n_bins"], constants["low"], constants["high"])
    events = read_root(inputs / "ntuple.root", "nominal", "jet*", "n_bjet", "weight")
    selected = [each for each in events if each["n_bjet"] >= 1 and abs(each["jet1_eta"]) < constants["jet_eta"]]
    pts = [event["jet1_pt"] for event in selected]
    underflow = sum(1 for pt in pts if pt < edges[0])
    overflow = sum(1 for pt in pts if pt > edges[-1])
    counts = fill(pts, edges)
    save_arrays(outputs / "jetpt.npz", counts=counts, edges=edges, underflow=underflow, overflow=overflow)
    return min(gap(pt, *edges) for pt in pts)
