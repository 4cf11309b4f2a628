"""Overlap removal of jets, electrons and muons."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import delta_r, gap, objects, read_root, save

Objects = list[dict[str, Any]]
NAMES = ("n_jets_before", "n_electrons_before", "n_muons_before", "n_jets", "n_electrons", "n_muons", "n_events")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write ``result.json``; return the smallest relative distance to a cut on an angle."""
    c, distance = constants, math.inf
    numbers: Counter[str] = Counter(dict.fromkeys(NAMES, 0))
    for event in read_root(inputs / "physlite.root", "CollectionTree", "Analysis*"):
        jets, electrons, muons = preselected(event, c)
        for lepton in electrons + muons:
            distance = min([distance, *(gap(delta_r(jet, lepton), c["dr_jet"], c["dr_lep"]) for jet in jets)])
        kept_jets = away_from(jets, electrons, c["dr_jet"])
        kept_electrons = away_from(electrons, kept_jets, c["dr_lep"])
        kept_muons = away_from(muons, kept_jets, c["dr_lep"])
        for name, group in zip(NAMES, (jets, electrons, muons, kept_jets, kept_electrons, kept_muons), strict=False):
            numbers[name] += len(group)
        if (kept_electrons or kept_muons) and len(kept_jets) >= 2:
            numbers["n_events"] += 1
    save(outputs / "result.json", **numbers)
    return distance


def away_from(group: Objects, others: Sequence[Mapping[str, Any]], radius: float) -> Objects:
    """Those of a group that have none of the others within a cone."""
    return [each for each in group if all(delta_r(each, other) >= radius for other in others)]


def preselected(event: Mapping[str, Any], c: Mapping[str, Any]) -> tuple[Objects, Objects, Objects]:
    """Jets, electrons and muons that pass their cuts."""
    jets, electrons, muons = [], [], []
    for each in objects(event, "AnalysisJetsAuxDyn.", "pt", "eta", "phi"):
        is_good = abs(each["eta"]) < c["jet_eta"]
        if each["pt"] >= 1000 * c["jet_pt"] and is_good:
            jets.append(each)
    for each in objects(event, "AnalysisElectronsAuxDyn.", "pt", "eta", "phi", "DFCommonElectronsLHLoose"):
        is_good = abs(each["eta"]) < c["electron_eta"] and each["DFCommonElectronsLHLoose"] == 1
        if each["pt"] > 1000 * c["electron_pt"] and is_good:
            electrons.append(each)
    for each in objects(event, "AnalysisMuonsAuxDyn.", "pt", "eta", "phi", "quality"):
        is_good = abs(each["eta"]) < c["muon_eta"] and each["quality"] <= 1
        if each["pt"] > 1000 * c["muon_pt"] and is_good:
            muons.append(each)
    return jets, electrons, muons
