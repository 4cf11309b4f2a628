"""What a selection writes: files, and which result each name in them holds."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.formulas import names_in, parsed_formula


class CutCount(Record):
    """Events after a row of the cutflow.

    Attributes:
        cut: Name of the cut, or of the first row; None takes the last one: all selected events.
        category: Count only those in this category; None counts all.
        weighted: Sum of weights in place of the number.
        sample: Name of the source; None where there is only one.
    """

    kind: Literal["events"] = "events"
    cut: str | None = None
    category: str | None = None
    weighted: bool = False
    sample: str | None = None


class Fraction(Record):
    """The share of events that are left: events after one row of the cutflow over those after another.

    Attributes:
        cut: As in `CutCount`.
        of: Row of the denominator; None takes all events.
        sample: As in `CutCount`.
    """

    kind: Literal["fraction"] = "fraction"
    cut: str | None = None
    of: str | None = None
    sample: str | None = None


class Statistic(Record):
    """One number of a quantity over the selected events.

    Attributes:
        how: What is taken; ``std`` divides by the number of entries.
        of: Name of the quantity or column; every entry of a list counts.
        category: As in `CutCount`.
        sample: As in `CutCount`.
    """

    kind: Literal["statistic"] = "statistic"
    how: Literal["mean", "std", "median", "min", "max", "sum"]
    of: str
    category: str | None = None
    sample: str | None = None


class Listing(Record):
    """Values of each selected event, such as its run and event number.

    Attributes:
        of: Quantities or columns; one gives a list of values, more give a list of lists.
        category: As in `CutCount`.
        sample: As in `CutCount`.
    """

    kind: Literal["list"] = "list"
    of: tuple[str, ...] = Field(min_length=1)
    category: str | None = None
    sample: str | None = None


class Formula(Record):
    """A number made of others: a ratio, an uncertainty, a significance.

    Attributes:
        expression: Arithmetic of the names of other values in the same file or row; see `formulas.parsed_formula`.
    """

    kind: Literal["formula"] = "formula"
    expression: str


Taken = CutCount | Fraction | Statistic | Listing
"""What is taken from the events themselves."""
JsonValue = Annotated[CutCount | Fraction | Statistic | Listing | Formula, Field(discriminator="kind")]


class JsonFile(Record):
    """Named values.

    Attributes:
        file: Ends in ``.json``.
        values: By key.
    """

    kind: Literal["json"] = "json"
    file: str = Field(pattern=r"\.json$")
    values: Mapping[str, JsonValue]

    @model_validator(mode="after")
    def _formulas_are_of_values(self) -> Self:
        in_order(self.values, self.file)
        return self


class RowsFile(Record):
    """A table with a row for each category, sample or threshold, and numbers over the events in it as columns.

    Attributes:
        file: Ends in ``.csv``.
        rows: By column: a text or number that names the row, or a value. All rows have the same columns.
    """

    kind: Literal["rows"] = "rows"
    file: str = Field(pattern=r"\.csv$")
    rows: tuple[Mapping[str, str | int | float | JsonValue], ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rows_are_alike(self) -> Self:
        for row in self.rows:
            in_order(row, self.file)
            if _columns(row) != _columns(self.rows[0]):
                msg = (
                    f"{self.file}: rows have the same columns and formulas, but one is {row}, the first {self.rows[0]}"
                )
                raise ValueError(msg)
        return self


def _columns(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(name, one.expression if isinstance(one, Formula) else "") for name, one in row.items()]


def values_of(one: JsonFile | RowsFile) -> tuple[Taken, ...]:
    """What is taken from the events: values that are no formulas, and no texts and numbers of the file itself."""
    rows = [one.values] if isinstance(one, JsonFile) else one.rows
    every = [value for row in rows for value in row.values()]
    return tuple(value for value in every if not isinstance(value, Formula | str | float | int))


def in_order(values: Mapping[str, Any], file: str) -> tuple[str, ...]:
    """Names of values, each formula after what it is made of.

    Args:
        values: Values of a file or a row by name.
        file: The file, for messages.

    Raises:
        ValueError: A formula cannot be read, names no value, or is made of itself.
    """
    made = [name for name, one in values.items() if not isinstance(one, Formula)]
    left = {name: parsed_formula(one.expression) for name, one in values.items() if isinstance(one, Formula)}
    while left:
        ready = [name for name, formula in left.items() if set(names_in(formula)) <= set(made)]
        if not ready:
            name, formula = next(iter(left.items()))
            unknown = sorted(set(names_in(formula)) - set(values)) or [f"{name}, by way of itself"]
            msg = f"{file}: {name} is made of {', '.join(unknown)}; a formula uses other values: {', '.join(made)}"
            raise ValueError(msg)
        made += ready
        left = {name: formula for name, formula in left.items() if name not in ready}
    return tuple(made)


class CutflowFile(Record):
    """The cutflow: ``{cut: number}`` as JSON for one sample, a table as CSV with a column for each.

    Attributes:
        file: Ends in ``.json`` or ``.csv``.
        cut_column: CSV: name of the column with the cuts.
        columns: CSV: column names by sample; empty for ``events``, or the names of several samples.
        weighted: Sums of weights in place of numbers.
        sample: JSON: as in `CutCount`.
    """

    kind: Literal["cutflow"] = "cutflow"
    file: str = Field(pattern=r"\.(json|csv)$")
    cut_column: str = "cut"
    columns: Mapping[str, str] = {}
    weighted: bool = False
    sample: str | None = None


HistogramPart = Literal["counts", "edges", "underflow", "overflow"]


class HistogramFile(Record):
    """Histograms as arrays counts, edges and, with flow, underflow and overflow.

    Attributes:
        file: Ends in ``.npz``.
        of: Names of histograms.
        prefixed: Whether array names begin with the name of the histogram, as in ``mass_counts``; needed for several.
        flow: Whether underflow and overflow are written.
        arrays: Names of arrays that follow no prefix: of each, the histogram and which part of it. Empty for the rule
            above; otherwise these and no others are written.
        sample: As in `CutCount`.
    """

    kind: Literal["histograms"] = "histograms"
    file: str = Field(pattern=r"\.npz$")
    of: tuple[str, ...] = Field(min_length=1)
    prefixed: bool = False
    flow: bool = True
    arrays: Mapping[str, tuple[str, HistogramPart]] = {}
    sample: str | None = None

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        if len(self.of) > 1 and not self.prefixed and not self.arrays:
            msg = f"{self.file}: several histograms need names of their own; set prefixed"
            raise ValueError(msg)
        return self


class TableFile(Record):
    """Columns with one row for each selected event.

    Attributes:
        file: Ends in ``.csv``, ``.npz`` or ``.parquet``.
        columns: Quantity or data column by the name that it has in the file.
        complete: Whether events where a column is missing are left out; otherwise they are an error.
        category: As in `CutCount`.
        sample: As in `CutCount`.
    """

    kind: Literal["table"] = "table"
    file: str = Field(pattern=r"\.(csv|npz|parquet)$")
    columns: Mapping[str, str] = Field(min_length=1)
    complete: bool = False
    category: str | None = None
    sample: str | None = None


class PlotFile(Record):
    """A drawing of a histogram, the samples in one figure, each with unit area where there are several.

    Attributes:
        file: Ends in ``.png``, ``.pdf`` or ``.svg``.
        histogram: Its name.
        xlabel: Quantity and unit; empty takes the histogram's name and unit.
        logy: Whether the y axis is logarithmic.
    """

    kind: Literal["plot"] = "plot"
    file: str = Field(pattern=r"\.(png|pdf|svg)$")
    histogram: str
    xlabel: str = ""
    logy: bool = False


OutputFile = Annotated[
    JsonFile | RowsFile | CutflowFile | HistogramFile | TableFile | PlotFile,
    Field(discriminator="kind"),
]
