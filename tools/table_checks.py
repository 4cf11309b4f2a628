"""Reads CSV, Parquet and ROOT results and says what is wrong with them."""

import csv
import io
from collections.abc import Sequence
from itertools import chain
from typing import Any

from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output
from hepcoder.tools.number_checks import check_array, fail, missing_names
from hepcoder.tools.safe_files import MAX_BYTES

_NUMBER_BYTES = 8


def check_csv(content: bytes, output: Output) -> list[Failure]:
    """Say what is wrong with a CSV output: a header with the required names, rows of one length, finite numbers.

    Args:
        content: The file's bytes.
        output: The contract; columns of numbers are looked at, those with a unit must be numbers.

    Returns:
        At most one failure for each column.
    """
    file = output.file
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (ValueError, csv.Error) as error:
        return [fail("output", "unreadable", f"{file} is not a CSV table ({error}); write it with save_csv")]
    rows = [row for row in rows if row]
    if len(rows) < 2:
        return [
            fail("output", "empty", f"{file} has {len(rows)} lines; write a header and at least one row with save_csv")
        ]
    missing = missing_names(output, rows[0])
    if missing:
        return missing
    uneven = [number for number, row in enumerate(rows, start=1) if len(row) != len(rows[0])]
    if uneven:
        n = len(rows[uneven[0] - 1])
        message = f"row {uneven[0]} of {file} has {n} columns, the header has {len(rows[0])}; use save_csv"
        return [fail("output", "schema", message)]
    return [failure for name in _wanted(output, rows[0]) for failure in _check_column(output, rows, name)]


def _wanted(output: Output, names: Sequence[str]) -> Sequence[str]:
    return [field.name for field in output.fields] or names


def _check_column(output: Output, rows: list[list[str]], name: str) -> list[Failure]:
    place = rows[0].index(name)
    field = next((field for field in output.fields if field.name == name), None)
    where = f"column {name!r} of {output.file}"
    try:
        array = _numbers([row[place] for row in rows[1:]])
    except ValueError as error:
        if field is None or field.unit is None:
            return []
        return [fail("output", "schema", f"{where} must hold numbers in {field.unit}: {error}")]
    return check_array(where, name, array, field) if field is not None else _only_finite(where, array)


def _numbers(texts: Sequence[str]) -> Any:
    """Whole numbers stay whole; raises ValueError on what is no number."""
    import numpy as np

    try:
        return np.array([int(text) for text in texts], dtype=np.int64)
    except (ValueError, OverflowError):
        return np.array([float(text) for text in texts])


def _only_finite(where: str, array: Any) -> list[Failure]:
    return [failure for failure in check_array(where, "", array, None) if failure.name == "non_finite"]


def check_parquet(content: bytes, output: Output) -> list[Failure]:
    """Say what is wrong with a Parquet output: readable, with the required columns, not empty, finite numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = output.file
    try:
        parquet = pq.ParquetFile(io.BytesIO(content))
        missing = missing_names(output, parquet.schema_arrow.names)
        if missing:
            return missing
        if parquet.metadata.num_rows == 0:
            return [fail("output", "empty", f"{file} has no rows; does the selection leave any event?")]
        wanted = list(_wanted(output, parquet.schema_arrow.names))
        if parquet.metadata.num_rows * len(wanted) * _NUMBER_BYTES > MAX_BYTES:
            message = f"{file} has {parquet.metadata.num_rows:,} rows, too many to look at; write fewer"
            return [fail("output", "unreadable", message)]
        table = parquet.read(columns=wanted)
    except (pa.ArrowException, OSError, ValueError) as error:
        return [fail("output", "unreadable", f"{file} is not a Parquet file ({error}); write it with ak.to_parquet")]
    fields = {field.name: field for field in output.fields}
    failures: list[Failure] = []
    for name in table.column_names:
        kind = table.schema.field(name).type
        if pa.types.is_floating(kind) or pa.types.is_integer(kind):
            column = table.column(name).drop_null().to_numpy()
            failures += check_array(f"column {name!r} of {file}", name, column, fields.get(name))
    return failures


def check_root(content: bytes, output: Output) -> list[Failure]:
    """Say what is wrong with a ROOT output: readable, with the required objects or branches, no tree without entry."""
    import uproot

    file = output.file
    if not content.startswith(b"root"):
        return [fail("output", "unreadable", f"{file} is not a ROOT file; write it with uproot.recreate")]
    try:
        with uproot.open(io.BytesIO(content)) as root:
            trees = {name: root[name] for name in root.keys(cycle=False) if "TTree" in root.classname_of(name)}
            names = [*root.keys(cycle=False), *chain.from_iterable(tree.keys() for tree in trees.values())]
            hollow = [name for name, tree in trees.items() if tree.num_entries == 0]
    except Exception as error:  # noqa: BLE001 - a damaged file can raise anything inside uproot
        return [fail("output", "unreadable", f"{file} is a damaged ROOT file ({type(error).__name__})")]
    if not names:
        return [fail("output", "empty", f"{file} holds no object; write a tree or histogram into it")]
    if hollow:
        return [fail("output", "empty", f"{hollow[0]!r} in {file} has no entry; does the selection leave any event?")]
    return missing_names(output, names)
