"""Candidates: one object in each event, picked or combined from others; None where an event has none."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hepcoder.ledger.record import Record
from hepcoder.tools.selection.vocabulary import ChargeRule, FlavourRule, Name, Unit


class Leading(Record):
    """The object with the n-th highest pt.

    Attributes:
        name: What it is called.
        of: A list of objects.
        rank: 1 for the leading one, 2 for the sub-leading one, and so on.
    """

    kind: Literal["leading"] = "leading"
    name: Name
    of: str
    rank: int = Field(default=1, ge=1)


class Nearest(Record):
    """The object nearest in Delta R to another candidate.

    Attributes:
        name: What it is called.
        of: A list of objects.
        to: A candidate, such as a lepton.
    """

    kind: Literal["nearest"] = "nearest"
    name: Name
    of: str
    to: str


class Member(Record):
    """One object of a combination.

    Attributes:
        name: What it is called.
        of: A combination that takes one choice in each event.
        number: 1 for its first object.
    """

    kind: Literal["member"] = "member"
    name: Name
    of: str
    number: int = Field(ge=1, le=4)


class Sum(Record):
    """The vector sum of candidates; only its transverse part where one of them is missing momentum.

    Attributes:
        name: What it is called.
        of: Two or more candidates.
    """

    kind: Literal["sum"] = "sum"
    name: Name
    of: tuple[str, ...] = Field(min_length=2)


class Combination(Record):
    """Pairs, triples or quadruples of objects of an event.

    Attributes:
        name: What they are called.
        of: One list to take all objects from, or one list for each object.
        size: Number of objects.
        charge: ``opposite`` (the charges add to zero) or ``same``; None for any.
        flavour: ``same`` for pairs of one flavour, ``different`` for mixed ones; None for any.
        choose: ``all`` keeps every combination, ``nearest`` the one with the mass nearest to `target`, ``leading`` the
            objects of highest pt.
        target: Mass for ``nearest``.
        unit: Unit of the target; None takes it in the unit of the data as delivered.
    """

    kind: Literal["combination"] = "combination"
    name: Name
    of: tuple[str, ...] = Field(min_length=1)
    size: Literal[2, 3, 4] = 2
    charge: ChargeRule | None = None
    flavour: FlavourRule | None = None
    choose: Literal["all", "nearest", "leading"] = "all"
    target: float | None = None
    unit: Unit | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wrong = _wrong(self)
        if wrong:
            msg = f"combination {self.name!r}: {wrong}"
            raise ValueError(msg)
        return self


def _wrong(one: Combination) -> str | None:
    if (one.target is None) == (one.choose == "nearest"):
        return "'nearest' needs a target mass, and nothing else does"
    if len(one.of) not in {1, one.size} or (len(one.of) > 1 and one.choose != "all"):
        return f"takes one list, or with 'all' one list for each of the {one.size} objects, not {len(one.of)}"
    if (one.charge or one.flavour) and (one.size != 2 or one.choose == "leading"):
        if one.choose == "nearest" and one.charge == "opposite" and one.flavour is None:
            return None
        return "rules of charge and flavour are for pairs; for leading objects use a condition of kind charge"
    if one.flavour == "different" and one.choose == "nearest":
        return "pairs of different flavour are made of two lists with 'all'"
    return None


class TwoPairs(Record):
    """Two pairs without a common object, as in ZZ to four leptons.

    Of all ways to form two pairs the one is taken whose first pair has the mass nearest to the target; if several
    share that pair, the second one decides.

    Attributes:
        name: Name of the first pair.
        other: Name of the second pair.
        of: A list of objects.
        target: Mass that the first pair is nearest to.
        unit: Unit of the target; None takes it in the unit of the data as delivered.
        charge: As in `Combination`, for both pairs.
        flavour: As in `Combination`, for both pairs.
        then: What decides the second pair: the largest scalar sum of pt, or the mass nearest to the target.
    """

    kind: Literal["two_pairs"] = "two_pairs"
    name: Name
    other: Name
    of: str
    target: float
    unit: Unit | None = None
    charge: Literal["opposite"] | None = "opposite"
    flavour: Literal["same"] | None = "same"
    then: Literal["highest_pt", "nearest"] = "highest_pt"


Candidate = Annotated[
    Leading | Nearest | Member | Sum | Combination | TwoPairs,
    Field(discriminator="kind"),
]
