"""Keeps the verdicts in a file, column by column."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import TypeAdapter

from hepcoder.benchmarks.attacks.attack import Column

RESULTS = Path(__file__).with_name("results.json")
_COLUMNS = TypeAdapter(tuple[Column, ...])


def read_results(path: Path = RESULTS) -> tuple[Column, ...]:
    """Return the columns of a file; none if there is no such file yet.

    Raises:
        pydantic.ValidationError: The file holds something else.
    """
    return _COLUMNS.validate_json(path.read_bytes()) if path.exists() else ()


def write_results(path: Path, columns: Sequence[Column]) -> None:
    """Write columns to a file, with names for the places where hepcoder and Python lie on this machine."""
    text = _COLUMNS.dump_json(tuple(columns), indent=1).decode()
    places = {str(RESULTS.parents[2]): "HEPCODER", sys.prefix: "PYTHON", sys.base_prefix: "BASE_PYTHON"}
    for place, name in sorted(places.items(), key=lambda item: -len(item[0])):
        text = text.replace(place, name)
    path.write_text(text + "\n", encoding="utf-8")


def merged(old: Iterable[Column], new: Iterable[Column]) -> tuple[Column, ...]:
    """Return old columns with the new ones in their places, in the order in which tables show them."""
    columns = {(column.tier, column.identity): column for column in (*old, *new)}
    order = ("plain", "none", "bwrap", "landlock")
    return tuple(sorted(columns.values(), key=lambda column: (order.index(column.tier), column.identity != "user")))
