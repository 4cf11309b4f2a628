"""Resolution of the missing momentum."""

import math
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import gap, read_root, save_table


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``resolution.csv``; return the smallest relative distance to a cut."""
    c = constants
    bins = {"low": (0.0, c["ht_a"]), "mid": (c["ht_a"], c["ht_b"]), "high": (c["ht_b"], math.inf)}
    differences: dict[str, list[float]] = {name: [] for name in bins}
    distance = 1.0
    for event in read_root(inputs / "ntuple.root", "nominal", "met*", "n_jet", "ht"):
        distance = min(distance, gap(event["ht"], c["ht_a"], c["ht_b"]), gap(event["met_truth"], c["truth_min"]))
        if event["n_jet"] >= c["n_jets"] and event["met_truth"] > c["truth_min"]:
            for name, (low, high) in bins.items():
                if low <= event["ht"] < high:
                    differences[name].append(event["met"] - event["met_truth"])
    rows = []
    for name, mine in differences.items():
        rows.append([name, len(mine), statistics.fmean(mine), statistics.pstdev(mine)])
    save_table(outputs / "resolution.csv", ["ht_bin", "n_events", "bias", "reso"], rows)
    return distance
