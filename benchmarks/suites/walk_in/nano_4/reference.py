"""Three jets of a hadronic top."""

import math
from collections.abc import Mapping
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    Momentum,
    delta_r,
    edges_of,
    fill,
    gap,
    mass_of,
    mean,
    momentum,
    objects,
    pt_of,
    read_root,
    save,
    save_arrays,
)  # fmt: skip

Jet = dict[str, Any]


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write cutflow, histograms and means; return the smallest relative distance to a cut, an edge or a tie."""
    c, distance = constants, math.inf
    cutflow = {"all": 0, "one_lepton": 0, "four_jets": 0, "btag": 0}
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    masses: dict[int, list[float]] = {1: [], 2: []}
    for event in read_root(inputs / "nano.root", "Events", "Electron_*", "Muon_*", "Jet_*"):
        cutflow["all"] += 1
        leptons = good_leptons(event, c)
        if len(leptons) != 1:
            continue
        cutflow["one_lepton"] += 1
        close_or_not = good_jets(event, c)
        distance = min([distance, *(gap(delta_r(jet, leptons[0]), c["dr_min"]) for jet in close_or_not)])
        jets = [jet for jet in close_or_not if delta_r(jet, leptons[0]) > c["dr_min"]]
        if len(jets) < 4:
            continue
        cutflow["four_jets"] += 1
        n_tagged = sum(1 for jet in jets if is_tagged(jet, c))
        if n_tagged == 0:
            continue
        cutflow["btag"] += 1
        best, tie = hadronic_top(jets, c)
        mass = mass_of(*map(vector, best))
        distance = min(distance, tie, gap(mass, *edges))
        masses[min(n_tagged, 2)].append(mass)
    save(outputs / "cutflow.json", **cutflow)
    save_arrays(outputs / "top.npz", counts_1b=fill(masses[1], edges), counts_2b=fill(masses[2], edges), edges=edges)
    save(outputs / "top.json", mean_1b=mean(masses[1]), mean_2b=mean(masses[2]))
    return distance


def hadronic_top(jets: list[Jet], c: Mapping[str, Any]) -> tuple[tuple[Jet, ...], float]:
    """The three jets with the hardest sum, a tagged one among them, and how close the next ones come."""
    triples = [three for three in combinations(jets, 3) if any(is_tagged(jet, c) for jet in three)]
    ranked = [(pt_of(*map(vector, three)), three) for three in triples]
    ranked.sort(key=lambda pair: -pair[0])
    return ranked[0][1], min((gap(one[0], other[0]) for one, other in pairwise(ranked[:2])), default=1.0)


def vector(jet: Jet) -> Momentum:
    """Energy and momentum of a jet."""
    return momentum(jet, jet["mass"])


def is_tagged(jet: Jet, c: Mapping[str, Any]) -> bool:
    """Whether a jet is b-tagged."""
    return bool(jet["btagDeepFlavB"] >= c["btag_min"])


def good_jets(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[Jet]:
    """Jets that are hard, central and identified, those close to the lepton too."""
    jets = objects(event, "Jet_", "pt", "eta", "phi", "mass", "btagDeepFlavB", "jetId")
    hard = [jet for jet in jets if jet["pt"] >= c["jet_pt"] and jet["jetId"] >= 2]
    return [jet for jet in hard if abs(jet["eta"]) < c["jet_eta"]]


def good_leptons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Electrons and muons that pass their cuts."""
    good = []
    for each in objects(event, "Electron_", "pt", "eta", "phi", "cutBased"):
        is_tight = each["cutBased"] >= 3
        if each["pt"] > c["electron_pt"] and abs(each["eta"]) < c["lepton_range"] and is_tight:
            good.append(each)
    for each in objects(event, "Muon_", "pt", "eta", "phi", "tightId", "pfRelIso04_all"):
        is_isolated = each["tightId"] and each["pfRelIso04_all"] < c["iso_max"]
        if each["pt"] > c["muon_pt"] and abs(each["eta"]) < c["lepton_range"] and is_isolated:
            good.append(each)
    return good
