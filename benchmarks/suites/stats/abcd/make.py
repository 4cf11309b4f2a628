"""Independent falling x and y, a little signal in the corner, and events that sit on the cuts."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_N_EVENTS = 3000


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.csv``."""
    rng = np.random.default_rng(seed)
    signal = rng.random(_N_EVENTS) < 0.03
    x = np.where(signal, rng.uniform(0.6, 1.0, _N_EVENTS), rng.beta(1.5, 2.0, _N_EVENTS)).round(4)
    y = np.where(signal, rng.normal(25.0, 3.0, _N_EVENTS), rng.exponential(12.0, _N_EVENTS)).round(3)
    x = np.where(rng.random(_N_EVENTS) < 0.03, constants["x_cut"], x)
    y = np.where(rng.random(_N_EVENTS) < 0.03, constants["y_cut"], y)
    x[0], y[0] = 0.9, 40.0
    with (folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["event", "x", "y", "is_mc_signal"])
        rows = zip(range(1, _N_EVENTS + 1), x.tolist(), y.tolist(), signal.astype(int).tolist(), strict=True)
        writer.writerows(rows)
