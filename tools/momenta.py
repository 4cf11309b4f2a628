"""Momentum records: four-vectors out of whatever components a file has."""

from collections.abc import Mapping
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.tools.layout_records import Collection

MASS_GEV = {"electron": 0.00051099895, "muon": 0.1056583755, "photon": 0.0}
KINEMATICS = ("pt", "eta", "phi", "mass")


def momentum_record(arrays: Mapping[str, Any], collection: Collection) -> Any:
    """One record an object, with the fields the layout promises; a vector momentum where it says so.

    Args:
        arrays: By field or component name, energies in one unit; ``E`` is the energy. One that does not line up
            with the others, object by object, is left out.
        collection: What they belong to.

    Returns:
        An array of records, jagged when the collection is.
    """
    known = _in_step(arrays) if collection.jagged else dict(arrays)
    promised = {one.name for one in collection.fields}
    if collection.momentum:
        known |= {name: ak.values_astype(known[name], np.float64) for name in (*KINEMATICS, "E") if name in known}
    if "px" in known and "pt" in promised and "pt" not in known:
        known |= _polar(known)
    if "mass" in promised and "mass" not in known and {"pt", "eta"} <= set(known):
        known["mass"] = _mass(known, collection)
    parts = {one.name: known[one.name] for one in collection.fields if one.name in known}
    complete = {"pt", "phi"} <= set(parts)
    return ak.zip(parts, depth_limit=2 if collection.jagged else 1, with_name=collection.momentum if complete else None)


def _in_step(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays with as many objects in each event as the leading one (pt, px or the first)."""
    leading = next((arrays[name] for name in ("pt", "px") if name in arrays), next(iter(arrays.values())))
    counts = ak.num(leading, axis=1)
    return {name: array for name, array in arrays.items() if ak.array_equal(ak.num(array, axis=1), counts)}


def _polar(parts: Mapping[str, Any]) -> dict[str, Any]:
    px, py = (ak.values_astype(parts[one], np.float64) for one in ("px", "py"))
    found = {"pt": np.hypot(px, py), "phi": np.arctan2(py, px)}
    if "pz" in parts:
        pz = ak.values_astype(parts["pz"], np.float64)
        along = np.arcsinh(pz / ak.where(found["pt"] > 0, found["pt"], 1.0))
        found["eta"] = ak.where(found["pt"] > 0, along, np.copysign(np.inf, pz))
    return found


def _mass(parts: Mapping[str, Any], collection: Collection) -> Any:
    """Mass from the energy where there is one (negative where it is below the momentum), else the known one."""
    if "E" in parts:
        squared = parts["E"] ** 2 - (parts["pt"] * np.cosh(parts["eta"])) ** 2
        return np.sign(squared) * np.sqrt(abs(squared))
    like = ak.zeros_like(parts["pt"], dtype=np.float64)
    if collection.kind == "lepton":
        return like + ak.where(abs(parts["type_"]) == 13, MASS_GEV["muon"], MASS_GEV["electron"])
    return like + MASS_GEV[str(collection.kind)]
