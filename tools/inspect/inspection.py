"""Deterministic inspection of one input file."""

from collections.abc import Mapping
from pathlib import Path

from hepcoder.tools.inspect.facts import ColumnFacts, FileFacts, Look, TableFacts
from hepcoder.tools.inspect.source import PEEK_ENTRIES, Table
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.picking import Pick, pick

LOOK_FIELDS = 60
LOOK_COLUMNS = 200


def inspect_input(path: str | Path) -> FileFacts:
    """What a file holds, without loading more of it than its headers and some of the first 1,000 events.

    Looks are taken of collections of physics objects (kinematics and up to 60 fields each) and of up to 200 columns
    of the event, not of trigger decisions.

    Args:
        path: A ROOT, Parquet, npz, npy, CSV, JSON or LHCO file.

    Raises:
        InputError: It is missing, a folder, empty, truncated, or not what its suffix says.
    """
    from hepcoder.tools.events import deliver
    from hepcoder.tools.inspect.look import looks_of
    from hepcoder.tools.inspect.opening import open_source

    with open_source(Path(path)) as source:
        looks = looks_of(deliver(source, _worth_a_look(source.layout), PEEK_ENTRIES))
        layout = source.layout
        tables = tuple(_table(one, layout, looks if place == 0 else {}) for place, one in enumerate(source.tables))
    return FileFacts(
        path=str(path),
        kind=source.kind,
        size_bytes=Path(path).stat().st_size,
        layout=layout,
        tables=tables,
        looks=looks,
    )


def _worth_a_look(layout: Layout) -> Pick:
    objects = tuple(one for one in layout.collections if one.momentum and one.kind not in {None, "trigger"})
    whole = pick(layout.model_copy(update={"collections": objects}), None, path="")
    collections = [one.model_copy(update={"fields": one.fields[:LOOK_FIELDS]}) for one in whole.collections]
    columns = [one for one in whole.columns if one.dtype != "bool"]
    return Pick(collections=tuple(collections), columns=tuple(columns[:LOOK_COLUMNS]))


def _table(table: Table, layout: Layout, looks: Mapping[str, Look]) -> TableFacts:
    """The columns as they are in the file; looks are put back into the file's unit."""
    known = {field.branch: (f"{one.name}.{field.name}", field) for one in layout.collections for field in one.fields}
    known |= {field.branch: (field.name, field) for field in layout.columns}
    columns = []
    for branch in table.branches:
        name, field = known.get(branch.name, ("", None))
        look = looks.get(name)
        columns.append(
            ColumnFacts(
                name=branch.name,
                dtype=branch.dtype or branch.typename,
                depth=branch.depth,
                unit=field.source_unit if field and looks else None,
                title=branch.title,
                look=look.scaled(1 / field.factor) if look and field else None,
            )
        )
    return TableFacts(name=table.name, entries=table.entries, columns=tuple(columns))
