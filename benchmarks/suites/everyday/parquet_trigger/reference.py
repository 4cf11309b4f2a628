"""Efficiency of an electron trigger from a Parquet table."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hepcoder.benchmarks.suites.everyday.plain import save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``trigger.json``."""
    events = pq.read_table(inputs / "events.parquet").to_pylist()
    probes = [event for event in events if event["lep1_type"] == 11 and is_good(event, constants)]
    total = len(probes)
    fired = sum(1 for event in probes if event["trig_e"])
    efficiency = fired / total
    uncertainty = math.sqrt(efficiency * (1 - efficiency) / total)
    save(outputs / "trigger.json", n_total=total, n_fired=fired, efficiency=efficiency, uncertainty=uncertainty)


def is_good(event: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether the leading lepton passes the cuts."""
    return bool(event["lep1_pt"] >= c["lep_pt"] and abs(event["lep1_eta"]) < c["lep_eta"])
