"""Writing results: JSON, npz, CSV and histograms, with every wrong value named."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.tools.arrays import Array, flatten, to_array


def save_json(path: str | Path, data: Mapping[str, Any] | None = None, **values: Any) -> Path:
    """Write named results to a JSON file.

    Args:
        path: File to write; ends in ``.json``.
        data: Names and values: numbers, text, booleans, lists, dicts, numpy and awkward values.
        **values: More of them, as keywords.

    Returns:
        The path.

    Raises:
        ValueError: If a value is NaN, infinite or None, or the suffix is wrong; names the key.
        TypeError: If a value cannot be written as JSON; names the key.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(save_json(folder + "/result.json", {"n_selected": np.int64(7)}, mean_mass=91.2).read_text())
        {
         "n_selected": 7,
         "mean_mass": 91.2
        }
        <BLANKLINE>
    """
    path = with_suffix(path, ".json")
    plain = {str(key): _plain(value, str(key)) for key, value in _named(data, values, "save_json").items()}
    path.write_text(json.dumps(plain, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return path


def with_suffix(path: str | Path, suffix: str) -> Path:
    """The path; a ValueError unless it ends in the suffix."""
    path = Path(path)
    if path.suffix != suffix:
        message = f"the file name {path.name!r} must end in {suffix}"
        raise ValueError(message)
    return path


def _named(data: Any, values: Mapping[str, Any], function: str) -> dict[str, Any]:
    """Names and values, given as a mapping, as records of awkward or as keywords."""
    fields = getattr(data, "fields", ())
    if fields:
        data = {name: data[name] for name in fields}
    if data is not None and not isinstance(data, Mapping):
        message = (
            f"{function} needs names for its values, not a {type(data).__name__}: {function}(path, {{name: value}})"
        )
        raise TypeError(message)
    return {**(data or {}), **values}


def _plain(value: Any, where: str) -> Any:
    """The value in JSON's own types."""
    if hasattr(value, "rows") and hasattr(value, "counts"):
        return value.rows
    if isinstance(value, ak.Array | ak.Record | np.ndarray | np.generic):
        return _plain(value.tolist(), where)
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if np.isfinite(value):
            return value
        message = f"{where!r} is {value}; it cannot be saved: is the selection empty, or is there a division by zero?"
        raise ValueError(message)
    if isinstance(value, Mapping):
        return {str(key): _plain(each, f"{where}.{key}") for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(each, f"{where}[{index}]") for index, each in enumerate(value)]
    if value is None:
        message = f"{where!r} is None; it cannot be saved: is the selection empty? drop missing ones with ak.drop_none"
        raise ValueError(message)
    message = f"{where!r} is a {type(value).__name__}; save numbers, text or arrays"
    raise TypeError(message)


def save_npz(path: str | Path, data: Mapping[str, Array] | None = None, **arrays: Array) -> Path:
    """Write named arrays to an npz file.

    Args:
        path: File to write; ends in ``.npz``.
        data: Names and arrays; numpy arrays keep their shape, lists and awkward arrays are flattened, missing values
            dropped.
        **arrays: More of them, as keywords.

    Returns:
        The path.

    Raises:
        ValueError: If an array holds NaN or infinity, none is given, or the suffix is wrong.
        TypeError: If an array does not hold numbers.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = save_npz(folder + "/muons.npz", pt=[[30.0, 20.0], [], [10.0]])
        ...     print(np.load(path)["pt"])
        [30. 20. 10.]
    """
    path = with_suffix(path, ".npz")
    named = _named(data, arrays, "save_npz")
    if not named:
        message = f"nothing to save; give arrays by name: save_npz({path.name!r}, pt=muons.pt)"
        raise ValueError(message)
    np.savez(path, allow_pickle=False, **{name: _numbers(values, name) for name, values in named.items()})
    return path


def _numbers(values: Array, name: str) -> npt.NDArray[Any]:
    if isinstance(values, np.ndarray) and not np.ma.isMaskedArray(values) and values.dtype.kind in "biuf":
        array = values
    elif isinstance(values, bool | int | float | np.number):
        array = np.asarray(values)
    else:
        array = flatten(to_array(values), name=name)
    wrong = int(np.count_nonzero(~np.isfinite(array)))
    if wrong:
        message = f"{name!r} has {wrong} NaN or infinite of {array.size} values; keep {name}[np.isfinite({name})]"
        raise ValueError(message)
    return array


def save_csv(
    path: str | Path, data: Mapping[str, Array] | Sequence[Mapping[str, Any]] | None = None, **columns: Array
) -> Path:
    """Write a table to a CSV file.

    Args:
        path: File to write; ends in ``.csv``.
        data: Columns by name, or a list of rows, each a dict with the same names.
        **columns: More columns, as keywords; all of the same length.

    Returns:
        The path.

    Raises:
        ValueError: If columns differ in length, there is no column, a value is NaN, infinite or None, or the suffix is
            wrong.
        TypeError: If a column is jagged, or rows and columns are given together.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     print(save_csv(folder + "/table.csv", n=[1, 2], pt=[30.5, 20.0]).read_text().split())
        ['n,pt', '1,30.5', '2,20.0']
    """
    path = with_suffix(path, ".csv")
    if isinstance(data, list | tuple):
        if columns:
            message = f"save_csv got rows and the columns {', '.join(columns)}; put these into the rows"
            raise TypeError(message)
        data = _columns_of(data)
    table = {name: _column(values, name) for name, values in _named(data, columns, "save_csv").items()}
    lengths = {name: len(values) for name, values in table.items()}
    if len(set(lengths.values())) != 1:
        message = (
            f"the columns of a table must have one length, not {lengths}" if lengths else "the table has no column"
        )
        raise ValueError(message)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    return path


def _columns_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    names = list(rows[0]) if rows else []
    wrong = next((row for row in rows if set(row) != set(names)), None)
    if wrong is not None:
        message = f"all rows of a table need the same names; the first has {names}, another {list(wrong)}"
        raise ValueError(message)
    return {name: [row[name] for row in rows] for name in names}


def _column(values: Array, name: str) -> list[Any]:
    array = to_array(values)
    if not array.fields and array.ndim == 1:
        return [_plain(value, f"{name}[{index}]") for index, value in enumerate(array.tolist())]
    message = (
        f"column {name!r} is no list of single values; take one per event, such as leading({name}), or ak.flatten it"
    )
    raise TypeError(message)
