"""What a task must leave behind: output files with their kinds, names and units."""

from typing import Literal

from hepcoder.ledger.record import Record

OutputKind = Literal["json", "npz", "npy", "csv", "parquet", "png", "pdf", "svg", "root", "txt"]


class OutputField(Record):
    """A named value or array inside an output file.

    Attributes:
        name: Key in a JSON object, array in an npz file, column in a table.
        unit: Unit of the value, such as ``GeV``; None when not stated.
        shape: Required shape; None when any shape will do, a -1 stands for any length of that axis.
    """

    name: str
    unit: str | None = None
    shape: tuple[int, ...] | None = None


class Output(Record):
    """One required output file.

    Attributes:
        file: Path relative to the script's folder.
        kind: What the file is; follows its suffix.
        fields: Names that must be in it; empty when any content will do.
    """

    file: str
    kind: OutputKind
    fields: tuple[OutputField, ...] = ()
