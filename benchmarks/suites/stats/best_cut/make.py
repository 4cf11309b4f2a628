"""Scores off the thresholds, and some exactly on them; at high scores both signal and background run out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  the same for all minima
    """Write ``scores.npz``."""
    rng = np.random.default_rng(seed)
    arrays: dict[str, Any] = {}
    for name, n, shape, mean in (("signal", 1500, (7.0, 4.0), 0.03), ("background", 2500, (1.2, 2.5), 0.3)):
        arrays[f"{name}_score"] = _placed(rng, rng.beta(*shape, n))
        arrays[f"{name}_weight"] = rng.uniform(0.3, 1.7, n).round(4) * mean
    np.savez(folder / "scores.npz", **arrays)


def _placed(rng: np.random.Generator, scores: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Scores of which a tenth lies exactly on a multiple of 0.02 and no other comes near one."""
    steps = np.clip(np.floor(scores * 50), 0, 49)
    inside = (steps + rng.uniform(0.1, 0.9, len(scores))) / 50
    return np.asarray(np.where(rng.random(len(scores)) < 0.1, steps / 50, inside))
