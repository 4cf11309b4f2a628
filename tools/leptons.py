"""Electrons and muons as one collection."""

from typing import Any

import awkward as ak

from hepcoder.tools.arrays import Array, fields_of
from hepcoder.tools.momenta import MASS_GEV
from hepcoder.tools.objects import jagged, sort_by_pt
from hepcoder.tools.quantities import double, find, get

_FLAVOURS = ("flavour", "flavor", "type_", "pdgId")


def merge_leptons(electrons: Array, muons: Array) -> ak.Array:
    """Return electrons and muons of each event as one list, the highest pt first, with their flavour.

    Args:
        electrons: Jagged records with pt, eta, phi and charge, selected before.
        muons: The same.

    Returns:
        Jagged Momentum4D records with pt, eta, phi, mass, charge, flavour (11 electron, 13 muon), index (place in its
        own list, from 0 on) and all fields that both have. Without a mass of their own they get the known one in GeV.

    Raises:
        ValueError: If a quantity is missing, or both do not have the same events.

    Example:
        >>> electrons = ak.Array([[{"pt": 30.0, "eta": 0.0, "phi": 0.0, "charge": 1}]])
        >>> muons = ak.Array([[{"pt": 40.0, "eta": 1.0, "phi": 2.0, "charge": -1}]])
        >>> leptons = merge_leptons(electrons, muons)
        >>> leptons.pt.tolist(), leptons.flavour.tolist()
        ([[40.0, 30.0]], [[13, 11]])
    """
    if len(electrons) != len(muons):
        message = f"{len(electrons)} events of electrons but {len(muons)} of muons; cut both in the same way"
        raise ValueError(message)
    shared = set(fields_of(electrons)) & set(fields_of(muons))
    both = [_uniform(electrons, "electron", 11, shared), _uniform(muons, "muon", 13, shared)]
    return sort_by_pt(ak.concatenate(both, axis=1))


def _uniform(leptons: Array, kind: str, flavour: int, shared: set[str]) -> ak.Array:
    array = jagged(leptons, "merge_leptons")
    parts: dict[str, Any] = {name: double(get(array, name)) for name in ("pt", "eta", "phi")}
    mass = find(array, "mass")
    parts["mass"] = ak.full_like(parts["pt"], MASS_GEV[kind]) if mass is None else double(mass)
    parts["charge"] = get(array, "charge")
    parts["flavour"] = ak.full_like(parts["pt"], flavour, dtype=int)
    parts["index"] = ak.local_index(parts["pt"])
    extra = {name: array[name] for name in sorted(shared - set(parts) - {"E", "e", "energy", "t", "tau", "m"})}
    return ak.zip(parts | extra, depth_limit=2, with_name="Momentum4D")


def flavour_of(leptons: Array) -> ak.Array:
    """Return 11 for electrons, 13 for muons and 15 for taus, whatever the field is called.

    Args:
        leptons: Records with ``flavour``, ``type_`` (ATLAS open data) or ``pdgId``.

    Returns:
        Whole numbers in the shape of the leptons.

    Raises:
        ValueError: If there is no such field.

    Example:
        >>> flavour_of(ak.Array([[{"pdgId": -13}, {"pdgId": 11}]])).tolist()
        [[13, 11]]
    """
    name = next((one for one in _FLAVOURS if one in fields_of(leptons)), None)
    if name is None:
        has = ", ".join(fields_of(leptons)) or "plain numbers"
        message = f"leptons have no flavour; they have {has}; use merge_leptons(electrons, muons)"
        raise ValueError(message)
    return abs(ak.values_astype(leptons[name], int))
