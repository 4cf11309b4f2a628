"""npz files as tables: columns with one number an event, and lists as arrays of one width with a mask or lengths."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.data.rows import ContractError, Jagged, Rows, Wanted
from hepcoder.tools.learning.data.tables import Column, kind_of

_MASK, _COUNT = "_mask", "_count"


class NpzTable:
    """An npz file: ``met`` of shape (n,); lists as ``jets_pt`` of shape (n, width), with a mask or lengths beside it.

    ``jets_mask``, bool (n, width), is true where there is an object; ``jets_count``, integers (n,), tells how many of
    the first places hold one. It is read whole: what is larger than the memory belongs into Parquet files.

    Args:
        path: The file.

    Raises:
        ContractError: It is no npz file of such arrays.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with np.load(path, allow_pickle=False) as file:
                self._arrays: dict[str, npt.NDArray[Any]] = dict(file)
        except (ValueError, OSError, BadZipFile, EOFError) as error:
            message = f"{path} is no readable npz file: {error}"
            raise ContractError(message) from error
        lengths = {name: one.shape[0] if one.ndim else 0 for name, one in self._arrays.items()}
        if len(set(lengths.values())) > 1:
            message = f"{path}: the arrays must have one row for each event, not {lengths} rows"
            raise ContractError(message)
        self._length = next(iter(lengths.values()), 0)

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """By name; a list of numbers is ``jets_pt``."""
        found: dict[str, Column] = {}
        for name, array in self._arrays.items():
            if array.ndim == 1:
                found[name] = Column("number", kind_of(array.dtype))
            elif array.ndim == 2 and not name.endswith(_MASK):
                found[name] = Column("list", kind_of(array.dtype))
        return found

    @property
    def groups(self) -> tuple[int, ...]:
        """The rows of the file: one part."""
        return (self._length,)

    def rows(self, wanted: Wanted, groups: range | list[int], size: int) -> Iterator[Rows]:
        """The wanted columns of all rows, ``size`` rows at most at a time.

        Raises:
            ContractError: A list has neither mask nor lengths, or they do not fit its width.
        """
        there = {name: self._there(name, field) for name, field in wanted.fields}
        for start in range(0, self._length if len(groups) else 0, size):
            part = slice(start, start + size)
            with np.errstate(over="ignore"):
                columns = {name: self._arrays[name][part] for name in wanted.columns}
                columns = {k: v if k == wanted.event_id else v.astype(np.float32) for k, v in columns.items()}
                lists = {
                    (name, field): Jagged(
                        there[name][part].sum(axis=1),
                        self._arrays[f"{name}_{field}"][part][there[name][part]].astype(np.float32),
                    )
                    for name, field in wanted.fields
                }
            yield Rows(columns, lists)

    def numbers(self, name: str, size: int) -> Iterator[npt.NDArray[Any]]:
        """The numbers of one column of all rows as they are, ``size`` rows at most at a time."""
        for start in range(0, self._length, size):
            yield self._arrays[name][start : start + size]

    def _there(self, name: str, field: str) -> npt.NDArray[np.bool_]:
        shape = self._arrays[f"{name}_{field}"].shape
        if name + _MASK in self._arrays:
            mask = self._arrays[name + _MASK]
            if mask.shape != shape or mask.dtype != np.bool_:
                message = f"{self.path}: {name}{_MASK} must be bool {shape}, not {mask.dtype} {mask.shape}"
                raise ContractError(message)
            return mask
        if name + _COUNT not in self._arrays:
            message = (
                f"{self.path} does not say which places of {name}_{field} hold an object; "
                f"add {name}{_MASK}, bool {shape}, or {name}{_COUNT}, integers {shape[:1]}"
            )
            raise ContractError(message)
        counts = self._arrays[name + _COUNT]
        if counts.dtype.kind not in "iu" or (counts.size and not 0 <= counts.min() <= counts.max() <= shape[1]):
            message = f"{self.path}: {name}{_COUNT} must be integers from 0 to {shape[1]}, the width of {name}_{field}"
            raise ContractError(message)
        mask = np.arange(shape[1]) < counts[:, None]
        return np.asarray(mask, dtype=np.bool_)
