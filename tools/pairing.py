"""Pairs by charge and flavour, and the combination of objects whose mass is nearest to a given one."""

from collections.abc import Sequence
from typing import Any, Literal

import awkward as ak

from hepcoder.tools.arrays import Array
from hepcoder.tools.combination import Combination, combination_at
from hepcoder.tools.combinations import charged_pairs, opposite_sign_pairs
from hepcoder.tools.leptons import flavour_of
from hepcoder.tools.masses import invariant_mass
from hepcoder.tools.objects import jagged
from hepcoder.tools.quantities import double, get


def same_sign_pairs(objects: Array) -> tuple[ak.Array, ak.Array]:
    """Return the pairs of objects within each event whose charges have the same sign.

    Args:
        objects: Jagged records with ``charge``.

    Returns:
        The first and the second of each pair, as `pairs` does.

    Raises:
        ValueError: If the objects are not jagged or have no charge.

    Example:
        >>> muons = ak.Array([[{"pt": 9.0, "charge": 1}, {"pt": 8.0, "charge": -1}, {"pt": 5.0, "charge": 1}]])
        >>> first, second = same_sign_pairs(muons)
        >>> first.pt.tolist(), second.pt.tolist()
        ([[9.0]], [[5.0]])
    """
    first, second, product = charged_pairs(objects)
    return first[product > 0], second[product > 0]


def ossf_pairs(leptons: Array) -> tuple[ak.Array, ak.Array]:
    """Return the opposite-sign same-flavour (OSSF) pairs of leptons within each event.

    Args:
        leptons: Jagged records with charge and flavour, as `merge_leptons` gives, or with ``type_`` or ``pdgId``.

    Returns:
        The first and the second of each pair, as `pairs` does.

    Raises:
        ValueError: If the leptons are not jagged or lack charge or flavour.

    Example:
        >>> lepton = {"pt": 9.0, "charge": 1, "flavour": 11}
        >>> event = [lepton, lepton | {"charge": -1, "flavour": 13}, lepton | {"pt": 5.0, "charge": -1}]
        >>> first, second = ossf_pairs(ak.Array([event]))
        >>> first.pt.tolist(), second.pt.tolist()
        ([[9.0]], [[5.0]])
    """
    first, second = opposite_sign_pairs(leptons)
    same = flavour_of(first) == flavour_of(second)
    return first[same], second[same]


def nearest_to_mass(
    objects: Array,
    mass_gev: float,
    n: int = 2,
    *,
    charge: int | None = None,
    same_flavour: bool = False,
    mass: float | None = None,
) -> Combination:
    """Return the n objects of each event whose invariant mass is nearest to the given one, such as the Z candidate.

    Args:
        objects: Jagged records with pt, eta, phi and mass or E, each event in any order.
        mass_gev: The mass to be near to, in the unit of pt.
        n: How many objects make a combination: 2, 3 or 4.
        charge: Absolute sum of charges that is asked for: 0 opposite sign, 2 a pair of the same sign; None any.
        same_flavour: Whether all must have one flavour; with charge=0 and n=2 these are the OSSF pairs.
        mass: Mass of every object, in place of their own; 0.0 for massless ones; None takes theirs.

    Returns:
        The combination of each event. Of equally near ones the first, counted from the first objects on.

    Raises:
        ValueError: If n is another number, or a quantity is missing.

    Example:
        >>> muon = {"pt": 45.6, "eta": 0.0, "phi": 0.0, "mass": 0.1, "charge": 1}
        >>> event = [muon, muon | {"phi": 3.1416, "charge": -1}, muon | {"pt": 20.0, "phi": 1.0, "charge": -1}]
        >>> z = nearest_to_mass(ak.Array([event, [muon]]), 91.19, charge=0)
        >>> [None if m is None else round(m, 1) for m in z.mass.tolist()], z.rest.pt.tolist()
        ([91.2, None], [[20.0], [45.6]])
    """
    if n not in {2, 3, 4}:
        message = f"nearest_to_mass takes n=2, 3 or 4 objects, not n={n}"
        raise ValueError(message)
    array = jagged(objects, "nearest_to_mass")
    places = ak.unzip(ak.combinations(ak.local_index(array), n, axis=1))
    allowed = _allowed(array, places, charge, same_flavour=same_flavour)
    if allowed is not None:
        places = tuple(each[allowed] for each in places)
    masses = invariant_mass(*(array[each] for each in places), mass=mass)
    best = ak.argmin(abs(masses - mass_gev), axis=1, keepdims=True)
    return combination_at(array, [ak.firsts(each[best]) for each in places], mass=mass)


def _allowed(array: ak.Array, places: Sequence[ak.Array], charge: int | None, *, same_flavour: bool) -> Any:
    """Which combinations have the charge and flavour asked for; None for all."""
    allowed = None
    if charge is not None:
        charges = double(get(array, "charge"))
        allowed = abs(sum(charges[each] for each in places)) == charge
    if same_flavour:
        flavours = flavour_of(array)
        first, *others = (flavours[each] for each in places)
        for other in others:
            allowed = first == other if allowed is None else allowed & (first == other)
    return allowed


def disjoint_pairs(
    leptons: Array,
    mass_gev: float = 91.1876,
    *,
    charge: int | None = 0,
    same_flavour: bool = True,
    second: Literal["nearest", "highest_pt"] = "nearest",
    mass: float | None = None,
) -> tuple[Combination, Combination]:
    """Return two pairs without a common object, such as both Z candidates of four leptons.

    The first pair is the one nearest to the mass; the second is taken from what is left.

    Args:
        leptons: Jagged records with pt, eta, phi, mass or E, charge and flavour, as `merge_leptons` gives.
        mass_gev: The mass to be near to, in the unit of pt; that of the Z in GeV.
        charge: As in `nearest_to_mass`.
        same_flavour: As in `nearest_to_mass`.
        second: Which of the remaining pairs: the one nearest to the mass, or that of the highest sum of pt.
        mass: As in `nearest_to_mass`.

    Returns:
        Both pairs; the second is missing (None) in events without one. Its rest is in neither pair.

    Raises:
        ValueError: If a quantity is missing, or ``second`` is another word.

    Example:
        >>> one = {"pt": 45.0, "eta": 0.0, "phi": 0.0, "mass": 0.0, "charge": 1, "flavour": 13}
        >>> event = [one, one | {"phi": 3.1416, "charge": -1}, one | {"pt": 20.0, "flavour": 11}]
        >>> event += [one | {"pt": 10.0, "phi": 2.0, "charge": -1, "flavour": 11}]
        >>> z1, z2 = disjoint_pairs(ak.Array([event]))
        >>> z1.first.pt.tolist(), z2.first.pt.tolist(), z2.rest.pt.tolist()
        ([45.0], [20.0], [[]])
    """
    if second not in {"nearest", "highest_pt"}:
        message = f"second must be 'nearest' or 'highest_pt', not {second!r}"
        raise ValueError(message)
    z1 = nearest_to_mass(leptons, mass_gev, charge=charge, same_flavour=same_flavour, mass=mass)
    if second == "highest_pt":
        return z1, _highest_pt(z1.rest, charge, same_flavour=same_flavour, mass=mass)
    return z1, nearest_to_mass(z1.rest, mass_gev, charge=charge, same_flavour=same_flavour, mass=mass)


def _highest_pt(array: ak.Array, charge: int | None, *, same_flavour: bool, mass: float | None) -> Combination:
    places = ak.unzip(ak.combinations(ak.local_index(array), 2, axis=1))
    allowed = _allowed(array, places, charge, same_flavour=same_flavour)
    if allowed is not None:
        places = tuple(each[allowed] for each in places)
    pt = double(get(array, "pt"))
    best = ak.argmax(sum(pt[each] for each in places), axis=1, keepdims=True)
    return combination_at(array, [ak.firsts(each[best]) for each in places], mass=mass)
