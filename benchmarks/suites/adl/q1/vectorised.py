"""Missing transverse momentum of all events, all at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import uproot


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``met.npz``."""
    with uproot.open(inputs / "events.root") as file:
        met = file["Events"]["MET_pt"].array(library="np")
    high = constants["low"] + constants["n_bins"] * constants["width"]
    counts, edges = np.histogram(met, bins=constants["n_bins"], range=(constants["low"], high))
    below, above = np.count_nonzero(met < constants["low"]), np.count_nonzero(met > high)
    np.savez(
        outputs / "met.npz", counts=counts.astype(float), edges=edges, underflow=[float(below)], overflow=[float(above)]
    )
