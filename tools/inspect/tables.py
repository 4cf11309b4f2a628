"""Parquet, npz and npy files as sources."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.forms import branches_from_form, pluck, without_empty_options
from hepcoder.tools.inspect.source import PEEK_ENTRIES, Source, Table, damage_named, medians, table_layout
from hepcoder.tools.layout_records import Branch
from hepcoder.tools.layout_units import probes


def parquet_source(path: Path) -> Source:
    """A Parquet file; columns of lists of records are collections.

    Raises:
        InputError: It is truncated or damaged.
    """
    import awkward as ak

    with damage_named(path, "Parquet"):
        metadata = ak.metadata_from_parquet(str(path))
    branches = branches_from_form(metadata["form"])

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        with damage_named(path, "Parquet"):
            array = _parquet_rows(path, wanted, stop)
        return {name: without_empty_options(pluck(array, name)) for name in wanted}

    return loaded_source(path, "parquet", [Table("", int(metadata["num_rows"]), branches)], load)


def _parquet_rows(path: Path, wanted: Sequence[str], stop: int | None) -> Any:
    import awkward as ak
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        known = set(file.schema_arrow.names)
        columns = sorted({name if name in known else name.split(".", 1)[0] for name in wanted})
        if stop is None or stop >= file.metadata.num_rows:
            return ak.from_arrow(file.read(columns=columns))
        batches: list[Any] = []
        for batch in file.iter_batches(columns=columns, batch_size=max(1, min(stop, 65536))):
            batches.append(batch)
            if sum(one.num_rows for one in batches) >= stop:
                break
        return ak.from_arrow(pa.Table.from_batches(batches))[:stop]


def loaded_source(
    path: Path,
    kind: Any,
    tables: Sequence[Table],
    load: Callable[[Sequence[str], int | None], dict[str, Any]],
) -> Source:
    """A source whose layout is judged by names and, where names do not tell units, by first values."""
    branches = tables[0].branches
    layout = table_layout(branches, {})
    peek = probes(branches, layout.kind)
    if peek:
        layout = table_layout(branches, medians(load(peek, PEEK_ENTRIES)))
    return Source(path, kind, tuple(tables), layout, load)


def npz_source(path: Path) -> Source:
    """An npz archive; arrays of the most common length are the events, the others tables of their own.

    Raises:
        InputError: It is truncated, damaged or holds no array.
    """
    import numpy as np

    with damage_named(path, "npz"):
        shapes = _npz_shapes(path)
    if not shapes:
        msg = f"{str(path)!r} holds no array"
        raise InputError(msg)
    tables = _tables_by_length(shapes)

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        import awkward as ak

        with damage_named(path, "npz"), np.load(path, allow_pickle=False) as arrays:
            return {name: ak.Array(_native(arrays[name][:stop])) for name in wanted}

    return loaded_source(path, "npz", tables, load)


def _npz_shapes(path: Path) -> dict[str, tuple[tuple[int, ...], Any]]:
    """(shape, dtype) of each array, from its header alone."""
    import zipfile

    import numpy as np

    shapes = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.endswith(".npy"):
                with archive.open(member) as file:
                    version = np.lib.format.read_magic(file)
                    read = (
                        np.lib.format.read_array_header_1_0
                        if version == (1, 0)
                        else np.lib.format.read_array_header_2_0
                    )
                    shape, _, dtype = read(file)
                    shapes[member.removesuffix(".npy")] = (shape, dtype)
    return shapes


def _tables_by_length(shapes: dict[str, tuple[tuple[int, ...], Any]]) -> list[Table]:
    by_length: dict[int, list[Branch]] = {}
    for name, (shape, dtype) in shapes.items():
        length = shape[0] if shape else -1
        by_length.setdefault(length, []).append(numpy_branch(name, shape, dtype))
    ordered = sorted(by_length.items(), key=lambda item: (item[0] < 0, -len(item[1]), -item[0]))
    tables = []
    for place, (length, branches) in enumerate(ordered):
        name = "" if place == 0 else "scalars" if length < 0 else f"length {length}"
        tables.append(Table(name, max(length, 1) if length < 0 else length, tuple(branches)))
    return tables


def numpy_branch(name: str, shape: tuple[int, ...], dtype: Any) -> Branch:
    """The branch of a numpy array whose first axis is the event."""
    kinds = {"U": "string", "S": "string"}
    typename = kinds.get(dtype.kind, dtype.name if dtype.fields is None else "structured")
    return Branch(name=name, typename=typename + "[]" * max(0, len(shape) - 1))


def npy_source(path: Path) -> Source:
    """An npy file: the fields of a structured array are columns, any other array is the column ``data``.

    Raises:
        InputError: It is truncated or damaged.
    """
    import numpy as np

    with damage_named(path, "npy"):
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    rows = array if array.ndim else array[None]
    names = rows.dtype.names
    if names:
        branches = tuple(
            numpy_branch(name, (len(rows), *rows.dtype[name].shape), rows.dtype[name].base) for name in names
        )
    else:
        branches = (numpy_branch("data", rows.shape, rows.dtype),)

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        import awkward as ak

        return {name: ak.Array(_native(np.array(rows[name][:stop] if names else rows[:stop]))) for name in wanted}

    return loaded_source(path, "npy", [Table("", len(rows), branches)], load)


def _native(array: Any) -> Any:
    return array.astype(array.dtype.newbyteorder("="), copy=False)
