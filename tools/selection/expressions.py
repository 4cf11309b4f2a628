"""Quantities as small expression trees: one number, or a list of numbers, in each event."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.vocabulary import Unit


class Number(Record):
    """A constant.

    Attributes:
        value: The number.
        unit: Its unit; None takes it in the unit of what it is compared with.
    """

    kind: Literal["number"] = "number"
    value: float
    unit: Unit | None = None


class Named(Record):
    """A quantity defined under a name, or a column of the data.

    Attributes:
        name: Its name.
    """

    kind: Literal["name"] = "name"
    name: str


class FieldOf(Record):
    """A field of objects (a list) or of a candidate (one number).

    Attributes:
        of: List, candidate, combination or collection.
        field: Its field; ``|eta|`` is the absolute value of ``eta``. Combinations have pt, eta, phi and mass.
    """

    kind: Literal["field"] = "field"
    of: str
    field: str


class System(Record):
    """Mass, pt, eta or phi of the vector sum of candidates.

    Attributes:
        field: What is wanted of the sum.
        of: Two or more candidates or combinations.
    """

    kind: Literal["system"] = "system"
    field: Literal["mass", "pt", "eta", "phi"]
    of: tuple[str, ...] = Field(min_length=2)

    @model_validator(mode="after")
    def _are_different(self) -> Self:
        if len(set(self.of)) < len(self.of):
            msg = (
                f"a system of {', '.join(self.of)} has the same thing twice; the {self.field} of a combination is its "
                "field, of two objects of one list that of the combination of them"
            )
            raise ValueError(msg)
        return self


class Angle(Record):
    """An angle or distance between two things.

    Attributes:
        what: ``delta_r``, ``delta_phi`` in 0 ... pi, or ``delta_eta``, 0 or more.
        of: The two; a candidate with a list gives a list.
    """

    kind: Literal["angle"] = "angle"
    what: Literal["delta_r", "delta_phi", "delta_eta"]
    of: tuple[str, str]


class TransverseMass(Record):
    """Transverse mass of a candidate and the missing momentum, sqrt(2 pt MET (1 - cos delta phi)).

    Attributes:
        of: The candidate and the missing momentum.
    """

    kind: Literal["transverse_mass"] = "transverse_mass"
    of: tuple[str, str]


class ScalarSum(Record):
    """Scalar sum of a field, by default H_T.

    Attributes:
        of: Lists and candidates; a candidate that is missing counts 0.
        field: What is summed.
    """

    kind: Literal["scalar_sum"] = "scalar_sum"
    of: tuple[str, ...] = Field(min_length=1)
    field: str = "pt"


class Count(Record):
    """Number of objects, of all lists together.

    Attributes:
        of: Lists, combinations or candidates.
    """

    kind: Literal["count"] = "count"
    of: tuple[str, ...] = Field(min_length=1)


class CosThetaStar(Record):
    """Absolute value of cos theta* of two objects in the Collins-Soper frame.

    Attributes:
        of: The two candidates.
    """

    kind: Literal["cos_theta_star"] = "cos_theta_star"
    of: tuple[str, str]


class Centrality(Record):
    """exp(-4 ((eta - (eta1 + eta2)/2) / (eta1 - eta2))^2) of a candidate between two jets.

    Attributes:
        of: The candidate.
        between: The two jets.
    """

    kind: Literal["centrality"] = "centrality"
    of: str
    between: tuple[str, str]


class Reduced(Record):
    """One number of a list: its smallest, largest, sum or mean; None for an empty list but for the sum, which is 0.

    Attributes:
        how: What is taken.
        of: A list of numbers.
    """

    kind: Literal["reduced"] = "reduced"
    how: Literal["min", "max", "sum", "mean"]
    of: "Expression"


class Arithmetic(Record):
    """Two numbers combined; a ratio is ``/``.

    Attributes:
        op: Operator.
        left: Left side.
        right: Right side.
    """

    kind: Literal["arithmetic"] = "arithmetic"
    op: Literal["+", "-", "*", "/"]
    left: "Expression"
    right: "Expression"


class Function(Record):
    """A function of one number.

    Attributes:
        name: Which.
        of: Its argument.
    """

    kind: Literal["function"] = "function"
    name: Literal["abs", "sqrt", "exp", "log", "cos", "sin", "cosh", "sinh", "tanh"]
    of: "Expression"


def _spelled_out(value: Any) -> Any:
    """A bare text is a name, a bare number a constant."""
    if isinstance(value, str):
        return {"kind": "name", "name": value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"kind": "number", "value": value}
    return value


_Kinds = (
    Number | Named | FieldOf | System | Angle | TransverseMass | ScalarSum | Count | CosThetaStar | Centrality
    | Reduced | Arithmetic | Function
)  # fmt: skip
Expression = Annotated[Annotated[_Kinds, Field(discriminator="kind")], BeforeValidator(_spelled_out)]
for _record in (Reduced, Arithmetic, Function):
    _record.model_rebuild()
