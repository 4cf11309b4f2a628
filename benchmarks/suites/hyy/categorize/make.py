"""What the reference of the steps before `categorize` makes of the ROOT files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.hyy.chain import make_telling_inputs
from hepcoder.benchmarks.suites.programs import compiled

_WRONG = ({"b_min": 1e-9}, {"min_gain": 0.01})


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write the inputs of this step; where `null`, the data they come from hold no signal.

    Raises:
        VariantError: On no data drawn does every wrong search show.
    """
    make_telling_inputs("categorize", folder, seed, constants, lambda inputs: _tells(inputs, constants), null=null)


def _tells(inputs: Path, constants: Mapping[str, Any]) -> bool:
    """Whether a search goes wrong that stops after one boundary, takes any background, or stops at one per cent."""
    path = Path(__file__).parent / "reference.py"
    search = compiled(path.read_text(encoding="utf-8"), "search", str(path))
    with np.load(inputs / "scores.npz") as file:
        signal, bkgd = (
            list(zip(file[name].tolist(), np.load(inputs / f"{name}.npy")[:, 34].tolist(), strict=True))
            for name in ("signal", "bkgd")
        )
    kept, *others = (search(signal, bkgd, {**constants, **changed})[0] for changed in ({}, *_WRONG))
    return len(kept) > 1 and kept not in others
