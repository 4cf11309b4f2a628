"""What a cutflow accepts for a row: events, masks, numbers and weights."""

from collections.abc import Mapping

import awkward as ak
import numpy as np

from hepcoder.tools.arrays import Array, Floats, flatten, is_boolean, to_array


def as_number(name: str, passed: Array) -> int | None:
    """The number of events, when a number was given and neither events nor a mask; else None.

    Raises:
        ValueError: If it is no whole number from 0 on.
    """
    if not isinstance(passed, int | float | np.number | np.ndarray) or isinstance(passed, bool) or np.ndim(passed):
        return None
    n = float(passed)
    if not n.is_integer() or n < 0:
        message = f"cutflow row {name!r} needs a whole number of events, not {n}; give weights with weights=..."
        raise ValueError(message)
    return int(n)


def is_mask(passed: Array) -> bool:
    """Whether there is one value for each event, or a jagged mask, which `event_mask` then refuses."""
    if isinstance(passed, Mapping | bool | np.bool_):
        return False
    array = to_array(passed)
    return not array.fields and (array.ndim == 1 or is_boolean(array))


def n_events(name: str, events: Array) -> int:
    """How many events an array, or a dict of arrays, holds.

    Raises:
        TypeError: If it is a single boolean.
        ValueError: If the arrays of the dict differ in length, or an event is None: a condition with None in it keeps
            such events, and they would be counted.
    """
    if not isinstance(events, Mapping):
        if isinstance(events, bool | np.bool_):
            message = f"cutflow row {name!r} needs events, a mask or a number, not {events}"
            raise TypeError(message)
        array = to_array(events)
        missing = len(array) - len(ak.drop_none(array, axis=0))
        if missing:
            message = (
                f"{missing} of the {len(array)} events of {name!r} are None, kept by a condition that is None there; "
                f"cut with cutflow.cut(events, condition, {name!r}) or ak.fill_none(condition, False)"
            )
            raise ValueError(message)
        return len(array)
    lengths = {len(value) for value in events.values()}
    if len(lengths) != 1:
        message = f"{name!r}: the arrays of the dict have different lengths: {sorted(lengths)}"
        raise ValueError(message)
    return lengths.pop()


def finite(weights: Array) -> Floats:
    """The weights as numpy array; shape (n,).

    Raises:
        ValueError: If one is missing, NaN or infinite.
    """
    each = flatten(ak.fill_none(to_array(weights), np.nan), name="weights").astype(np.float64)
    wrong = int(np.count_nonzero(~np.isfinite(each)))
    if wrong:
        message = f"{wrong} of {len(each)} weights are missing, NaN or infinite; drop those events or weight them 0"
        raise ValueError(message)
    return each


def as_long(name: str, weights: Array, n: int) -> Floats:
    """The weights, as `finite` gives them; a ValueError unless there are n of them."""
    each = finite(weights)
    if len(each) != n:
        message = f"{name!r}: {len(each)} weights for {n} events; give the weights of the selected events"
        raise ValueError(message)
    return each
