"""The nearest of some other objects."""

import awkward as ak

from hepcoder.tools.arrays import Array, to_array
from hepcoder.tools.distances import as_lists, distances


def nearest(objects: Array, others: Array) -> ak.Array:
    """Return for each object the one of the others that is nearest in delta R, such as the b-jet nearest to a lepton.

    Args:
        objects: Jagged records with eta and phi, or one an event, such as ``leading(leptons)``.
        others: Jagged records with eta and phi.

    Returns:
        One of the others for each object, in the shape of the objects; None where there are no others or no object.
        Of equally near ones the first.

    Raises:
        ValueError: If eta or phi is missing, or both do not have the same events.

    Example:
        >>> lepton = ak.Array([{"eta": 0.0, "phi": 3.0}, {"eta": 0.0, "phi": 3.0}])
        >>> jets = ak.Array([[{"pt": 50.0, "eta": 0.0, "phi": 0.0}, {"pt": 40.0, "eta": 0.0, "phi": -3.0}], []])
        >>> nearest(lepton, jets).pt.tolist()
        [40.0, None]
    """
    lists, targets = as_lists(objects, "nearest"), as_lists(others, "nearest")
    found = targets[ak.argmin(distances(lists, targets), axis=2)]
    return ak.firsts(found) if _one_an_event(objects) else found


def nearest_delta_r(objects: Array, others: Array) -> ak.Array:
    """Return for each object its distance delta R to the nearest of the others.

    Args:
        objects: Jagged records with eta and phi, or one an event.
        others: Jagged records with eta and phi.

    Returns:
        One distance for each object, no unit; None where there are no others or no object.

    Raises:
        ValueError: If eta or phi is missing, or both do not have the same events.

    Example:
        >>> lepton = ak.Array([{"eta": 0.5, "phi": 3.0}])
        >>> jets = ak.Array([[{"eta": 0.5, "phi": 1.0}, {"eta": 0.0, "phi": 3.0}]])
        >>> nearest_delta_r(lepton, jets).tolist()
        [0.5]
    """
    lists, targets = as_lists(objects, "nearest_delta_r"), as_lists(others, "nearest_delta_r")
    found = ak.min(distances(lists, targets), axis=2)
    return ak.firsts(found) if _one_an_event(objects) else found


def _one_an_event(objects: Array) -> bool:
    return bool(to_array(objects).ndim == 1)
