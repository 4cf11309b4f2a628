"""JSON documents as sources: a list of objects, columns, or one object."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.forms import branches_from_form, pluck, without_empty_options
from hepcoder.tools.inspect.source import Source, Table, damage_named
from hepcoder.tools.inspect.tables import loaded_source


def json_source(path: Path) -> Source:
    """A JSON file: each object of a list is an event, lists of one length are columns, any other object is one event.

    Raises:
        InputError: It is damaged, or holds neither.
    """
    import awkward as ak

    with damage_named(path, "JSON"):
        document = _read(path)
        array = ak.Array(_rows(document))
        branches = branches_from_form(array.layout.form)
    if not branches:
        msg = f"{str(path)!r} holds no values with names; give a list of objects, or an object"
        raise InputError(msg)

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        return {name: without_empty_options(pluck(array[:stop], name)) for name in wanted}

    return loaded_source(path, "json", [Table("", len(array), branches)], load)


def _read(path: Path) -> Any:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8-sig") as file:
            return json.load(file)
    return json.loads(path.read_text(encoding="utf-8-sig"))


def _rows(document: Any) -> list[Any]:
    """One object for each event; none where the document has no names."""
    if isinstance(document, list):
        return document if all(isinstance(one, dict) for one in document) else []
    if not isinstance(document, dict):
        return []
    lengths = {len(value) if isinstance(value, list) else -1 for value in document.values()}
    if len(lengths) == 1 and lengths.isdisjoint({-1, 0}):
        return [dict(zip(document, row, strict=True)) for row in zip(*document.values(), strict=True)]
    return [document]
