"""A falling background, a signal in the middle, and an excess, which fits neither background nor signal well."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  the same for all levels
    """Write ``counts.json``."""
    rng = np.random.default_rng(seed)
    n_bins = int(rng.integers(3, 6))
    background = np.round(70.0 * np.exp(-0.35 * np.arange(n_bins)) * rng.uniform(0.8, 1.2, n_bins), 1)
    signal = np.round(rng.uniform(3.0, 6.0) * np.exp(-((np.arange(n_bins) - 2.0) ** 2) / 2) + 0.3, 2)
    seen = background + rng.uniform(-0.3, 0.7, n_bins) * np.sqrt(background) + rng.uniform(1.5, 3.0) * signal
    counts = {
        "observed": [round(number) for number in seen.tolist()],
        "background": background.tolist(),
        "background_error": np.round(background * rng.uniform(0.08, 0.2, n_bins), 2).tolist(),
        "signal": signal.tolist(),
    }
    (folder / "counts.json").write_text(json.dumps(counts, indent=1) + "\n", encoding="utf-8")
