"""A narrow resonance of two photons on a falling continuum, or the continuum alone; 4 % empty events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.decays import breit_wigner
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.particles import Kind, mixed
from hepcoder.benchmarks.suites.events.processes import dilepton, diphoton, photon_jet
from hepcoder.benchmarks.suites.events.response import Detector
from hepcoder.benchmarks.suites.peaks.nano import write_nano

_N_EVENTS = 3000


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write ``events.root``; without any resonance where `null`."""
    rng = np.random.default_rng(seed)
    n_signal, mass = 0 if null else 330, constants["tested_mass"]
    samples = [
        (diphoton(rng, breit_wigner(rng, mass, 0.01, n_signal, low=mass - 10.0, high=mass + 10.0)), n_signal),
        (diphoton(rng, 80.0 + rng.exponential(60.0, 2250 - n_signal)), 2250 - n_signal),
        (photon_jet(rng, 450), 450),
        (dilepton(rng, breit_wigner(rng, 91.2, 2.5, 180, low=60.0, high=120.0)), 180),
    ]
    objects = measured(rng, mixed(rng, samples, _N_EVENTS), Detector(fakes={Kind.PHOTON: 0.2}))
    spots = {(Kind.PHOTON, "pt"): [constants["pt_min"]], (Kind.PHOTON, "eta"): [constants["eta_max"]]}
    objects = with_spots(rng, objects, spots, share=0.4, near=0.2)
    write_nano(folder / "events.root", rng, objects, _N_EVENTS, 0.25)
