"""What the reference of the steps before `separate` makes of the ROOT files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.hyy.chain import make_telling_inputs


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write the inputs of this step; where `null`, the data they come from hold no signal.

    Raises:
        VariantError: In no data drawn do the halves differ.
    """
    make_telling_inputs("separate", folder, seed, constants, _tells, null=null)


def _tells(inputs: Path) -> bool:
    """Whether the numbers of even and odd events differ from each other and from those of even and odd rows."""
    numbers = [np.load(inputs / f"{name}.npy")[:, 35] for name in ("signal", "bkgd")]
    even = sum(int(np.count_nonzero(each % 2 == 0)) for each in numbers)
    odd = sum(len(each) for each in numbers) - even
    return even not in (odd, sum((len(each) + 1) // 2 for each in numbers))
