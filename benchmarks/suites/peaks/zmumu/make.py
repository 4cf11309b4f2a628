"""A resonance of two muons with the width of the Z at a mass of its own, on a falling continuum; 4 % empty events."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.decays import breit_wigner
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.particles import Kind, mixed
from hepcoder.benchmarks.suites.events.processes import dilepton, tops, w_jets
from hepcoder.benchmarks.suites.peaks.nano import write_nano

_N_EVENTS = 3000


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.root``."""
    rng = np.random.default_rng(seed)
    masses = breit_wigner(rng, constants["resonance"], constants["width"], 1750, low=40.0, high=200.0)
    samples = [
        (dilepton(rng, masses, Kind.MUON), 1750),
        (dilepton(rng, 45.0 + rng.exponential(35.0, 800), Kind.MUON), 800),
        (dilepton(rng, breit_wigner(rng, constants["resonance"], 2.5, 130, low=40.0, high=200.0), Kind.ELECTRON), 130),
        (w_jets(rng, 100), 100),
        (tops(rng, 100), 100),
    ]
    objects = measured(rng, mixed(rng, samples, _N_EVENTS))
    wrong = (rng.random(len(objects)) < 0.05) & (objects.kind == Kind.MUON)
    objects.tracks[wrong] *= -1
    spots = {
        (Kind.MUON, "pt"): [constants["pt_min"], constants["pt_lead"]],
        (Kind.MUON, "eta"): [constants["eta_max"]],
    }
    objects = with_spots(rng, objects, spots, share=0.3, near=0.1)
    write_nano(folder / "events.root", rng, objects, _N_EVENTS, constants["iso_max"])
