"""One lepton, jets and the effective mass."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import delta_r, gap, objects, read_root, save, save_table

Objects = list[dict[str, Any]]
COLUMNS = ("event", "flavour", "n_jets", "met", "mt", "meff")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write list and numbers; return the smallest relative distance to a cut."""
    c, distance = constants, math.inf
    rows: list[list[Any]] = []
    n_preselected = 0
    for event in read_root(inputs / "physlite.root", "CollectionTree"):
        electrons, muons = good_leptons(event, c)
        close_or_not = good_jets(event, c)
        jets = [jet for jet in close_or_not if all(delta_r(jet, each) >= c["dr_max"] for each in electrons)]
        distance = min([distance, *(gap(delta_r(j, each), c["dr_max"]) for j in close_or_not for each in electrons)])
        leptons = electrons + muons
        if len(leptons) != 1 or len(jets) < 2:
            continue
        n_preselected += 1
        lepton = leptons[0]
        mpx, mpy = (event["MET_Core_AnalysisMETAuxDyn.mpx"][-1], event["MET_Core_AnalysisMETAuxDyn.mpy"][-1])
        met = math.hypot(mpx, mpy) / 1000
        mt = math.sqrt(2 * lepton["pt"] / 1000 * met * (1 - math.cos(lepton["phi"] - math.atan2(mpy, mpx))))
        meff = (lepton["pt"] + sum(jet["pt"] for jet in jets)) / 1000 + met
        distance = min(distance, gap(met, c["missing_min"]), gap(mt, c["mt_min"]), gap(meff, c["meff_a"], c["meff_b"]))
        if met > c["missing_min"] and mt > c["mt_min"]:
            flavour = "e" if electrons else "mu"
            rows.append([event["EventInfoAuxDyn.eventNumber"], flavour, len(jets), met, mt, meff])
    save_table(outputs / "selected.csv", COLUMNS, rows)
    masses = [row[-1] for row in rows]
    save(
        outputs / "regions.json",
        n_preselected=n_preselected,
        n_low=sum(1 for meff in masses if meff < c["meff_a"]),
        n_mid=sum(1 for meff in masses if c["meff_a"] < meff < c["meff_b"]),
        n_high=sum(1 for meff in masses if meff > c["meff_b"]),
    )
    return distance


def good_leptons(event: Mapping[str, Any], c: Mapping[str, Any]) -> tuple[Objects, Objects]:
    """Electrons and muons that pass their cuts; pt is in MeV."""
    electrons, muons = [], []
    for each in objects(event, "AnalysisElectronsAuxDyn.", "pt", "eta", "phi", "DFCommonElectronsLHLoose"):
        is_good = abs(each["eta"]) < c["electron_eta"] and each["DFCommonElectronsLHLoose"] == 1
        if each["pt"] > 1000 * c["electron_pt"] and is_good:
            electrons.append(each)
    for each in objects(event, "AnalysisMuonsAuxDyn.", "pt", "eta", "phi", "quality"):
        is_good = abs(each["eta"]) < c["muon_eta"] and each["quality"] <= 1
        if each["pt"] > 1000 * c["muon_pt"] and is_good:
            muons.append(each)
    return electrons, muons


def good_jets(event: Mapping[str, Any], c: Mapping[str, Any]) -> Objects:
    """Jets that are hard and central; pt is in MeV."""
    jets = objects(event, "AnalysisJetsAuxDyn.", "pt", "eta", "phi")
    return [jet for jet in jets if jet["pt"] >= 1000 * c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"]]
