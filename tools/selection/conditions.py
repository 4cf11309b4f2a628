"""Conditions on events: a comparison, a count, a window, a charge rule, and what is made of them.

A comparison with something that an event does not have is not met; ``not`` turns that into met, as a veto means it.
"""

from typing import Annotated, Literal

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.expressions import Expression
from hepcoder.tools.selection.vocabulary import Below, ChargeRule, Comparison, Unit


class Compare(Record):
    """A comparison of two quantities, or of one with a number.

    Attributes:
        left: Left side.
        op: Comparison; strictness is explicit.
        right: Right side.
        unit: Unit of a bare number on the right; None takes it in the unit of the left side as delivered.
    """

    kind: Literal["compare"] = "compare"
    left: Expression
    op: Comparison
    right: Expression
    unit: Unit | None = None


class Window(Record):
    """A range that a quantity lies in, or outside of.

    Attributes:
        of: The quantity.
        low: Lower bound.
        high: Upper bound.
        low_op: Whether the lower bound belongs to the range (``<=``) or not.
        high_op: Whether the upper bound belongs to the range.
        outside: True where events inside fail, as for a veto.
        unit: Unit of the bounds; None takes them in the unit of the quantity as delivered.
    """

    kind: Literal["window"] = "window"
    of: Expression
    low: float
    high: float
    low_op: Below = "<"
    high_op: Below = "<"
    outside: bool = False
    unit: Unit | None = None


class CountOf(Record):
    """A number of objects; a veto is ``== 0``.

    Attributes:
        of: Lists or combinations, counted together.
        op: Comparison.
        value: Number.
    """

    kind: Literal["count"] = "count"
    of: tuple[str, ...] = Field(min_length=1)
    op: Comparison
    value: int = Field(ge=0)


class ChargeOf(Record):
    """Opposite or same charge of two candidates.

    Attributes:
        of: The two.
        sign: ``opposite`` or ``same``.
    """

    kind: Literal["charge"] = "charge"
    of: tuple[str, str]
    sign: ChargeRule


class Flag(Record):
    """A quantity that is non-zero (true), such as a trigger decision, or zero.

    Attributes:
        of: The quantity.
        passes: False asks for zero.
    """

    kind: Literal["flag"] = "flag"
    of: Expression
    passes: bool = True


class AnyOf(Record):
    """At least one entry of a list meets the condition.

    Attributes:
        of: A condition on a list.
    """

    kind: Literal["any"] = "any"
    of: "Condition"


class AllOf(Record):
    """Every entry of a list meets the condition; true for an empty list.

    Attributes:
        of: A condition on a list.
    """

    kind: Literal["all"] = "all"
    of: "Condition"


class And(Record):
    """All of some conditions.

    Attributes:
        of: The conditions.
    """

    kind: Literal["and"] = "and"
    of: tuple["Condition", ...] = Field(min_length=1)


class Or(Record):
    """At least one of some conditions.

    Attributes:
        of: The conditions.
    """

    kind: Literal["or"] = "or"
    of: tuple["Condition", ...] = Field(min_length=1)


class Not(Record):
    """The opposite of a condition.

    Attributes:
        of: The condition.
    """

    kind: Literal["not"] = "not"
    of: "Condition"


Condition = Annotated[
    Compare | Window | CountOf | ChargeOf | Flag | AnyOf | AllOf | And | Or | Not, Field(discriminator="kind")
]
for _record in (AnyOf, AllOf, And, Or, Not):
    _record.model_rebuild()
