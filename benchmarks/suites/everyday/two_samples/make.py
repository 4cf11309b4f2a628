"""A small signal, mostly WZ, and a background of all processes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.everyday.make_flat import table
from hepcoder.benchmarks.suites.root_files import write_root

_SAMPLES = {"signal": (1000, 0.05, "wz"), "background": (1200, 0.6, None)}


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``signal.root`` and ``background.root``."""
    rng = np.random.default_rng(seed)
    for name, (n, scale, favoured) in _SAMPLES.items():
        columns = table(rng, n, {**constants, "favoured": favoured})
        columns["weight"] = (scale * columns["weight"]).astype(np.float32)
        write_root(folder / f"{name}.root", columns, tree="nominal")
