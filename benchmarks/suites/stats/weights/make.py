"""A peak on a falling mass, a seventh of the weights negative, masses on the edges."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_N_EVENTS = 2500


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.csv``."""
    rng = np.random.default_rng(seed)
    low, width, n_bins = constants["low"], constants["width"], constants["n_bins"]
    peak = rng.random(_N_EVENTS) < 0.4
    mass = np.where(peak, rng.normal(117.0, 4.0, _N_EVENTS), 60.0 + rng.exponential(50.0, _N_EVENTS)).round(3)
    edges = [low, low + width, low + width * n_bins]
    mass = np.where(rng.random(_N_EVENTS) < 0.03, rng.choice(edges, _N_EVENTS), mass)
    weight = (rng.normal(12.0, 2.5, _N_EVENTS) * rng.choice([1, -1], _N_EVENTS, p=[6 / 7, 1 / 7])).round(5)
    selected = rng.random(_N_EVENTS) < np.where(peak, 0.8, 0.5)
    with (folder / "events.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["event", "mass", "weight", "selected"])
        columns = (range(1, _N_EVENTS + 1), mass.tolist(), weight.tolist(), selected.astype(int).tolist())
        writer.writerows(zip(*columns, strict=True))
