"""A table as plain data, for HTML and Markdown alike."""

from collections.abc import Iterable

from hepcoder.ledger.record import Record


class Entry(Record):
    """One entry of a table.

    Attributes:
        text: What is shown.
        order: What a sorted table is ordered by; None comes last.
    """

    text: str
    order: float | str | None


class Table(Record):
    """A table with its heading.

    Attributes:
        title: The heading.
        note: How to read it.
        columns: Heads of the columns.
        rows: Entries, row by row, as many as there are columns.
    """

    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]


def text(value: str) -> Entry:
    """Return an entry of words, ordered by the alphabet."""
    return Entry(text=value, order=value)


def number(value: float | None, shown: str) -> Entry:
    """Return an entry ordered by its number; None is ordered last."""
    return Entry(text=shown, order=value)


def table(title: str, note: str, columns: Iterable[str], rows: Iterable[Iterable[Entry]]) -> Table:
    """Return a table from any iterables."""
    return Table(title=title, note=note, columns=tuple(columns), rows=tuple(tuple(row) for row in rows))
