"""Missing momentum of events of the muon trigger."""

import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from hepcoder.benchmarks.suites.everyday.plain import save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``stats.json``."""
    rows = pq.read_table(inputs / "events.parquet").to_pylist()
    values = [row["met"] for row in rows if row["trig_mu"] and row["lep1_pt"] >= constants["lep_pt"]]
    save(
        outputs / "stats.json",
        n_events=len(values),
        mean=statistics.fmean(values),
        median=statistics.median(values),
        std=statistics.pstdev(values),
    )
