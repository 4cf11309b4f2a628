"""What the reference of the steps before `fit` makes of the ROOT files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.hyy.chain import make_inputs


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write the inputs of this step."""
    make_inputs("fit", folder, seed, constants)
