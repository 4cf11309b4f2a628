"""Mean pt of the two hardest jets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import mean, objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``jets.json``."""
    c, leads, seconds = constants, [], []
    for event in read_root(inputs / "physlite.root", "CollectionTree", "AnalysisJets*"):
        jets = objects(event, "AnalysisJetsAuxDyn.", "pt", "eta")
        good = [jet["pt"] / 1000 for jet in jets if is_good(jet, c)]
        if len(good) >= 2:
            lead, second = sorted(good)[::-1][:2]
            leads.append(lead)
            seconds.append(second)
    save(outputs / "jets.json", n_events=len(leads), mean_lead_pt=mean(leads), mean_sublead_pt=mean(seconds))


def is_good(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard and central; pt is in MeV."""
    return bool(jet["pt"] > 1000 * c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"])
