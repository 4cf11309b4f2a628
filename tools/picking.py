"""Which collections and columns a caller asked for, and what to answer when there are none of that name."""

import difflib
from collections.abc import Iterable

from hepcoder.ledger.errors import InputError
from hepcoder.ledger.record import Record
from hepcoder.tools.layout_records import Collection, Field, Layout


class UnknownNameError(InputError, KeyError):
    """No collection or column of that name; the text lists the nearest real ones."""

    def __str__(self) -> str:
        return str(self.args[0])


class Pick(Record):
    """What is to be read.

    Attributes:
        collections: Whole collections.
        columns: Event columns.
    """

    collections: tuple[Collection, ...]
    columns: tuple[Field, ...]


def pick(layout: Layout, names: str | Iterable[str] | None, *, path: str) -> Pick:
    """The parts of a layout that names ask for.

    Args:
        layout: What the file offers.
        names: Collections and columns; None takes everything but trigger decisions and deeper nesting.
        path: Only for the message.

    Raises:
        UnknownNameError: A name is neither.
    """
    if names is None:
        return Pick(
            collections=tuple(_flat(one) for one in layout.collections if one.jagged or one.kind != "trigger"),
            columns=tuple(one for one in layout.columns if one.depth <= 1),
        )
    collections: dict[str, Collection] = {}
    columns: dict[str, Field] = {}
    for name in (names,) if isinstance(names, str) else names:
        if collection := layout.collection(name):
            collections[name] = _flat(collection)
        elif column := _column(layout, name):
            columns[column.name] = column
        else:
            raise UnknownNameError(_unknown(layout, name, path))
    return Pick(collections=tuple(collections.values()), columns=tuple(columns.values()))


def _flat(collection: Collection) -> Collection:
    fields = tuple(field for field in collection.fields if field.depth == 0)
    return collection.model_copy(update={"fields": fields or collection.fields})


def _column(layout: Layout, name: str) -> Field | None:
    """A column by its own name, or a field of a one-an-event collection by its name in the file."""
    if column := layout.column(name):
        return column
    for collection in layout.collections:
        for field in collection.fields:
            if field.branch == name:
                return field.model_copy(update={"name": name.replace(".", "_"), "depth": field.depth})
    return None


def _unknown(layout: Layout, name: str, path: str) -> str:
    known = [one.name for one in layout.collections] + [one.name for one in layout.columns]
    lower = {one.lower(): one for one in reversed(known)}
    near = [lower[one] for one in difflib.get_close_matches(name.lower(), lower, n=6, cutoff=0.5)]
    near += [one for one in known if name.lower() in one.lower() and one not in near][:6]
    listed = ", ".join(near or [one.name for one in layout.collections][:20] or known[:20])
    return f"{path!r} has no collection or column {name!r}; nearest: {listed}"
