"""Missing momentum of events with a dimuon resonance, with arrays in 32-bit arithmetic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import vector


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``met.npz``."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["MET_pt", "Muon_*"])
    muons = particles(events, "Muon", "charge")
    pairs = ak.combinations(muons, 2, fields=["first", "second"])
    mass = (pairs.first + pairs.second).mass
    good = (
        (pairs.first.charge != pairs.second.charge) & (mass > constants["mass_low"]) & (mass < constants["mass_high"])
    )
    met = events.MET_pt[ak.any(good, axis=1)]
    fill(outputs / "met.npz", met, constants["low"], constants["width"], constants["n_bins"])


def particles(events: Any, kind: str, *more: str) -> Any:
    """A collection as four-momenta."""
    names = ("pt", "eta", "phi", "mass", *more)
    return vector.zip({name: events[f"{kind}_{name}"] for name in names})


def fill(path: Path, values: Any, low: float, width: float, n_bins: int) -> None:
    """Fill a histogram and write it."""
    values = ak.to_numpy(values)
    edges = low + width * np.arange(n_bins + 1)
    counts, _ = np.histogram(values, bins=edges)
    np.savez(path, counts=counts, edges=edges, underflow=(values < edges[0]).sum(), overflow=(values > edges[-1]).sum())
