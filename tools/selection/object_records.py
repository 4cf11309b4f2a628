"""Objects: lists of physics objects in each event, and the conditions that each of them meets."""

from typing import Annotated, Literal

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.vocabulary import Below, Comparison, Name, Unit


class FieldCut(Record):
    """A comparison of one field of each object.

    Attributes:
        field: Field of the objects; ``|eta|`` is the absolute value of ``eta``.
        op: Comparison; strictness is explicit.
        value: Threshold.
        unit: Unit of the threshold; None takes it in the unit of the data as delivered.
        over: A field to divide by first, as in ``ptcone30 / pt < 0.065``; None for none.
    """

    kind: Literal["cut"] = "cut"
    field: str
    op: Comparison
    value: float
    unit: Unit | None = None
    over: str | None = None


class FieldWindow(Record):
    """A range that one field of each object lies in, or outside of.

    Attributes:
        field: As in `FieldCut`.
        low: Lower bound.
        high: Upper bound.
        low_op: Whether the lower bound belongs to the range (``<=``) or not.
        high_op: Whether the upper bound belongs to the range.
        outside: True where objects inside are dropped, as for the crack of a calorimeter.
        unit: As in `FieldCut`.
    """

    kind: Literal["window"] = "window"
    field: str
    low: float
    high: float
    low_op: Below = "<"
    high_op: Below = "<"
    outside: bool = False
    unit: Unit | None = None


class FieldFlag(Record):
    """A field that is non-zero (true), such as ``tightId``, or zero.

    Attributes:
        field: As in `FieldCut`.
        passes: False asks for zero.
    """

    kind: Literal["flag"] = "flag"
    field: str
    passes: bool = True


class AwayFrom(Record):
    """Overlap removal: no object of other lists within a distance.

    Attributes:
        of: Lists of other objects.
        dr: Objects with a smaller Delta R to any of them are dropped.
    """

    kind: Literal["away"] = "away"
    of: tuple[str, ...] = Field(min_length=1)
    dr: float = Field(gt=0)


ObjectCut = Annotated[FieldCut | FieldWindow | FieldFlag | AwayFrom, Field(discriminator="kind")]


class Objects(Record):
    """Objects of one collection, or of a list defined before, that meet all conditions.

    Attributes:
        name: What they are called from here on.
        of: A collection of the data, or another definition.
        cuts: Conditions on each object.
        mass_gev: Mass that every object gets in place of its own, 0 for massless ones; None keeps theirs.
    """

    kind: Literal["objects"] = "objects"
    name: Name
    of: str
    cuts: tuple[ObjectCut, ...] = ()
    mass_gev: float | None = None


class Leptons(Record):
    """Electrons and muons in one list, each with its flavour.

    Attributes:
        name: What they are called.
        electrons: List of electrons.
        muons: List of muons.
    """

    kind: Literal["leptons"] = "leptons"
    name: Name
    electrons: str
    muons: str


class Remaining(Record):
    """The objects that a combination leaves over.

    Attributes:
        name: What they are called.
        without: A combination that takes one choice in each event; its objects are left out.
    """

    kind: Literal["remaining"] = "remaining"
    name: Name
    without: str


class Softer(Record):
    """The objects that come after the first ones in pt.

    Attributes:
        name: What they are called.
        of: A list of objects.
        after: How many of the highest pt are left out.
    """

    kind: Literal["softer"] = "softer"
    name: Name
    of: str
    after: int = Field(ge=1)


class Gathered(Record):
    """Candidates, and the objects of combinations, as one list.

    Attributes:
        name: What they are called.
        of: Candidates or combinations.
    """

    kind: Literal["gathered"] = "gathered"
    name: Name
    of: tuple[str, ...] = Field(min_length=1)


ObjectList = Annotated[Objects | Leptons | Remaining | Softer | Gathered, Field(discriminator="kind")]
