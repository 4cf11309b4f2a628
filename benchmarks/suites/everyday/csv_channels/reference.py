"""Table of dilepton channels from a CSV file."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import mean, save_table

CHANNELS = {"ee": [(11, 11)], "mumu": [(13, 13)], "emu": [(11, 13), (13, 11)]}


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``table.csv``."""
    with (inputs / "events.csv").open(newline="", encoding="utf-8") as file:
        events = [{name: float(text) for name, text in row.items()} for row in csv.DictReader(file)]
    selected = [event for event in events if is_selected(event, constants)]
    rows = []
    for channel, types in CHANNELS.items():
        mine = [event for event in selected if (event["lep1_type"], event["lep2_type"]) in types]
        masses = mean([event["m_ll"] for event in mine])
        rows.append([channel, len(mine), masses, mean([event["met"] for event in mine])])
    save_table(outputs / "table.csv", ["channel", "n_events", "mean_mll", "mean_met"], rows)


def is_selected(event: Mapping[str, float], c: Mapping[str, Any]) -> bool:
    """Two leptons of opposite charge that pass the cuts."""
    hard = event["lep1_pt"] > c["lep_pt_lead"] and event["lep2_pt"] > c["lep_pt_sub"]
    return hard and event["lep1_charge"] * event["lep2_charge"] == -1 and event["m_ll"] >= c["m_ll_low"]
