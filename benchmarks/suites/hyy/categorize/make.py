"""What the reference of the steps before `categorize` makes of the ROOT files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.hyy.chain import make_inputs


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write the inputs of this step; where `null`, the data they come from hold no signal."""
    make_inputs("categorize", folder, seed, constants, null=null)
