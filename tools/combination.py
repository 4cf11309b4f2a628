"""The objects that were chosen in each event, with their mass and what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import awkward as ak

from hepcoder.tools.angular import add_momenta
from hepcoder.tools.arrays import Bools
from hepcoder.tools.masses import invariant_mass


@dataclass(frozen=True)
class Combination:
    """The chosen objects of each event.

    Attributes:
        objects: Their records, one array for each of them with one entry for each event; None without a combination.
        mass: Invariant mass in the unit of pt, one for each event; None without a combination.
        rest: Objects that were not chosen, jagged; all of them in an event without a combination.
    """

    objects: tuple[ak.Array, ...]
    mass: ak.Array
    rest: ak.Array

    @property
    def first(self) -> ak.Array:
        """The first object of each event, in the order of the collection."""
        return self.objects[0]

    @property
    def second(self) -> ak.Array:
        """The second object of each event."""
        return self.objects[1]

    @property
    def third(self) -> ak.Array:
        """The third object of each event."""
        return self.objects[2]

    @property
    def fourth(self) -> ak.Array:
        """The fourth object of each event."""
        return self.objects[3]

    @property
    def found(self) -> Bools:
        """True for each event that has a combination; shape (events,)."""
        found: Bools = ~ak.to_numpy(ak.is_none(self.mass))
        return found

    @property
    def momentum(self) -> ak.Array:
        """Sum of the four-momenta of each event: pt, eta, phi, mass; None without a combination."""
        return add_momenta(*self.objects)


def taken(array: ak.Array, places: Sequence[ak.Array]) -> tuple[tuple[ak.Array, ...], ak.Array]:
    """The objects at given places, one array for each place with one entry for each event, and those left.

    Args:
        array: Jagged records.
        places: Index in its event; flat, None for no object.
    """
    index = ak.local_index(array)
    unused = index >= 0
    for each in places:
        unused = unused & (index != ak.fill_none(each, -1))
    return tuple(ak.firsts(array[ak.singletons(each)]) for each in places), array[unused]


def combination_at(array: ak.Array, places: Sequence[ak.Array], *, mass: float | None = None) -> Combination:
    """The combination of two objects or more at given places.

    Args:
        array: Jagged records with pt, eta, phi and mass or E.
        places: As in `taken`.
        mass: Mass of every object, in place of their own; None takes theirs.
    """
    chosen, rest = taken(array, places)
    return Combination(objects=chosen, mass=invariant_mass(*chosen, mass=mass), rest=rest)
