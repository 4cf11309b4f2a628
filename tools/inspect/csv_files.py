"""CSV tables (comma, tab or semicolon; with or without a header line) as sources."""

import gzip
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from hepcoder.ledger.errors import InputError
from hepcoder.ledger.record import Record
from hepcoder.tools.inspect.sniff import delimiter_of
from hepcoder.tools.inspect.source import Source, Table, damage_named
from hepcoder.tools.inspect.tables import loaded_source
from hepcoder.tools.layout_records import Branch
from hepcoder.tools.naming import unused

HEAD_LINES = 200


class CsvShape(Record):
    """How a CSV file is laid out.

    Attributes:
        names: Column names, without the blanks around them; ``col0`` ... when there is no header.
        delimiter: Mark between columns.
        skip: Lines before the data.
    """

    names: tuple[str, ...]
    delimiter: str
    skip: int


def csv_source(path: Path) -> Source:
    """A CSV file, one event a line.

    Raises:
        InputError: It has no data, or lines of different lengths.
    """
    shape = csv_shape(path)

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        import awkward as ak

        from hepcoder.tools.inspect.forms import without_empty_options

        table = _read(path, shape, stop)
        return {name: without_empty_options(ak.from_arrow(table[name].combine_chunks())) for name in wanted}

    head = _read(path, shape, HEAD_LINES)
    branches = tuple(Branch(name=name, typename=str(head.schema.field(name).type)) for name in shape.names)
    return loaded_source(path, "csv", [Table("", _count(path, shape), branches)], load)


def csv_shape(path: Path) -> CsvShape:
    """Header, delimiter and where the data start.

    Raises:
        InputError: There is no line of data.
    """
    with damage_named(path, "CSV"), _open(path) as file:
        lines = list(islice(file, HEAD_LINES))
    comments = 0
    while comments + 1 < len(lines) and lines[comments].startswith("#") and lines[comments + 1].startswith("#"):
        comments += 1
    first = lines[comments].lstrip("#") if comments < len(lines) else ""
    delimiter = delimiter_of(first) or ","
    words = [word.strip().strip('"') for word in first.strip("\r\n").split(delimiter)]
    headed = not all(_is_number(word) for word in words)
    names: list[str] = []
    for place, word in enumerate(words):
        names.append(unused(word if headed and word else f"col{place}", names))
    skip = comments + int(headed)
    if len(lines) <= skip:
        msg = f"{str(path)!r} has a header but no line of data"
        raise InputError(msg)
    return CsvShape(names=tuple(names), delimiter=delimiter, skip=skip)


def _read(path: Path, shape: CsvShape, stop: int | None) -> Any:
    import pyarrow as pa
    import pyarrow.csv as pc

    reading = pc.ReadOptions(column_names=list(shape.names), skip_rows=shape.skip)
    parsing = pc.ParseOptions(delimiter=shape.delimiter)
    with damage_named(path, "CSV"):
        if stop is None:
            return pc.read_csv(str(path), read_options=reading, parse_options=parsing)
        with _open(path) as file:
            text = "".join(islice(file, shape.skip + stop)).encode()
        return pc.read_csv(pa.BufferReader(text), read_options=reading, parse_options=parsing)


def _count(path: Path, shape: CsvShape) -> int:
    with damage_named(path, "CSV"), _open(path) as file:
        return sum(1 for line in islice(file, shape.skip, None) if line.strip())


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
