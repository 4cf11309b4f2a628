"""Writing events to Parquet."""

from collections.abc import Mapping
from pathlib import Path

import awkward as ak
import numpy as np

from hepcoder.tools.arrays import Array, to_array
from hepcoder.tools.saving import with_suffix


def save_parquet(path: str | Path, data: Mapping[str, Array] | None = None, **columns: Array) -> Path:
    """Write columns with one entry for each event, flat or jagged, to a Parquet file; objects keep their fields.

    Args:
        path: File to write; ends in ``.parquet``.
        data: Names and columns, or a record array such as ``events[selected]``; all of one length.
        **columns: More columns, as keywords.

    Returns:
        The path; `read_events` reads it back.

    Raises:
        ValueError: If there is no column, columns differ in length, one holds NaN or infinity, or the suffix is wrong.
        TypeError: If data is neither, or a column does not hold numbers.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_parquet(folder + "/jets.parquet", jet_pt=[[50.0, 30.0], []], met=[20.0, 35.0])
        ...     ak.from_parquet(path).jet_pt.tolist()
        [[50.0, 30.0], []]
    """
    path = with_suffix(path, ".parquet")
    table = {str(name): to_array(values) for name, values in {**_named(data), **columns}.items()}
    lengths = {name: len(values) for name, values in table.items()}
    if len(set(lengths.values())) != 1:
        message = f"the columns of a table must have one length, not {lengths}" if lengths else "there is no column"
        raise ValueError(message)
    for name, values in table.items():
        _check(values, name)
    ak.to_parquet(ak.zip({name: _plain(values) for name, values in table.items()}, depth_limit=1), path)
    return path


def _named(data: object) -> dict[str, Array]:
    if data is None:
        return {}
    if isinstance(data, ak.Array) and data.fields:
        return {name: data[name] for name in data.fields}
    if isinstance(data, Mapping):
        return dict(data)
    message = f"save_parquet needs names for its columns, not a {type(data).__name__}: save_parquet(path, pt=muons.pt)"
    raise TypeError(message)


def _check(values: ak.Array, name: str) -> None:
    """Every number is finite; missing ones may be."""
    for field in values.fields:
        _check(values[field], f"{name}.{field}")
    if values.fields:
        return
    flat = ak.to_numpy(ak.drop_none(ak.flatten(values, axis=None)))
    if flat.dtype.kind not in "biuf" and flat.size:
        message = f"{name!r} holds {flat.dtype}, not numbers; leave it out"
        raise TypeError(message)
    wrong = int(np.count_nonzero(~np.isfinite(flat.astype(np.float64))))
    if wrong:
        message = f"{name!r} has {wrong} NaN or infinite of {flat.size} values; keep {name}[np.isfinite({name})]"
        raise ValueError(message)


def _plain(values: ak.Array) -> ak.Array:
    """Without the vector behaviour, which a file cannot hold."""
    return ak.without_parameters(values)
