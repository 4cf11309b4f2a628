"""Regions from rich to poor, one with an exact background, one without signal, one that its uncertainty spoils."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  the same for all luminosities
    """Write ``regions.csv``."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(int(rng.integers(5, 8))):
        background = round(float(np.exp(rng.uniform(0.5, 4.0))), 2)
        signal = round(background * float(rng.uniform(0.1, 0.8)) + 1.0, 2)
        rows.append([f"SR{number + 1}", signal, background, round(background * float(rng.uniform(0.1, 0.3)), 3)])
    rows.append(["SRexact", round(float(rng.uniform(3.0, 6.0)), 2), round(float(rng.uniform(8.0, 12.0)), 2), 0.0])
    rows.append(["SRempty", 0.0, round(float(rng.uniform(5.0, 9.0)), 2), 0.8])
    # Much signal, but an uncertainty that makes the region useless: the best one only for those who leave it out.
    rows.append(["SRbusy", 150.0, round(float(rng.uniform(380.0, 420.0)), 2), 110.0])
    order = rng.permutation(len(rows))
    with (folder / "regions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["region", "signal", "background", "background_error"])
        writer.writerows([rows[number] for number in order])
