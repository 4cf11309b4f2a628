"""A narrow resonance of four leptons with a continuum, three leptons, and pairs with fakes; 4 % empty events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.particles import Kind, mixed, together
from hepcoder.benchmarks.suites.events.processes import pile_up, wz, z_jets, zz
from hepcoder.benchmarks.suites.events.response import Detector
from hepcoder.benchmarks.suites.peaks.nano import write_nano

_N_EVENTS = 2200
_DETECTOR = Detector(fakes={Kind.ELECTRON: 0.25})


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.root``."""
    rng = np.random.default_rng(seed)
    z_mass = constants["z_mass"]
    samples = [
        (zz(rng, 900, constants["resonance"], z_mass=z_mass, width=0.004), 900),
        (zz(rng, 650, 95.0, z_mass=z_mass), 650),
        (wz(rng, 160, z_mass), 160),
        (z_jets(rng, 400, z_mass), 400),
    ]
    crowded = [(together([sample, pile_up(rng, n, mean=1.5)]), n) for sample, n in samples]
    objects = measured(rng, mixed(rng, crowded, _N_EVENTS), _DETECTOR)
    wrong = (rng.random(len(objects)) < 0.04) & np.isin(objects.kind, [Kind.MUON, Kind.ELECTRON])
    objects.tracks[wrong] *= -1
    spots = {
        (Kind.MUON, "pt"): [constants["muon_pt"]],
        (Kind.ELECTRON, "pt"): [constants["electron_pt"]],
        (Kind.MUON, "eta"): [constants["eta_max"]],
        (Kind.ELECTRON, "eta"): [constants["eta_max"]],
    }
    objects = with_spots(rng, objects, spots, share=0.3, near=0.15)
    write_nano(folder / "events.root", rng, objects, _N_EVENTS, constants["iso_max"])
