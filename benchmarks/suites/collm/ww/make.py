"""WW to a lepton, a neutrino and two jets (55 %), with W and Z plus jets and top pairs; 3 % of the events are empty."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.particles import Kind, mixed, together
from hepcoder.benchmarks.suites.events.processes import pile_up, tops, w_jets, ww, z_jets

_N_EVENTS = 2000


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write ``events.lhco``; without any WW where `null`."""
    rng = np.random.default_rng(seed)
    n_signal = 0 if null else 1100
    numbers = [n_signal, 1640 - n_signal, 150, 150]
    samples = [
        together([process(rng, n), pile_up(rng, n, mean=0.8, b_share=0.15)])
        for process, n in zip((ww, w_jets, tops, z_jets), numbers, strict=True)
    ]
    objects = measured(rng, mixed(rng, list(zip(samples, numbers, strict=True)), _N_EVENTS))
    spots = {
        (Kind.ELECTRON, "pt"): [constants["electron_pt"], 30.0, 190.0],
        (Kind.MUON, "pt"): [constants["muon_pt"], 30.0, 190.0],
        (Kind.ELECTRON, "eta"): [constants["electron_eta"], 1.25],
        (Kind.MUON, "eta"): [constants["muon_eta"], 1.25],
        (Kind.JET, "pt"): [constants["jet_pt"], 40.0, 110.0],
        (Kind.JET, "eta"): [constants["jet_eta"]],
        (Kind.MISSING, "pt"): [constants["met_min"], 180.0],
    }
    objects = with_spots(rng, objects, spots, share=0.3, near=0.15)
    write_lhco(folder / "events.lhco", objects, event_numbers(rng, _N_EVENTS), seed=seed)
