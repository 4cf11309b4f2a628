"""Same-sign dilepton events."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``ss.json``."""
    numbers = {"n_ee": 0, "n_mumu": 0, "n_emu": 0, "n_os": 0}
    for event in read_root(inputs / "nano.root", "Events", "Electron_*", "Muon_*"):
        leptons = [("e", electron["charge"]) for electron in good_electrons(event, constants)]
        leptons += [("mu", muon["charge"]) for muon in good_muons(event, constants)]
        if len(leptons) != 2:
            continue
        if leptons[0][1] == leptons[1][1]:
            numbers["n_" + "".join(sorted(kinds(leptons)))] += 1
        else:
            numbers["n_os"] += 1
    save(outputs / "ss.json", **numbers)


def kinds(leptons: Sequence[tuple[str, int]]) -> list[str]:
    """What the leptons are."""
    return [kind for kind, _ in leptons]


def good_electrons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Electrons that pass the cuts."""
    good = []
    for electron in objects(event, "Electron_", "pt", "eta", "charge", "cutBased"):
        is_hard = electron["pt"] > c["electron_pt"]
        if is_hard and abs(electron["eta"]) < c["lep_eta"] and electron["cutBased"] >= 3:
            good.append(electron)
    return good


def good_muons(event: Mapping[str, Any], c: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Muons that pass the cuts."""
    good = []
    for muon in objects(event, "Muon_", "pt", "eta", "charge", "tightId", "looseId", "pfRelIso04_all"):
        is_hard = muon["pt"] > c["muon_pt"] and abs(muon["eta"]) < c["lep_eta"]
        if is_hard and muon["tightId"] and muon["pfRelIso04_all"] < c["iso_max"]:
            good.append(muon)
    return good
