"""Transverse mass of the lepton outside a resonance, with arrays in 32-bit arithmetic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import vector


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``mt.npz``."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name=["MET_*", "Muon_*", "Electron_*"])
    leptons = ak.concatenate(
        [particles(events, kind, flavour) for flavour, kind in ((11, "Electron"), (13, "Muon"))], axis=1
    )
    numbers = ak.local_index(leptons)
    pairs = ak.argcombinations(leptons, 2, fields=["first", "second"])
    first, second = leptons[pairs.first], leptons[pairs.second]
    good = (first.charge + second.charge == 0) & (first.flavour == second.flavour) & (ak.num(leptons) >= 3)
    pairs, mass = pairs[good], (first + second).mass[good]
    best = ak.argmin(abs(mass - constants["z_mass"]), axis=1, keepdims=True)
    chosen = ak.any(good, axis=1)
    leptons, numbers, pairs = leptons[chosen], numbers[chosen], pairs[best][chosen]
    others = leptons[(numbers != ak.flatten(pairs.first)) & (numbers != ak.flatten(pairs.second))]
    third = others[ak.argmax(others.pt, axis=1, keepdims=True)]
    met_pt, met_phi = events.MET_pt[chosen], events.MET_phi[chosen]
    mass = np.sqrt(2 * ak.flatten(third.pt) * met_pt * (1 - np.cos(ak.flatten(third.phi) - met_phi)))
    fill(outputs / "mt.npz", mass, constants["low"], constants["width"], constants["n_bins"])


def particles(events: Any, kind: str, flavour: int) -> Any:
    """Leptons of one flavour as four-momenta."""
    names = ("pt", "eta", "phi", "mass", "charge")
    columns = {name: events[f"{kind}_{name}"] for name in names}
    return vector.zip({**columns, "flavour": ak.full_like(columns["charge"], flavour)})


def fill(path: Path, values: Any, low: float, width: float, n_bins: int) -> None:
    """Fill a histogram and write it."""
    values = ak.to_numpy(values)
    edges = low + width * np.arange(n_bins + 1)
    counts, _ = np.histogram(values, bins=edges)
    np.savez(path, counts=counts, edges=edges, underflow=(values < edges[0]).sum(), overflow=(values > edges[-1]).sum())
