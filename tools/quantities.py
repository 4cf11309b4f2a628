"""Finding pt, eta, phi, mass, E and charge in whatever holds the objects."""

from collections.abc import Sequence
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.tools.arrays import Array, fields_of, to_array

_NAMES = {
    "pt": ("pt", "Pt", "PT", "pT", "rho", "met", "et", "MET"),
    "eta": ("eta", "Eta"),
    "phi": ("phi", "Phi"),
    "mass": ("mass", "m", "M", "Mass", "tau"),
    "E": ("E", "e", "energy", "Energy", "t"),
    "charge": ("charge", "q", "Charge"),
}


def find(objects: Array, quantity: str) -> Array | None:
    """The quantity under any of its usual names, or worked out by a vector behaviour; None when there is none.

    Args:
        objects: Records.
        quantity: pt, eta, phi, mass, E or charge.
    """
    names, fields = _NAMES[quantity], fields_of(objects)
    for name in names:
        if name in fields:
            return objects[name]
    if isinstance(objects, ak.Array | ak.Record) and objects.layout.purelist_parameter("__record__") is None:
        return None
    values = (getattr(objects, name, None) for name in names)
    return next((value for value in values if value is not None and not callable(value)), None)


def get(objects: Array, quantity: str) -> Array:
    """The quantity, as `find` does.

    Raises:
        ValueError: If the objects do not have it; lists what they have.
    """
    value = find(objects, quantity)
    if value is None:
        has = ", ".join(fields_of(objects)) or "plain numbers"
        message = f"these objects have no {quantity!r}; they have {has}"
        raise ValueError(message)
    return value


def double(values: Array) -> Array:
    """The numbers in double precision: the mass of a boosted pair is a small difference of large numbers."""
    if isinstance(values, ak.Array):
        return ak.values_astype(values, np.float64)
    if isinstance(values, list | tuple):
        return ak.values_astype(to_array(values), np.float64)
    return np.asarray(values, dtype=np.float64)[()]


def get_all(objects: Sequence[Array], names: Sequence[str], usage: str) -> list[Any]:
    """Quantities of two objects, or the plain numbers given in their place, in double precision.

    Args:
        objects: Two arrays of records, or as many plain arrays as two objects have quantities.
        names: The quantities of one object.
        usage: What to write, for the message.

    Returns:
        The quantities of the first object, then those of the second.

    Raises:
        ValueError: If there are neither two objects nor that many arrays, or a quantity is missing.
    """
    if len(objects) == 2:
        return [double(get(each, name)) for each in objects for name in names]
    if len(objects) == 2 * len(names):
        return [double(each) for each in objects]
    message = f"{usage}; got {len(objects)} arguments"
    raise ValueError(message)
