"""Number of b-jets."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import objects, read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``bjets.json``."""
    numbers = []
    for event in read_root(inputs / "nano.root", "Events", "Jet_*"):
        jets = objects(event, "Jet_", "pt", "eta", "btagDeepFlavB", "jetId")
        numbers.append(sum(1 for jet in jets if is_b_jet(jet, constants)))
    save(
        outputs / "bjets.json",
        n_bjets=sum(numbers),
        n_events_1b=sum(1 for number in numbers if number == 1),
        n_events_2b=sum(1 for number in numbers if number >= 2),
    )


def is_b_jet(jet: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a jet is hard, central and tagged."""
    is_central = jet["pt"] > c["jet_pt"] and abs(jet["eta"]) < c["jet_eta"]
    return bool(is_central and jet["btagDeepFlavB"] >= c["btag_min"])
