"""Parquet files as tables; only the wanted columns are read, a row group or less at a time."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hepcoder.tools.learning.data.rows import ContractError, Jagged, Rows, Wanted
from hepcoder.tools.learning.data.tables import Column, kind_of, place_of

_READ_AHEAD_BYTES = 1 << 20


class ParquetTable:
    """A Parquet file whose lists are lists of records (``jets`` with ``pt``) or lists of numbers (``jets_pt``).

    Args:
        path: The file.

    Raises:
        ContractError: It is no Parquet file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                self._metadata, self._schema = file.metadata, file.schema_arrow
        except (pa.ArrowInvalid, OSError) as error:
            message = f"{path} is no readable Parquet file: {error}"
            raise ContractError(message) from error

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """By name; a field of a list of records is ``jets.pt``, a list of numbers ``jets_pt``."""
        found: dict[str, Column] = {}
        for field in self._schema:
            item = _item_type(field.type)
            if item is None:
                found[field.name] = Column("number", _kind(field.type))
            elif pa.types.is_struct(item):
                found |= {f"{field.name}.{one.name}": Column("list", _kind(one.type)) for one in item}
            else:
                found[field.name] = Column("list", _kind(item))
        return found

    @cached_property
    def groups(self) -> tuple[int, ...]:
        """Rows of each row group."""
        return tuple(self._metadata.row_group(place).num_rows for place in range(self._metadata.num_row_groups))

    def rows(self, wanted: Wanted, groups: range | list[int], size: int) -> Iterator[Rows]:
        """The wanted columns of the rows of some row groups, ``size`` rows at most at a time.

        Raises:
            ContractError: A list is missing in an event, or the fields of a list differ in length.
        """
        with self._open() as file:
            for batch in file.iter_batches(size, row_groups=list(groups), columns=self._leaves(wanted)):
                yield self._rows(batch, wanted)

    def numbers(self, name: str, size: int) -> Iterator[npt.NDArray[Any]]:
        """The numbers of one column of all rows as they are, ``size`` rows at most at a time."""
        with self._open() as file:
            for batch in file.iter_batches(size, columns=[name]):
                yield _numbers(batch.column(name), exact=True)

    def _open(self) -> Any:
        """Opened anew without reading what is known of it; column chunks are read piece by piece, not whole."""
        return pq.ParquetFile(self.path, metadata=self._metadata, pre_buffer=False, buffer_size=_READ_AHEAD_BYTES)

    def _leaves(self, wanted: Wanted) -> list[str]:
        """What is read of the file; of a list of records the wanted fields alone."""
        places = [str(place_of(self.columns, name, field)) for name, field in wanted.fields]
        plain = {*wanted.columns, *(one for one in places if one in self._schema.names)}
        records = {tuple(one.rsplit(".", 1)) for one in places if one not in plain}
        paths = [self._metadata.schema.column(place).path for place in range(self._metadata.num_columns)]
        return [
            path
            for path in paths
            if path.split(".", 1)[0] in plain or (path.split(".", 1)[0], path.rsplit(".", 1)[-1]) in records
        ]

    def _rows(self, batch: Any, wanted: Wanted) -> Rows:
        columns = {name: _numbers(batch.column(name), exact=name == wanted.event_id) for name in wanted.columns}
        lists = {}
        for name, field in wanted.fields:
            place = str(place_of(self.columns, name, field))
            is_number_list = place in self._schema.names
            column = batch.column(place if is_number_list else name)
            if column.null_count:
                message = f"{self.path}: {column.null_count} events have no list {name!r}; write an empty list there"
                raise ContractError(message)
            items = pc.list_flatten(column)
            values = items if is_number_list else pc.struct_field(items, field)
            counts = pc.list_value_length(column).to_numpy(zero_copy_only=False).astype(np.int64)
            lists[name, field] = Jagged(counts, _numbers(values, exact=False))
        return Rows(columns, lists)


def _numbers(column: Any, *, exact: bool) -> npt.NDArray[Any]:
    """Values as numpy has them; a missing number is NaN, one that float32 cannot hold infinite."""
    if not exact and pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: npt.NDArray[Any] = column.to_numpy(zero_copy_only=False)
    if exact:
        return values
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _item_type(kind: Any) -> Any:
    """What a list type is a list of; None for other types."""
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    return kind.value_type if is_list else None


def _kind(kind: Any) -> str:
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    return kind_of(kind.to_pandas_dtype()) if is_number else "O"
