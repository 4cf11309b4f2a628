"""Parts of a selection: its samples, quantities, cuts, categories and histograms."""

from itertools import pairwise
from typing import Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.conditions import Condition
from hepcoder.tools.selection.expressions import Expression
from hepcoder.tools.selection.vocabulary import Name, Unit


class Source(Record):
    """The files of one sample.

    Attributes:
        name: Name of the sample.
        files: Paths; events are taken in this order.
        tree: Tree of ROOT files; None takes the main one.
    """

    name: Name = "events"
    files: tuple[str, ...] = Field(min_length=1)
    tree: str | None = None


class Quantity(Record):
    """A number, or a list of numbers, in each event.

    Attributes:
        name: What it is called.
        value: How it is computed.
    """

    name: Name
    value: Expression


class Cut(Record):
    """One row of the cutflow.

    Attributes:
        name: Name of the row; any text.
        when: What events must meet, after all cuts before.
    """

    name: str = Field(min_length=1)
    when: Condition


class Category(Record):
    """Some of the selected events.

    Attributes:
        name: What it is called.
        when: What they have in common.
    """

    name: Name
    when: Condition


class Histogram(Record):
    """A histogram of a quantity over the selected events; a list gives one entry for each of its values.

    Attributes:
        name: What it is called.
        of: Quantity or column; None takes the one of the same name.
        bins: Number of bins of equal width from `low` to `high`; None where edges are given.
        low: Lowest edge.
        high: Highest edge.
        edges: Rising edges; empty where bins are given.
        unit: Unit of the edges; None takes the unit of the quantity as delivered.
        category: Only events of this category; None takes all selected ones.
        after: Events after this cut; None takes those after the last.
    """

    name: Name
    of: str | None = None
    bins: int | None = Field(default=None, ge=1)
    low: float | None = None
    high: float | None = None
    edges: tuple[float, ...] = ()
    unit: Unit | None = None
    category: str | None = None
    after: str | None = None

    @property
    def quantity(self) -> str:
        """Name of the quantity."""
        return self.of or self.name

    @model_validator(mode="after")
    def _has_bins(self) -> Self:
        regular = [self.bins, self.low, self.high]
        if bool(self.edges) == (None not in regular) or (self.edges and any(one is not None for one in regular)):
            msg = f"histogram {self.name!r} needs bins, low and high, or else edges"
            raise ValueError(msg)
        rising = self.edges or (self.low or 0.0, self.high or 0.0)
        if len(rising) < 2 or any(one >= two for one, two in pairwise(rising)):
            msg = f"histogram {self.name!r}: edges must rise, not {', '.join(f'{one:g}' for one in rising)}"
            raise ValueError(msg)
        return self
