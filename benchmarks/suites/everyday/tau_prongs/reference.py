"""Hadronic taus by their number of tracks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import mean, read_lhco, save_table


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``prongs.csv``."""
    taus: list[dict[str, Any]] = []
    for event in read_lhco(inputs / "events.lhco"):
        good = [row for row in event if row["kind"] == 3 and is_good(row, constants)]
        taus += good
    rows = []
    for prongs in (1, 3):
        group = [row for row in taus if abs(row["tracks"]) == prongs]
        rows.append([prongs, len(group), mean([tau["pt"] for tau in group])])
    save_table(outputs / "prongs.csv", ["prongs", "n_taus", "mean_pt"], rows)


def is_good(row: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
    """Whether a tau is hard and central."""
    return bool(row["pt"] >= constants["tau_pt"] and abs(row["eta"]) < constants["tau_eta"])
