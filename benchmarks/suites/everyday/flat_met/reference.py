"""Missing momentum and jets in a flat table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    events = read_root(inputs / "ntuple.root", "nominal", "met*", "ht", "n_*")
    passed = [
        event for event in events if event["met"] > constants["met_min"] and event["n_jet"] >= constants["n_jets"]
    ]
    save(outputs / "result.json", n_pass=len(passed), fraction=len(passed) / len(events))
