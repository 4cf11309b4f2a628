"""Cutflow of jets and missing momentum."""

import math
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import angle, edges_of, fill, gap, objects, read_root, save, save_arrays

CUTS = ("all", "two_jets", "lead", "met", "dphi", "ht")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write cutflow and spectrum; return the smallest relative distance to a cut or an edge."""
    c, cutflow, distance = constants, dict.fromkeys(CUTS, 0), 1.0
    edges = edges_of(c["n_bins"], c["ht_min"], c["ht_high"])
    spectrum = []
    for event in read_root(inputs / "physlite.root", "CollectionTree", "AnalysisJets*", "MET*"):
        cutflow["all"] += 1
        jets = good_jets(event, c)
        if len(jets) < 2:
            continue
        mpx, mpy = (event["MET_Core_AnalysisMETAuxDyn.mpx"][-1], event["MET_Core_AnalysisMETAuxDyn.mpy"][-1])
        met, phi = math.hypot(mpx, mpy) / 1000, math.atan2(mpy, mpx)
        angles = [angle(phi, jet["phi"]) for jet in jets[:2]]
        ht = sum(jet["pt"] for jet in jets) / 1000
        distance = min(distance, gap(met, c["missing_min"]), gap(ht, *edges), *(gap(x, c["dphi_min"]) for x in angles))
        cuts = [
            True,
            jets[0]["pt"] >= 1000 * c["jet_pt_lead"],
            met > c["missing_min"],
            all(away > c["dphi_min"] for away in angles),
            ht > c["ht_min"],
        ]
        passed = len(list(takewhile(bool, cuts)))
        for name in CUTS[1 : passed + 1]:
            cutflow[name] += 1
        if passed == len(cuts):
            spectrum.append(ht)
    save(outputs / "cutflow.json", **cutflow)
    above = sum(1 for ht in spectrum if ht > edges[-1])
    save_arrays(outputs / "ht.npz", counts=fill(spectrum, edges), edges=edges, above=above)
    return distance


def good_jets(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Jets that pass the cuts, the hardest first; pt in MeV."""
    jets = [jet for jet in objects(event, "AnalysisJetsAuxDyn.", "pt", "eta", "phi") if is_jet(jet, c)]
    jets.sort(key=lambda jet: -jet["pt"])
    return jets


def is_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard and central."""
    return bool(jet["pt"] > 1000 * c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"])
