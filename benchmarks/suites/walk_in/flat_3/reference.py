"""Events with two leptons off the Z and the largest missing momentum."""

import csv
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import gap, save, save_table


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write list and number; return the smallest relative distance of two neighbours in the list."""
    c = constants
    with (inputs / "events.csv").open(newline="", encoding="utf-8") as file:
        events = [{name: float(text) for name, text in row.items()} for row in csv.DictReader(file)]
    passing = [event for event in events if is_selected(event, c)]
    passing.sort(key=lambda event: -event["met"])
    rows = []
    for rank, event in enumerate(passing[: c["n_top"]], start=1):
        rows.append([rank, int(event["event"]), event["met"], event["m_ll"]])
    save_table(outputs / "top.csv", ["rank", "event", "met", "m_ll"], rows)
    save(outputs / "numbers.json", n_pass=len(passing))
    return min(gap(one["met"], other["met"]) for one, other in pairwise(passing[: c["n_top"] + 1]))


def is_selected(event: Mapping[str, float], c: Mapping[str, Any]) -> bool:
    """Two leptons of one flavour and opposite charge off the peak, with jets."""
    is_pair = event["lep1_type"] == event["lep2_type"] and event["lep1_charge"] * event["lep2_charge"] == -1
    off = event["m_ll"] < c["m_ll_low"] or event["m_ll"] > c["m_ll_high"]
    return is_pair and off and event["n_jet"] >= c["n_jets"]
