"""Events with two muons in LHCO."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import read_lhco, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``muons.json``."""
    events = read_lhco(inputs / "events.lhco")
    n_two = n_opposite = 0
    for rows in events:
        muons = [row for row in rows if row["kind"] == 2 and row["pt"] > constants["muon_pt"]]
        if len(muons) >= 2:
            n_two += 1
        if len(muons) == 2 and muons[0]["tracks"] * muons[1]["tracks"] < 0:
            n_opposite += 1
    save(outputs / "muons.json", n_2mu=n_two, fraction=n_two / len(events), n_os=n_opposite)
