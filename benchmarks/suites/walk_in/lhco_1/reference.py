"""Share of jets with a b-tag."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import read_lhco, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``btag.json``."""
    events = read_lhco(inputs / "events.lhco")
    tags: list[float] = []
    for rows in events:
        for row in rows:
            is_central = row["kind"] == 4 and abs(row["eta"]) < constants["jet_eta"]
            if is_central and row["pt"] >= constants["jet_pt"]:
                tags.append(row["tag"])
    n_loose = sum(1 for tag in tags if tag > 0)
    n_tight = sum(1 for tag in tags if tag == 2)
    shares = {"frac_loose": n_loose / len(tags), "frac_tight": n_tight / len(tags)}
    save(outputs / "btag.json", n_jets=len(tags), n_loose=n_loose, n_tight=n_tight, **shares)
