"""Share of isolated muons."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import gap, objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``iso.json``; return the smallest relative distance to the cut on the isolation."""
    muons: list[dict[str, Any]] = []
    n_leptons = 0
    for event in read_root(inputs / "mini.root", "mini", "lep_*"):
        leptons = objects(event, "lep_", "pt", "type", "ptcone30", "isTightID")
        n_leptons += len(leptons)
        good = [each for each in leptons if each["type"] == 13 and each["pt"] > 1000 * constants["lep_pt"]]
        muons += good
    n_isolated = 0
    for muon in muons:
        if muon["ptcone30"] / muon["pt"] < constants["rel_max"]:
            n_isolated += 1
    save(outputs / "iso.json", n_muons=len(muons), n_isolated=n_isolated, fraction=n_isolated / len(muons))
    return min(gap(muon["ptcone30"] / muon["pt"], constants["rel_max"]) for muon in muons)
