"""What a program's outputs hold, and whether two programs wrote the same."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from hepcoder.tools.contract import Output

Contents = Mapping[str, Any]


def read_contents(folder: Path, outputs: Sequence[Output]) -> Contents:
    """What the required files hold, by name: values and arrays; of texts and figures, their bytes.

    Args:
        folder: Where the program wrote; its outputs were examined and are readable.
        outputs: The contract.
    """
    return {output.file: _content((folder / output.file).read_bytes(), output.kind) for output in outputs}


def _content(data: bytes, kind: str) -> Any:
    if kind == "json":
        return json.loads(data)
    if kind == "npz":
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    return pq.read_table(io.BytesIO(data)).to_pylist() if kind == "parquet" else data


def same_contents(one: Contents, other: Contents) -> bool:
    """Whether two programs wrote the same: equal numbers to the last digit, and figures to the last byte.

    Example:
        >>> same_contents({"a.json": {"n": 2}}, {"a.json": {"n": 2.0}})
        True
        >>> same_contents({"a.npz": {"x": np.zeros(2)}}, {"a.npz": {"x": np.zeros(3)}})
        False
    """
    return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, Mapping):
        return isinstance(other, Mapping) and same_contents(one, other)
    return bool(one == other)
