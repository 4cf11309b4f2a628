"""A turn-on with its foot in the first bin, a plateau so high that the last bin has no failure, and pt on the edges."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

_N_PROBES = 900


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``probes.csv``."""
    rng = np.random.default_rng(seed)
    edges = [constants[f"edge_{number}"] for number in range(6)]
    pt = (5.0 + rng.exponential(22.0, _N_PROBES)).round(2)
    pt = np.where(rng.random(_N_PROBES) < 0.06, rng.choice(edges, _N_PROBES), pt)
    tight = rng.random(_N_PROBES) < 0.8
    truth = np.where(pt < edges[1], 0.0, 0.97 / (1 + np.exp(-(pt - 26.0) / 2.5)))
    truth = np.where(pt >= edges[4], 1.0, truth)
    fired = rng.random(_N_PROBES) < np.where(tight, truth, 0.5)
    with (folder / "probes.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["pt", "tight", "fired"])
        writer.writerows(zip(pt.tolist(), tight.astype(int).tolist(), fired.astype(int).tolist(), strict=True))
