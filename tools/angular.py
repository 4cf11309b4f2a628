"""Sums of momenta, and angles of pairs and of what lies between two jets."""

from functools import reduce
from operator import add
from typing import Any

import awkward as ak
import numpy as np
import vector

from hepcoder.tools.arrays import Array, fields_of
from hepcoder.tools.quantities import double, find, get

vector.register_awkward()


def add_momenta(*objects: Array, mass: float | None = None) -> ak.Array:
    """Return the sum of four-momenta: its pt, eta, phi and mass, such as the pt of a pair of photons.

    Args:
        *objects: Arrays of records with pt, eta, phi and mass or E (or px, py, pz and mass or E), in one shape, such
            as ``leading(photons), leading(photons, 2)`` or ``*pairs(muons)``.
        mass: Mass of every object in the unit of pt, in place of their own; 0.0 for massless ones; None takes theirs.

    Returns:
        Momentum4D records with pt, eta, phi and mass, in the shape of the objects; None where one of them is None.

    Raises:
        ValueError: If a quantity is missing or there is no object.

    Example:
        >>> one = ak.Array([{"pt": 50.0, "eta": 0.0, "phi": 0.0}])
        >>> two = ak.Array([{"pt": 30.0, "eta": 0.0, "phi": np.pi}])
        >>> pair = add_momenta(one, two, mass=0.0)
        >>> pair.pt.tolist(), round(float(pair.mass[0]), 3)
        ([20.0], 77.46)
    """
    if not objects:
        message = "add_momenta needs one object or more: add_momenta(leading(muons), leading(muons, 2))"
        raise ValueError(message)
    total = reduce(add, (_momentum(each, mass) for each in objects))
    parts = {"pt": total.pt, "eta": total.eta, "phi": total.phi, "mass": total.mass}
    return ak.zip(parts, with_name="Momentum4D")


def _momentum(objects: Array, mass: float | None) -> ak.Array:
    """The objects as vector momenta in double precision."""
    along = ("px", "py", "pz") if {"px", "py", "pz"} <= set(fields_of(objects)) else ("pt", "eta", "phi")
    parts = {name: double(get(objects, name) if name in {"pt", "eta", "phi"} else objects[name]) for name in along}
    own, energy = (find(objects, "mass"), find(objects, "E")) if mass is None else (mass, None)
    if own is None and energy is None:
        message = f"objects have {', '.join(fields_of(objects))} but neither mass nor E; give their mass: mass=0.0"
        raise ValueError(message)
    parts |= {"E": double(energy)} if own is None else {"mass": double(own)}
    return ak.zip(parts, with_name="Momentum4D")


def delta_eta(a: Array, b: Array) -> Any:
    """Return the difference of pseudorapidity a - b; abs() of it for the gap between two jets.

    Args:
        a: Objects with ``eta``, or pseudorapidities.
        b: The same for the second.

    Returns:
        No unit, with the shape of the objects.

    Raises:
        ValueError: If objects have no eta.

    Example:
        >>> float(delta_eta(-1.5, 2.0))
        -3.5
    """
    return _eta(a) - _eta(b)


def _eta(objects: Array) -> Any:
    return double(get(objects, "eta") if fields_of(objects) else objects)


def rapidity(objects: Array, *, mass: float | None = None) -> ak.Array:
    """Return the rapidity, half the logarithm of (E + pz) / (E - pz).

    Args:
        objects: Records with pt, eta, phi and mass or E.
        mass: As in `add_momenta`.

    Returns:
        No unit, with the shape of the objects.

    Raises:
        ValueError: If a quantity is missing.

    Example:
        >>> round(float(rapidity(ak.Array([{"pt": 30.0, "eta": 1.0, "phi": 0.0, "mass": 40.0}]))[0]), 4)
        0.6569
    """
    return _momentum(objects, mass).rapidity


def collins_soper_cos_theta(a: Array, b: Array, *, mass: float | None = None) -> ak.Array:
    """Return cos theta* in the Collins-Soper frame of a pair: of the negative lepton a, or with abs() of photons.

    2 (pz_a E_b - pz_b E_a) / (m sqrt(m^2 + pt^2)) with m, pt, pz of the pair, times the sign of pz.

    Args:
        a: Records with pt, eta, phi and mass or E; the negative lepton where the sign matters.
        b: The other of each pair.
        mass: As in `add_momenta`; 0.0 for photons without a mass.

    Returns:
        Between -1 and 1, with the shape of the objects; NaN for a pair without mass. A pair with pz = 0 keeps its sign.

    Raises:
        ValueError: If a quantity is missing.

    Reference:
        Collins and Soper, Phys. Rev. D 16 (1977) 2219; in this form CMS, Phys. Lett. B 718 (2013) 752.

    Example:
        >>> one = ak.Array([{"pt": 50.0, "eta": 1.0, "phi": 0.0}])
        >>> two = ak.Array([{"pt": 50.0, "eta": -1.0, "phi": np.pi}])
        >>> round(float(abs(collins_soper_cos_theta(one, two, mass=0.0))[0]), 4)
        0.7616
    """
    first, second = _momentum(a, mass), _momentum(b, mass)
    pair = first + second
    crossed = 2 * (first.pz * second.E - second.pz * first.E)
    size = pair.mass * np.sqrt(pair.mass**2 + pair.pt**2)
    return crossed / ak.where(size > 0, size, np.nan) * ak.where(pair.pz < 0, -1.0, 1.0)


def zeppenfeld_centrality(objects: Array, jet1: Array, jet2: Array) -> ak.Array:
    """Return how far objects are from the middle of two jets, abs(eta - (eta1 + eta2) / 2) / abs(eta1 - eta2).

    Args:
        objects: Records with eta, jagged or one an event, or pseudorapidities.
        jet1: One jet an event, such as ``leading(jets)``.
        jet2: The other one.

    Returns:
        0 in the middle, 0.5 at a jet, above outside; no unit. None where both jets have the same eta.

    Raises:
        ValueError: If eta is missing.

    Reference:
        Rainwater, Szalapski and Zeppenfeld, Phys. Rev. D 54 (1996) 6680; this is z* of ATLAS and CMS.

    Example:
        >>> zeppenfeld_centrality([0.5, 3.0], [2.0, 1.0], [-2.0, 1.0]).tolist()
        [0.125, None]
    """
    return abs(_relative_place(objects, jet1, jet2))


def centrality(objects: Array, jet1: Array, jet2: Array) -> ak.Array:
    """Return how central objects are between two jets, exp(-4 ((eta - (eta1 + eta2) / 2) / (eta1 - eta2))^2).

    Args:
        objects: Records with eta, jagged or one an event, such as ``add_momenta(tau1, tau2)``, or pseudorapidities.
        jet1: One jet an event, such as ``leading(jets)``.
        jet2: The other one.

    Returns:
        1 in the middle, 1/e at a jet, towards 0 outside; no unit. None where both jets have the same eta.

    Raises:
        ValueError: If eta is missing.

    Reference:
        ATLAS, JHEP 04 (2015) 117: the eta centrality of H to tau tau by vector-boson fusion.

    Example:
        >>> round(float(centrality([1.0], [2.0], [-2.0])[0]), 4)
        0.7788
    """
    return np.exp(-4 * _relative_place(objects, jet1, jet2) ** 2)


def _relative_place(objects: Array, jet1: Array, jet2: Array) -> ak.Array:
    one, two = (_lifted(_eta(jet)) for jet in (jet1, jet2))
    span = one - two
    return (_lifted(_eta(objects)) - (one + two) / 2) / ak.mask(span, span != 0)


def _lifted(values: Any) -> ak.Array:
    return values if isinstance(values, ak.Array) else ak.Array(np.atleast_1d(values))
