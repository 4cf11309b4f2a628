"""Muons of either charge."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``counts.json``."""
    charges: list[float] = []
    for event in read_root(inputs / "physlite.root", "CollectionTree", "AnalysisMuons*"):
        muons = objects(event, "AnalysisMuonsAuxDyn.", "pt", "eta", "charge", "quality")
        good = [muon for muon in muons if is_good(muon, constants)]
        charges += [muon["charge"] for muon in good]
    n_plus = sum(1 for charge in charges if charge == 1)
    n_minus = sum(1 for charge in charges if charge == -1)
    save(outputs / "counts.json", n_plus=n_plus, n_minus=n_minus, ratio=n_plus / n_minus)


def is_good(muon: Mapping[str, Any], constants: Mapping[str, Any]) -> bool:
    """Whether a muon is hard and central; pt is in MeV."""
    return bool(muon["pt"] > constants["muon_pt_mev"] and abs(muon["eta"]) < constants["muon_eta"])
