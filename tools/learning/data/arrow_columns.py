"""Columns of events as Arrow has them, checked: ids that occur once, numbers that are finite, lists that stay lists."""

from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hepcoder.tools.learning.data.columns import ids_of
from hepcoder.tools.learning.data.rows import ContractError


def unique_ids(event_id: npt.ArrayLike, where: str) -> npt.NDArray[np.int64]:
    """Event ids as int64.

    Args:
        event_id: Integers, shape (n,).
        where: Whose they are, for messages.

    Raises:
        ContractError: Ids are missing, no integers, or occur twice.
    """
    values = event_id if isinstance(event_id, np.ndarray) else ak.to_numpy(ak.Array(event_id), allow_missing=True)
    if isinstance(values, np.ma.MaskedArray):
        message = f"{where}: {int(np.ma.getmaskarray(values).sum())} events have no id; number them with np.arange"
        raise ContractError(message)
    ids = ids_of(values, where) if len(values) else np.zeros(0, dtype=np.int64)
    found, times = np.unique(ids, return_counts=True)
    if (times > 1).any():
        message = f"{where}: {int((times > 1).sum())} event ids occur more than once, the first {found[times > 1][0]}"
        raise ContractError(message)
    return ids


def arrow_columns(name: str, values: ak.Array) -> list[tuple[str, Any]]:
    """The columns of a file that hold a column of events: itself, or one for each field of one object an event.

    Args:
        name: Of the column.
        values: Numbers, lists of numbers, one object or a list of objects in each event.

    Raises:
        ContractError: It holds anything else, or numbers that are missing, NaN or infinite.
    """
    if values.ndim == 1 and values.fields:
        return [(f"{name}_{field}", pa.array(_numbers(values[field], f"{name}.{field}"))) for field in values.fields]
    if values.ndim == 1:
        return [(name, pa.array(_numbers(values, name)))]
    if values.ndim != 2 or ak.any(ak.is_none(values)):
        message = f"column {name!r} must have a number or a list of objects in each event, not {values.type}"
        raise ContractError(message)
    offsets = pa.array(np.concatenate([[0], np.cumsum(ak.to_numpy(ak.num(values)))]).astype(np.int32))
    flat = ak.flatten(values)
    if not values.fields:
        return [(name, pa.ListArray.from_arrays(offsets, pa.array(_numbers(flat, name))))]
    fields = [pa.array(_numbers(flat[field], f"{name}.{field}")) for field in flat.fields]
    return [(name, pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(fields, names=flat.fields)))]


def _numbers(values: ak.Array, name: str) -> npt.NDArray[Any]:
    if values.ndim != 1 or values.fields:
        message = f"{name!r} must be one number of each object, not {values.type}; leave it out"
        raise ContractError(message)
    missing = int(ak.sum(ak.is_none(values)))
    numbers = np.zeros(0) if missing else ak.to_numpy(values)
    if numbers.dtype.kind not in "biuf":
        message = f"{name!r} holds {values.type}, not numbers; leave it out"
        raise ContractError(message)
    wrong = missing + (int(np.count_nonzero(~np.isfinite(numbers))) if numbers.dtype.kind == "f" else 0)
    if wrong:
        message = (
            f"{name!r} is missing, NaN or infinite {wrong} times in {len(values)}; select events where it is known"
        )
        raise ContractError(message)
    return numbers
