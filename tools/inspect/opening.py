"""One way to open any input that has events."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.facts import FileKind
from hepcoder.tools.inspect.lhco import lhco_source
from hepcoder.tools.inspect.root import root_source
from hepcoder.tools.inspect.sniff import sniff
from hepcoder.tools.inspect.source import Source


@contextmanager
def open_source(path: Path, *, tree: str | None = None) -> Iterator[Source]:
    """The input, open at its main table.

    Args:
        path: Any file that `sniff` knows.
        tree: Tree of a ROOT file; None takes the main one.

    Raises:
        InputError: The file is missing, empty, truncated, not what its suffix says, or has no such tree.
    """
    kind = sniff(path)
    if kind == "root":
        with root_source(path, tree) as source:
            yield source
        return
    if tree is not None:
        msg = f"{str(path)!r} is a {kind} file and has no tree {tree!r}; leave tree out"
        raise InputError(msg)
    yield _table_source(path, kind)


def _table_source(path: Path, kind: FileKind) -> Source:
    from hepcoder.tools.inspect.csv_files import csv_source
    from hepcoder.tools.inspect.json_files import json_source
    from hepcoder.tools.inspect.tables import npy_source, npz_source, parquet_source

    makers = {
        "lhco": lhco_source,
        "csv": csv_source,
        "json": json_source,
        "npz": npz_source,
        "npy": npy_source,
        "parquet": parquet_source,
    }
    return makers[kind](path)
