"""Missing momentum of events without leptons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import edges_of, fill, gap, read_lhco, save_arrays


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``met.npz``; return the smallest relative distance to an edge."""
    edges = edges_of(constants["n_bins"], 0, constants["high"])
    values: list[float] = []
    for rows in read_lhco(inputs / "events.lhco"):
        kinds = {row["kind"] for row in rows}
        if not kinds & {1, 2}:
            values += [row["pt"] for row in rows if row["kind"] == 6]
    underflow = sum(1 for value in values if value < 0)
    overflow = sum(1 for value in values if value > edges[-1])
    save_arrays(outputs / "met.npz", counts=fill(values, edges), edges=edges, underflow=underflow, overflow=overflow)
    return min(gap(value, *edges[1:]) for value in values)
