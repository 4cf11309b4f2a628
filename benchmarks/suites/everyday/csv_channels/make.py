"""The flat table as CSV, without some of its columns."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.everyday.make_flat import N_EVENTS, table

_NAMES = (
    "event", "n_jet", "met", "met_truth", "m_ll",
    "lep1_pt", "lep1_eta", "lep1_charge", "lep1_type", "lep2_pt", "lep2_eta", "lep2_charge", "lep2_type",
)  # fmt: skip


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.csv``."""
    columns = table(np.random.default_rng(seed), N_EVENTS, constants)
    lines = [",".join(_NAMES)]
    lines += [",".join(map(str, row)) for row in zip(*(columns[name] for name in _NAMES), strict=True)]
    (folder / "events.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
