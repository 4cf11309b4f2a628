"""Distances between the objects of two collections, event by event."""

import awkward as ak
import numpy as np

from hepcoder.tools.angles import delta_phi
from hepcoder.tools.arrays import Array, to_array
from hepcoder.tools.objects import jagged
from hepcoder.tools.quantities import double, get


def as_lists(objects: Array, function: str) -> ak.Array:
    """The objects as a list for each event; one object an event becomes a list of one, None an empty list.

    Args:
        objects: Jagged records, or one record for each event.
        function: Who asks, for the message.

    Raises:
        ValueError: If they are plain numbers.
    """
    array = to_array(objects)
    if array.ndim == 1 and array.fields:
        return ak.singletons(array) if array.layout.is_option else ak.from_regular(array[:, np.newaxis], axis=1)
    return jagged(array, function)


def distances(objects: ak.Array, others: ak.Array) -> ak.Array:
    """The delta R of each object to each of the others.

    Args:
        objects: Jagged records with eta and phi.
        others: The same, in the same events.

    Returns:
        For each event a list for each object, with one distance for each of the others.

    Raises:
        ValueError: If eta or phi is missing, or there are not as many events in both.
    """
    if len(objects) != len(others):
        message = f"{len(objects)} events of objects but {len(others)} of others; cut both in the same way"
        raise ValueError(message)
    eta, phi = (double(get(objects, name))[:, :, np.newaxis] for name in ("eta", "phi"))
    other_eta, other_phi = (double(get(others, name))[:, np.newaxis, :] for name in ("eta", "phi"))
    return np.sqrt((eta - other_eta) ** 2 + delta_phi(phi, other_phi) ** 2)
