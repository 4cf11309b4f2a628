"""Objects of each event: how many, the leading one, the sum of their pt."""

import awkward as ak
import numpy as np

from hepcoder.tools.arrays import Array, is_boolean, to_array
from hepcoder.tools.quantities import double, get


def jagged(objects: Array, function: str) -> ak.Array:
    """The objects as lists, one for each event, without missing entries; an event that is None stays None.

    Args:
        objects: Jagged records or numbers.
        function: Who asks, for the message.

    Raises:
        ValueError: If there is one value for each event.
    """
    array = to_array(objects)
    if not len(array) and not array.fields and array.ndim < 2:
        return ak.Array([[]])[:0]
    if array.ndim < 2:
        message = (
            f"{function} needs a list of objects for each event (jagged), such as events.muons, not one value per event"
        )
        raise ValueError(message)
    return ak.drop_none(ak.from_regular(array, axis=1), axis=1)


def _key(objects: ak.Array) -> ak.Array:
    return get(objects, "pt") if objects.fields else objects


def _sorted(objects: Array, function: str) -> ak.Array:
    array = jagged(objects, function)
    return array[ak.argsort(_key(array), axis=1, ascending=False, stable=True)]


def sort_by_pt(objects: Array) -> ak.Array:
    """Return the objects of each event with the highest pt first.

    Args:
        objects: Jagged records with ``pt``, or jagged numbers, which are sorted themselves.

    Returns:
        The same objects in the new order.

    Raises:
        ValueError: If the objects are not jagged or have no pt.

    Example:
        >>> sort_by_pt([[20.0, 50.0], [], [7.0]]).tolist()
        [[50.0, 20.0], [], [7.0]]
    """
    return _sorted(objects, "sort_by_pt")


def leading(objects: Array, n: int = 1) -> ak.Array:
    """Return the object with the n-th highest pt of each event.

    Args:
        objects: Jagged records with ``pt``, or jagged numbers, the highest of which is taken.
        n: 1 for the leading object, 2 for the sub-leading one, and so on.

    Returns:
        One object for each event; None where an event has fewer than ``n``. A condition on it is None there too, never
        True: histograms, sums and `Cutflow` skip such events, but indexing with it keeps a None for each of them;
        ``ak.fill_none(condition, False)`` drops them.

    Raises:
        ValueError: If ``n`` is not a whole number from 1 on, or the objects are not jagged or have no pt.

    Example:
        >>> leading([[20.0, 50.0], [], [7.0]]).tolist()
        [50.0, None, 7.0]
        >>> leading([[20.0, 50.0], [], [7.0]], 2).tolist()
        [20.0, None, None]
    """
    if n < 1 or n != int(n):
        message = f"leading(objects, n) counts n=1, 2, ... from the highest pt on, not n={n}"
        raise ValueError(message)
    return ak.firsts(_sorted(objects, "leading")[:, int(n) - 1 : int(n)], axis=1)


def ht(jets: Array) -> ak.Array:
    """Return the scalar sum of the jets' pt in each event.

    Args:
        jets: Jagged records with ``pt``, or jagged pt.

    Returns:
        One number for each event in the unit of pt; 0 for an event without jets.

    Raises:
        ValueError: If the jets are not jagged or have no pt.

    Example:
        >>> ht([[50.0, 30.0], []]).tolist()
        [80.0, 0.0]
    """
    return ak.fill_none(ak.sum(double(_key(jagged(jets, "ht"))), axis=1), 0.0)


def count(objects: Array) -> ak.Array:
    """Return the number of objects in each event.

    Args:
        objects: Jagged objects; a jagged mask counts its True; one object for each event counts 1, or 0 if None.

    Returns:
        One whole number for each event; 0 where the event's list is None.

    Raises:
        ValueError: If a flat mask is given.

    Example:
        >>> count([[20.0, 50.0], [], None]).tolist()
        [2, 0, 0]
        >>> count(ak.Array([[20.0, 50.0], [5.0]]) > 10).tolist()
        [2, 0]
    """
    array = to_array(objects)
    flag = is_boolean(array)
    if array.ndim == 1:
        if flag:
            message = "count(mask) needs objects per event; the number of events that pass is ak.sum(mask)"
            raise ValueError(message)
        # is_none of records without missing ones answers field by field
        there = ~ak.is_none(array) if array.layout.is_option else ak.Array(np.ones(len(array), dtype=bool))
        return ak.values_astype(there, np.int64)
    if flag:
        return ak.fill_none(ak.sum(ak.fill_none(array, False, axis=1), axis=1), 0)
    return ak.fill_none(ak.num(ak.drop_none(array, axis=1), axis=1), 0)
