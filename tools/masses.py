"""Invariant and transverse masses.

Objects are records with ``pt``, ``eta``, ``phi`` and ``mass`` (or ``E``); energies keep the unit they come in.
"""

from functools import reduce
from operator import add
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.tools.arrays import Array, fields_of
from hepcoder.tools.combinations import opposite_sign_pairs, pairs
from hepcoder.tools.quantities import double, find, get, get_all


def invariant_mass(*objects: Array, mass: float | None = None) -> Any:
    """Return the invariant mass of the sum of the given objects, m^2 = (sum E)^2 - (sum p)^2.

    Args:
        *objects: Two or more arrays of records with pt, eta, phi and mass or E (or px, py, pz and mass or E), such as
            ``leading(muons), leading(muons, 2)`` or ``*pairs(muons)``; or plain arrays in the order pt, eta, phi, mass
            for each object.
        mass: Mass of every object in the unit of pt, in place of their own; 0.0 for massless ones; None takes theirs.

    Returns:
        Mass in the unit of pt, with the shape of the objects; None where one of the objects is None. A negative m^2,
        which only rounding makes, gives 0.

    Raises:
        ValueError: If a quantity is missing, or there are fewer than two objects.

    Example:
        >>> float(invariant_mass(50.0, 0.0, 0.0, 0.0, 50.0, 0.0, np.pi, 0.0))
        100.0
    """
    if len(objects) == 1 and isinstance(objects[0], tuple):
        objects = objects[0]
    if objects and not any(fields_of(each) for each in objects):
        parts = _plain_parts(objects, mass)
    else:
        parts = [_cartesian(each, mass) for each in objects]
    if len(parts) < 2:
        message = (
            "invariant_mass needs two objects or more: invariant_mass(leading(muons), leading(muons, 2)); "
            "for all pairs use pair_mass(muons)"
        )
        raise ValueError(message)
    px, py, pz, energy = (reduce(add, each) for each in zip(*parts, strict=True))
    return np.sqrt(np.maximum(energy**2 - px**2 - py**2 - pz**2, 0.0))


def _plain_parts(objects: tuple[Array, ...], mass: float | None) -> list[tuple[Any, Any, Any, Any]]:
    if len(objects) % 4:
        message = (
            f"invariant_mass got {len(objects)} plain arrays; give pt, eta, phi, mass of each object, in this order"
        )
        raise ValueError(message)
    plain = [double(each) for each in objects]
    fours = [plain[start : start + 4] for start in range(0, len(plain), 4)]
    return [_from_polar(pt, eta, phi, own if mass is None else mass) for pt, eta, phi, own in fours]


def _cartesian(objects: Array, mass: float | None) -> tuple[Any, Any, Any, Any]:
    """Components px, py, pz, E."""
    if {"px", "py", "pz"} <= set(fields_of(objects)):
        px, py, pz = (double(objects[name]) for name in ("px", "py", "pz"))
        energy = find(objects, "E") if mass is None else None
        if energy is not None:
            return px, py, pz, double(energy)
        own = double(get(objects, "mass") if mass is None else mass)
        return px, py, pz, np.sqrt(px**2 + py**2 + pz**2 + own**2)
    pt, eta, phi = (double(get(objects, name)) for name in ("pt", "eta", "phi"))
    found = mass if mass is not None else find(objects, "mass")
    energy = find(objects, "E") if found is None else None
    if found is None and energy is None:
        message = (
            f"objects have {', '.join(fields_of(objects))} but neither mass nor E; "
            "give their mass: invariant_mass(a, b, mass=0.0)"
        )
        raise ValueError(message)
    return _from_polar(pt, eta, phi, None if found is None else double(found), energy)


def _from_polar(pt: Any, eta: Any, phi: Any, mass: Any, energy: Any = None) -> tuple[Any, Any, Any, Any]:
    pz = pt * np.sinh(eta)
    total = double(energy) if mass is None else np.sqrt((pt * np.cosh(eta)) ** 2 + mass**2)
    return pt * np.cos(phi), pt * np.sin(phi), pz, total


def pair_mass(objects: Array, *, mass: float | None = None, opposite_sign: bool = False) -> ak.Array:
    """Return the invariant masses of all pairs of objects within each event.

    Args:
        objects: Jagged records with pt, eta, phi and mass or E.
        mass: As in `invariant_mass`.
        opposite_sign: Whether to keep only pairs of opposite charge.

    Returns:
        Jagged masses in the unit of pt, in the order of `pairs`.

    Raises:
        ValueError: If the objects are not jagged or lack a quantity.

    Example:
        >>> photons = ak.Array([[{"pt": 50.0, "eta": 0.0, "phi": 0.0}, {"pt": 50.0, "eta": 0.0, "phi": np.pi}], []])
        >>> pair_mass(photons, mass=0.0).tolist()
        [[100.0], []]
    """
    first, second = opposite_sign_pairs(objects) if opposite_sign else pairs(objects)
    return invariant_mass(first, second, mass=mass)


def transverse_mass(*objects: Array) -> Any:
    """Return the transverse mass of a lepton and the missing momentum, mT^2 = 2 pt met (1 - cos delta phi).

    Args:
        *objects: Lepton and met, each with pt and phi; or four plain arrays: lepton pt, lepton phi, met, met phi.

    Returns:
        In the unit of pt, with the shape of the lepton.

    Raises:
        ValueError: If there are neither two objects nor four arrays, or a quantity is missing.

    Example:
        >>> float(transverse_mass(40.0, 0.0, 40.0, np.pi))
        80.0
    """
    usage = "transverse_mass needs lepton and met, or pt, phi, met, met_phi"
    pt, phi, missing, missing_phi = get_all(objects, ("pt", "phi"), usage)
    return np.sqrt(np.maximum(2 * pt * missing * (1 - np.cos(phi - missing_phi)), 0.0))
