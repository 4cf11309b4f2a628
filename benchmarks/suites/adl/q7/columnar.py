"""Scalar sum of jets away from leptons, with arrays in 32-bit arithmetic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import vector


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``ht.npz``."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["Jet_*", "Muon_*", "Electron_*"])
    jets, muons, electrons = (particles(events, kind) for kind in ("Jet", "Muon", "Electron"))
    jets = jets[jets.pt > constants["jet_pt_min"]]
    keep = ak.ones_like(jets.pt, dtype=bool)
    for leptons in (muons, electrons):
        hard = leptons[leptons.pt > constants["lepton_pt_min"]]
        jet, lepton = ak.unzip(ak.cartesian([jets, hard], nested=True))
        keep = keep & ~ak.any(jet.deltaR(lepton) < constants["delta_r"], axis=-1)
    total = ak.sum(jets.pt[keep], axis=1)
    fill(outputs / "ht.npz", total, constants["low"], constants["width"], constants["n_bins"])


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
