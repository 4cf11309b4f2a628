"""Events with one tight lepton."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``counts.json``."""
    types = []
    for event in read_root(inputs / "mini.root", "mini", "lep_*"):
        leptons = objects(event, "lep_", "pt", "eta", "type", "isTightID")
        good = [lepton for lepton in leptons if is_good(lepton, constants)]
        if len(good) == 1:
            types.append(good[0]["type"])
    save(outputs / "counts.json", n_events=len(types), n_e=types.count(11), n_mu=types.count(13))


def is_good(lepton: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
    """Whether a lepton is hard, central and tight; pt is in MeV."""
    is_central = abs(lepton["eta"]) < constants["lep_eta"]
    return bool(lepton["pt"] / 1000 > constants["lep_pt"] and is_central and lepton["isTightID"])
