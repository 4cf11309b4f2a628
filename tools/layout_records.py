"""The records of a layout: branches as they are in a file, collections and fields as a script sees them."""

from functools import cached_property
from typing import Literal

from hepcoder.ledger.record import Record
from hepcoder.tools.naming import parse_type

LayoutKind = Literal["nanoaod", "atlas_mini", "physlite", "momentum", "flat", "lhco", "table"]


class Branch(Record):
    """One branch, field or column of a file.

    Attributes:
        name: Its full name in the file; record fields as ``Muon.pt``.
        typename: Its type as the file tells it, such as ``float[]``, ``std::vector<float>`` or ``double``.
        title: The file's own words on it; empty when there are none.
        record: It is a field of a list of records, so its group is a collection by construction.
    """

    name: str
    typename: str
    title: str = ""
    record: bool = False

    @cached_property
    def parsed(self) -> tuple[str, int] | None:
        """(dtype of one number, levels of lists), or None when it is not made of numbers or text."""
        return parse_type(self.typename)

    @property
    def readable(self) -> bool:
        """Whether `read_events` can deliver it."""
        return self.parsed is not None

    @property
    def dtype(self) -> str:
        """The type of one number, such as ``float32``; empty when unreadable."""
        return self.parsed[0] if self.parsed else ""

    @property
    def depth(self) -> int:
        """Levels of lists inside one event; 0 is one value an event."""
        return self.parsed[1] if self.parsed else 0


class Field(Record):
    """One quantity, of the objects of a collection or of the event.

    Attributes:
        name: Attribute in the delivered record.
        branch: Where it is in the file; empty when it is worked out from others.
        dtype: Type of one number in the file.
        depth: Levels of lists below the object (or the event); 0 is one number.
        unit: Unit as delivered; None when not known.
        factor: What the file's number is multiplied by.
        source_unit: Unit in the file; None when not known.
        title: The file's own words.
    """

    name: str
    branch: str
    dtype: str
    depth: int = 0
    unit: str | None = None
    factor: float = 1.0
    source_unit: str | None = None
    title: str = ""


class Collection(Record):
    """Objects of one kind, or one object an event.

    Attributes:
        name: Attribute of the event record.
        jagged: True for a list of objects an event, False for one.
        kind: electron, muon, lepton, photon, jet, tau, met, track, trigger, ...; None when the name does not tell.
        momentum: The vector type of its records (Momentum4D, Momentum3D, Momentum2D), or None.
        fields: Its quantities as delivered; kinematics first, then by name.
        components: What is read only to work out the kinematics, such as Px or E.
    """

    name: str
    jagged: bool
    kind: str | None
    fields: tuple[Field, ...]
    momentum: str | None = None
    components: tuple[Field, ...] = ()

    def field(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return next((one for one in self.fields if one.name == name), None)


class Layout(Record):
    """What one tree or table offers.

    Attributes:
        kind: Which convention its names follow; ``flat`` has one value an event, ``table`` is not from ROOT.
        collections: By name.
        columns: Quantities of the event itself, by name.
        skipped: Branches that cannot be delivered.
    """

    kind: LayoutKind
    collections: tuple[Collection, ...] = ()
    columns: tuple[Field, ...] = ()
    skipped: tuple[str, ...] = ()

    def collection(self, name: str) -> Collection | None:
        """The collection of that name, or None."""
        return next((one for one in self.collections if one.name == name), None)

    def column(self, name: str) -> Field | None:
        """The event column of that name, or None."""
        return next((one for one in self.columns if one.name == name), None)
