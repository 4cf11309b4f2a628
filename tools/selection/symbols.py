"""What names and expressions stand for in code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hepcoder.tools.layout_records import Collection, Field
from hepcoder.tools.selection.vocabulary import SelectionError, known_or_nearest

Shape = Literal["objects", "object", "numbers", "number"]
"""A list of objects, one object, a list of numbers or one number in each event."""


@dataclass(frozen=True)
class FieldInfo:
    """One field of objects.

    Attributes:
        unit: As delivered; None when not known.
        is_flag: Whether it is True or False.
    """

    unit: str | None = None
    is_flag: bool = False


@dataclass(frozen=True)
class Symbol:
    """What a name or expression stands for.

    Attributes:
        code: The Python expression.
        shape: What it gives for each event.
        fields: Fields of objects by name; empty for numbers.
        unit: Unit of numbers; None when there is none or it is not known.
        missing: Whether an event may have None.
        is_flag: Whether the numbers are True or False.
        kind: Kind of objects, such as muon; None for others.
        members: Code of the objects of a combination; empty for others.
        member_fields: Fields of those objects and of the ones left over.
        mass: Code of the mass of a combination; None for others.
        rest: Code of the objects that a combination leaves over; None for others.
    """

    code: str
    shape: Shape
    fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    unit: str | None = None
    missing: bool = False
    is_flag: bool = False
    kind: str | None = None
    members: tuple[str, ...] = ()
    member_fields: Mapping[str, FieldInfo] = field(default_factory=dict)
    mass: str | None = None
    rest: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """Code of the objects whose momenta add up to it."""
        return self.members or (self.code,)


@dataclass(frozen=True)
class Step:
    """One assignment of the program.

    Attributes:
        names: Variables it sets.
        code: The expression.
        section: What it is part of: objects, candidates, quantities, cuts or categories.
        note: What a reader should know, such as the unit; empty for nothing.
    """

    names: tuple[str, ...]
    code: str
    section: str
    note: str = ""


def collection_symbol(collection: Collection) -> Symbol:
    """What a collection of the data stands for."""
    fields = {one.name: FieldInfo(one.unit, one.dtype == "bool") for one in collection.fields if not one.depth}
    shape: Shape = "objects" if collection.jagged else "object"
    return Symbol(f"events.{collection.name}", shape, fields, kind=collection.kind)


def column_symbol(code: str, column: Field, *, jagged: bool) -> Symbol:
    """What a column, or a field of a collection, stands for."""
    return Symbol(code, "numbers" if jagged else "number", unit=column.unit, is_flag=column.dtype == "bool")


def field_symbol(symbol: Symbol, name: str, who: str) -> Symbol:
    """A field of objects, ``|eta|`` for an absolute value.

    Raises:
        SelectionError: The objects have no such field.
    """
    bare = name[1:-1] if len(name) > 2 and name[0] == name[-1] == "|" else name
    if bare not in symbol.fields:
        nearest = known_or_nearest(bare, symbol.fields)
        msg = f"{who}: {symbol.code.removeprefix('events.')} has no field {bare!r}; nearest: {nearest}"
        raise SelectionError(msg)
    code = symbol.mass if bare == "mass" and symbol.mass else f"{symbol.code}.{bare}"
    info = symbol.fields[bare]
    shape: Shape = "numbers" if symbol.shape == "objects" else "number"
    return Symbol(
        f"abs({code})" if bare != name else code, shape, unit=info.unit, missing=symbol.missing, is_flag=info.is_flag
    )
