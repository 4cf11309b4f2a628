"""What the toolbox accepts as an array, turned into what it works with.

Everything in here takes numpy arrays, awkward arrays (flat, jagged, with missing values) and plain
lists, and says in one line what to write instead when it cannot.
"""

from typing import Any, TypeAlias

import awkward as ak
import numpy as np
import numpy.typing as npt

Array: TypeAlias = Any
"""Numpy array, awkward array or list; awkward has no types that a checker could use."""

Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]


def to_array(values: Array) -> ak.Array:
    """Return any array-like as an awkward array.

    Args:
        values: Numpy array (masked too), awkward array, list or tuple (nested and with None too), or a single number.

    Returns:
        The same values; a single number becomes an array of length 1.

    Raises:
        TypeError: If the values are text or no array at all.

    Example:
        >>> to_array([[1.0, 2.0], []]).tolist()
        [[1.0, 2.0], []]
    """
    if isinstance(values, ak.Array):
        return values
    if values is None or isinstance(values, str | bytes | dict):
        message = f"expected numbers, got {type(values).__name__} {str(values)[:40]!r}; pass an array such as muons.pt"
        raise TypeError(message)
    if isinstance(values, np.ndarray):
        if values.dtype.hasobject:
            message = f"expected numbers, got an array of Python objects {str(values)[:40]}; build it from numbers"
            raise TypeError(message)
        return ak.from_numpy(np.atleast_1d(values))
    if np.isscalar(values):
        return ak.Array([values])
    if hasattr(values, "__array__"):
        return ak.from_numpy(np.atleast_1d(np.asarray(values)))
    return ak.Array(list(values))


def is_jagged(values: Array) -> bool:
    """Whether there is a list of values for each event, rather than one value.

    Example:
        >>> is_jagged([[1, 2], []]), is_jagged([1, None])
        (True, False)
    """
    return bool(to_array(values).ndim > 1)


def is_boolean(values: Array) -> bool:
    """Whether the values, flat or jagged, are True and False.

    Example:
        >>> is_boolean([[True], [], None]), is_boolean([1, 0])
        (True, False)
    """
    array = to_array(values)
    return not array.fields and str(ak.type(array)).rstrip("]").endswith("bool")


def fields_of(values: Array) -> tuple[str, ...]:
    """Names of the quantities that records hold; empty for plain numbers.

    Example:
        >>> fields_of([{"pt": 1.0, "eta": 0.2}])
        ('pt', 'eta')
    """
    if isinstance(values, np.ndarray):
        return tuple(values.dtype.names or ())
    return tuple(getattr(values, "fields", ()) or to_array(values).fields)


def flatten(values: Array, *, name: str = "values") -> npt.NDArray[Any]:
    """Return all numbers as one flat numpy array, without missing ones.

    Args:
        values: Flat or jagged numbers; None entries are dropped.
        name: How to call them in an error.

    Returns:
        Shape (n,), in the order of the events.

    Raises:
        TypeError: If the values are records or text.

    Example:
        >>> flatten([[1.0, 2.0], [], None, [3.0]])
        array([1., 2., 3.])
    """
    array = to_array(values)
    if array.fields:
        message = (
            f"{name} holds records with {', '.join(array.fields)}; pick one quantity, such as {name}.{array.fields[0]}"
        )
        raise TypeError(message)
    flat = ak.to_numpy(ak.flatten(array, axis=None))
    if flat.dtype.kind not in "biuf":
        if flat.size == 0:
            return np.zeros(0)
        message = f"{name} must be numbers, not {flat.dtype}"
        raise TypeError(message)
    return np.asarray(flat)


def flatten_with_weights(values: Array, weights: Array | None) -> tuple[Floats, Floats | None]:
    """Flatten values, with the weight of its event for each of them.

    Args:
        values: One number or a list of numbers for each event; None entries are dropped together with their weight.
        weights: One weight for each event, or weights of the same shape as the values; None for no weights.

    Returns:
        Values and weights, each of shape (n,); the weights are None when none were given.

    Raises:
        ValueError: If there are not as many weights as events, or not as many in an event as values; a weight that is
            None becomes NaN.

    Example:
        >>> flatten_with_weights([[1.0, 2.0], [3.0]], [0.5, 2.0])[1]
        array([0.5, 0.5, 2. ])
    """
    if weights is None:
        return flatten(values).astype(np.float64), None
    array, each = to_array(values), to_array(weights)
    if len(array) != len(each):
        message = f"{len(each)} weights for {len(array)} events; give one weight for each event, cut like the values"
        raise ValueError(message)
    if each.ndim > array.ndim or (each.ndim > 1 and not ak.all(ak.num(array) == ak.num(each))):
        message = "not as many weights as values in each event; give one weight for each event or for each value"
        raise ValueError(message)
    array, each = ak.broadcast_arrays(array, ak.fill_none(each, np.nan))
    return flatten(array).astype(np.float64), flatten(each, name="weights").astype(np.float64)


def event_mask(mask: Array, *, name: str = "mask") -> Bools:
    """Return one True or False for each event.

    Args:
        mask: Booleans, one for each event; None counts as False.
        name: How to call it in an error.

    Returns:
        Shape (events,).

    Raises:
        TypeError: If it holds numbers, not booleans.
        ValueError: If there is a list for each event.

    Example:
        >>> event_mask([True, None, False])
        array([ True, False, False])
    """
    array = to_array(mask)
    if array.ndim > 1 or array.fields:
        message = (
            f"{name!r} is jagged: one entry for each object, not for each event; "
            "use ak.any(mask, axis=1) for at least one, or count(objects[mask]) >= 2 for at least two"
        )
        raise ValueError(message)
    flat = ak.to_numpy(ak.fill_none(array, False, axis=0)) if len(array) else np.zeros(0, dtype=bool)
    if flat.dtype != np.bool_:
        message = f"{name!r} holds {flat.dtype} numbers, not True or False; write a condition such as count(muons) >= 2"
        raise TypeError(message)
    return np.asarray(flat)
