"""Semileptonic top pairs (60 %), with W plus four jets and WW; 3 % of the events are empty."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.particles import Kind, mixed
from hepcoder.benchmarks.suites.events.processes import tops, w_jets, ww
from hepcoder.benchmarks.suites.events.response import Detector

_N_EVENTS = 1800


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write ``events.lhco``; without any top where `null`."""
    rng = np.random.default_rng(seed)
    n_signal = 0 if null else 1100
    samples = [
        (tops(rng, n_signal), n_signal),
        (w_jets(rng, 1600 - n_signal, n_jets=4), 1600 - n_signal),
        (ww(rng, 150), 150),
    ]
    objects = measured(rng, mixed(rng, samples, _N_EVENTS), Detector(tag_efficiency=0.75, mistag=0.1))
    spots = {
        (Kind.ELECTRON, "pt"): [constants["electron_pt"]],
        (Kind.MUON, "pt"): [constants["muon_pt"]],
        (Kind.ELECTRON, "eta"): [constants["electron_eta"]],
        (Kind.MUON, "eta"): [constants["muon_eta"]],
        (Kind.JET, "pt"): [constants["jet_pt"], 80.0, 140.0],
        (Kind.JET, "eta"): [constants["jet_eta"], 1.25],
        (Kind.MISSING, "pt"): [constants["met_min"], 150.0],
    }
    objects = with_spots(rng, objects, spots, share=0.3, near=0.15)
    write_lhco(folder / "events.lhco", objects, event_numbers(rng, _N_EVENTS), seed=seed)
