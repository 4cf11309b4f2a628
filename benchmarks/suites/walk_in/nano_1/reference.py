"""How triggers overlap."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import read_root, save


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``overlap.json``."""
    events = read_root(inputs / "nano.root", "Events", "HLT_*", "*MET_pt")
    selected = [event for event in events if event["MET_pt"] >= constants["met_min"]]
    flags = [(event["HLT_IsoMu24"], event["HLT_Photon30"]) for event in selected]
    save(
        outputs / "overlap.json",
        n_events=len(selected),
        n_isomu=sum(1 for muon, photon in flags if muon),
        n_photon=sum(1 for muon, photon in flags if photon),
        n_both=sum(1 for muon, photon in flags if muon and photon),
        n_neither=sum(1 for muon, photon in flags if not muon and not photon),
    )
