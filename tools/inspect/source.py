"""An open input: what it holds and how its columns are loaded, the same for every kind of file."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import HepcoderError, InputError
from hepcoder.tools.inspect.facts import FileKind
from hepcoder.tools.layout_records import Branch, Layout
from hepcoder.tools.layouts import find_layout

PEEK_ENTRIES = 1000


@dataclass(frozen=True)
class Table:
    """One tree or table.

    Attributes:
        name: Its name; empty for a file that is one table.
        entries: Number of rows.
        branches: Its columns, in the order of the file.
    """

    name: str
    entries: int
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Source:
    """An open input.

    Attributes:
        path: The file.
        kind: What it is by its content.
        tables: Its tables, the one to read first.
        layout: Layout of that first table.
        load: Arrays by branch name, for some branches and the first so many entries (None: all).
    """

    path: Path
    kind: FileKind
    tables: tuple[Table, ...]
    layout: Layout
    load: Callable[[Sequence[str], int | None], dict[str, Any]]


def table_layout(branches: Sequence[Branch], typical: dict[str, float]) -> Layout:
    """The layout of a table that is not in a ROOT file."""
    layout = find_layout(branches, typical=typical)
    return layout.model_copy(update={"kind": "table"}) if layout.kind == "flat" else layout


def medians(arrays: dict[str, Any]) -> dict[str, float]:
    """Median absolute value of each array of numbers, those without a finite value left out."""
    import awkward as ak
    import numpy as np

    found = {}
    for name, array in arrays.items():
        values = np.abs(np.asarray(ak.drop_none(ak.flatten(array, axis=None)), dtype=float))
        values = values[np.isfinite(values) & (values > 0)]
        if len(values):
            found[name] = float(np.median(values))
    return found


@contextmanager
def damage_named(path: Path, what: str) -> Iterator[None]:
    """Turn whatever a decoder raises on a damaged file into an InputError that names the file.

    Args:
        path: The file.
        what: What it was taken for, such as ``ROOT``.

    Raises:
        InputError: Anything but our own errors was raised inside.
    """
    try:
        yield
    except HepcoderError:
        raise
    except Exception as error:  # decoders of other people's bytes raise anything
        first = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        msg = f"{str(path)!r} cannot be read as {what} ({first}): it is truncated or damaged; copy it again"
        raise InputError(msg) from error
