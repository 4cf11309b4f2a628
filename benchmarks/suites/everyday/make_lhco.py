"""LHCO text, GeV, objects of a type not sorted."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.everyday.sample import draw_objects

_N_EVENTS = 610


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.lhco``."""
    rng = np.random.default_rng(seed)
    objects = draw_objects(rng, _N_EVENTS, constants, pile_up_mean=0.15)
    write_lhco(folder / "events.lhco", objects, event_numbers(rng, _N_EVENTS), seed=seed)
