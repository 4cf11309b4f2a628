"""A diphoton resonance (signal.lhco) and diphoton continuum with photon plus jet (background.lhco)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.decays import breit_wigner
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.particles import Kind, Particles, mixed
from hepcoder.benchmarks.suites.events.processes import diphoton, photon_jet
from hepcoder.benchmarks.suites.events.response import Detector

_N_SIGNAL, _N_BACKGROUND = 800, 1400
_DETECTOR = Detector(fakes={Kind.PHOTON: 0.25, Kind.ELECTRON: 0.02})


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write both files; where `null`, the signal is continuum too."""
    rng = np.random.default_rng(seed)
    signal = diphoton(rng, breit_wigner(rng, constants["resonance"], 0.004, 770, low=100.0, high=150.0))
    if null:
        signal = _continuum(rng, 770)
    others = [(_continuum(rng, 900), 900), (photon_jet(rng, 460), 460)]
    _write(rng, folder / "signal.lhco", mixed(rng, [(signal, 770)], _N_SIGNAL), _N_SIGNAL, constants)
    _write(rng, folder / "background.lhco", mixed(rng, others, _N_BACKGROUND), _N_BACKGROUND, constants)


def _continuum(rng: np.random.Generator, n: int) -> Particles:
    return diphoton(rng, 75.0 + rng.exponential(45.0, n))


def _write(rng: np.random.Generator, path: Path, particles: Particles, n: int, constants: Mapping[str, Any]) -> None:
    spots = {
        (Kind.PHOTON, "pt"): [constants["pt_min"], constants["pt1_min"], 90.0],
        (Kind.PHOTON, "eta"): [constants[name] for name in ("eta_max", "crack_low", "crack_high")] + [0.75],
    }
    objects = with_spots(rng, measured(rng, particles, _DETECTOR), spots, share=0.25, near=0.1)
    write_lhco(path, objects, event_numbers(rng, n), seed=int(rng.integers(2**31)))
