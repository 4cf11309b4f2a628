"""Trijet closest to a mass, with arrays in 32-bit arithmetic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import uproot
import vector


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``trijet.npz`` and ``btag.npz``."""
    with uproot.open(inputs / "events.root") as file:
        events = file["Events"].arrays(filter_name="Jet_*")
    jets = particles(events, "Jet", "btagDeepFlavB")
    trios = ak.combinations(jets, 3, fields=["a", "b", "c"])
    total = trios.a + trios.b + trios.c
    best = ak.argmin(abs(total.mass - constants["top_mass"]), axis=1, keepdims=True)
    pt = ak.flatten(ak.drop_none(total.pt[best]))
    tags = [trios[name].btagDeepFlavB[best] for name in ("a", "b", "c")]
    tag = ak.flatten(ak.drop_none(np.maximum(np.maximum(tags[0], tags[1]), tags[2])))
    fill(outputs / "trijet.npz", pt, constants["low"], constants["width"], constants["n_bins"])
    fill(outputs / "btag.npz", tag, 0.0, 1 / constants["n_tag_bins"], constants["n_tag_bins"])


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
