"""What inspection says about an input file: plain frozen records."""

from typing import Literal

from hepcoder.ledger.record import Record
from hepcoder.tools.layout_records import Layout

FileKind = Literal["root", "parquet", "npz", "npy", "csv", "json", "lhco"]


class Look(Record):
    """What the first entries of one quantity look like, in the unit of whoever holds it.

    Attributes:
        examples: The first values, at most four.
        low: Smallest finite value seen.
        high: Largest finite value seen.
        whole: Every value seen is a whole number.
    """

    examples: tuple[float, ...]
    low: float
    high: float
    whole: bool = False

    def scaled(self, factor: float) -> "Look":
        """The same look in another unit.

        Args:
            factor: What each value is multiplied by.

        Example:
            >>> Look(examples=(0.5,), low=0.5, high=2.0).scaled(1000).high
            2000.0
        """
        if factor == 1:
            return self

        def moved(value: float) -> float:
            return float(f"{value * factor:.6g}")

        return Look(
            examples=tuple(map(moved, self.examples)), low=moved(self.low), high=moved(self.high), whole=self.whole
        )


class ColumnFacts(Record):
    """One branch or column as it is in the file.

    Attributes:
        name: Its name in the file; ``Muon.pt`` for a field of records.
        dtype: Type of one number, such as ``float32``; the file's own type name when it is not made of numbers.
        depth: Levels of lists inside one event; 0 is one value an event.
        unit: Unit in the file; None when not known.
        title: The file's own words; empty when there are none.
        look: First values in the file's unit; None when not looked at, not numeric, or there were none.
    """

    name: str
    dtype: str
    depth: int
    unit: str | None = None
    title: str = ""
    look: Look | None = None


class TableFacts(Record):
    """One tree or table.

    Attributes:
        name: Its name; empty for a file that is one table.
        entries: Number of rows or events.
        columns: Its columns, in the order of the file.
    """

    name: str
    entries: int
    columns: tuple[ColumnFacts, ...]


class FileFacts(Record):
    """One input file.

    Attributes:
        path: The file, as it was given.
        kind: What it is by its content.
        size_bytes: Its size.
        layout: Collections and columns that `read_events` delivers from the main table.
        tables: Its tables, the main one first.
        looks: First values of delivered quantities, by name (``Muon.pt``, ``run``), in delivered units.
    """

    path: str
    kind: FileKind
    size_bytes: int
    layout: Layout
    tables: tuple[TableFacts, ...]
    looks: dict[str, Look]

    @property
    def entries(self) -> int:
        """Number of events in the main table."""
        return self.tables[0].entries if self.tables else 0

    @property
    def collections(self) -> tuple[str, ...]:
        """Names of the collections of the main table."""
        return tuple(one.name for one in self.layout.collections)
