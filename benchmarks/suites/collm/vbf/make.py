"""A resonance of two taus by vector-boson fusion (signal.lhco); Z to two taus with jets and tops (background.lhco)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.decays import breit_wigner
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.particles import Kind, Particles, mixed, together
from hepcoder.benchmarks.suites.events.processes import fusion, pile_up, tau_jets, tops
from hepcoder.benchmarks.suites.events.response import Detector

_N_EVENTS = 1600
Samples = list[tuple[Particles, int]]
_DETECTOR = Detector(fakes={Kind.TAU: 0.15}, mistag=0.04)


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write both files; where `null`, the signal is Z to two taus too."""
    rng = np.random.default_rng(seed)
    signal = fusion(rng, breit_wigner(rng, constants["resonance"], 0.004, 1550, low=90.0, high=160.0))
    if null:
        signal = _boson(rng, 1550)
    _write(rng, folder / "signal.lhco", [(signal, 1550)], constants)
    # more than a third of the background has forward jets too, as electroweak production has
    forward = fusion(rng, breit_wigner(rng, 91.2, 2.5, 700, low=60.0, high=120.0))
    samples = [(_boson(rng, 550), 550), (forward, 700), (tops(rng, 300), 300)]
    _write(rng, folder / "background.lhco", samples, constants)


def _boson(rng: np.random.Generator, n: int) -> Particles:
    return tau_jets(rng, breit_wigner(rng, 91.2, 2.5, n, low=60.0, high=120.0))


def _write(rng: np.random.Generator, path: Path, samples: Samples, constants: Mapping[str, Any]) -> None:
    spots = {
        (Kind.TAU, "pt"): [constants["tau_pt"], 80.0],
        (Kind.TAU, "eta"): [constants["tau_eta"]],
        (Kind.JET, "pt"): [constants["jet_pt"], 140.0],
        (Kind.JET, "eta"): [constants["jet_eta"]],
        (Kind.MISSING, "pt"): [100.0],
    }
    crowded = [(together([sample, pile_up(rng, n, mean=1.5, b_share=0.1)]), n) for sample, n in samples]
    objects = with_spots(rng, measured(rng, mixed(rng, crowded, _N_EVENTS), _DETECTOR), spots, share=0.3, near=0.15)
    write_lhco(path, objects, event_numbers(rng, _N_EVENTS), seed=int(rng.integers(2**31)))
