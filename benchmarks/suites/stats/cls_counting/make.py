"""Channels with deficits, excesses, and none seen at all."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  the same for all levels
    """Write ``channels.csv``."""
    rng = np.random.default_rng(seed)
    rows = []
    for number, shift in enumerate((-2.0, -1.0, 0.0, 1.0, 2.0)):
        background = round(float(np.exp(rng.uniform(1.0, 3.3))), 2)
        observed = max(0, round(background + shift * background**0.5))
        rows.append([f"channel{number}", observed, background, round(float(rng.uniform(2.0, 9.0)), 2)])
    rows.append(["none_seen", 0, round(float(rng.uniform(1.0, 3.0)), 2), round(float(rng.uniform(1.5, 4.0)), 2)])
    with (folder / "channels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["channel", "observed", "background", "signal"])
        writer.writerows([rows[number] for number in rng.permutation(len(rows))])
