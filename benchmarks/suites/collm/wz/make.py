"""WZ to three leptons (55 %), with Z plus jets, four leptons and top pairs; 3 % of the events are empty.

The Z has the mass of the task, not its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.particles import Kind, mixed
from hepcoder.benchmarks.suites.events.processes import tops, wz, z_jets, zz
from hepcoder.benchmarks.suites.events.response import Detector

_N_EVENTS = 2000
_DETECTOR = Detector(fakes={Kind.ELECTRON: 0.08})


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write ``events.lhco``; without any WZ where `null`."""
    rng = np.random.default_rng(seed)
    mass, n_signal = constants["z_mass"], 0 if null else 1100
    samples = [
        (wz(rng, n_signal, mass), n_signal),
        (z_jets(rng, 1500 - n_signal, mass), 1500 - n_signal),
        (zz(rng, 290, 2 * mass, z_mass=mass), 290),
        (tops(rng, 150), 150),
    ]
    objects = measured(rng, mixed(rng, samples, _N_EVENTS), _DETECTOR)
    spots = {
        (Kind.ELECTRON, "pt"): [constants["electron_pt"], constants["lw_pt"], 100.0],
        (Kind.MUON, "pt"): [constants["muon_pt"], constants["lw_pt"], 100.0],
        (Kind.ELECTRON, "eta"): [constants["electron_eta"], 1.25],
        (Kind.MUON, "eta"): [constants["muon_eta"], 1.25],
        (Kind.MISSING, "pt"): [constants["met_min"], 120.0],
    }
    objects = with_spots(rng, objects, spots, share=0.45, near=0.2)
    write_lhco(folder / "events.lhco", objects, event_numbers(rng, _N_EVENTS), seed=seed)
