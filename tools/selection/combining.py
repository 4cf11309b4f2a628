"""Combinations that selections and their scripts need beside those of `hepcoder.tools.pairing`."""

from functools import reduce
from operator import add
from typing import Literal

import awkward as ak
import numpy as np

from hepcoder.tools.arrays import Array
from hepcoder.tools.combination import Combination, taken
from hepcoder.tools.leptons import flavour_of
from hepcoder.tools.masses import invariant_mass
from hepcoder.tools.objects import jagged
from hepcoder.tools.quantities import double, get


def two_pairs(
    objects: Array,
    mass_gev: float,
    *,
    opposite_sign: bool = True,
    same_flavour: bool = False,
    then: Literal["highest_pt", "nearest"] = "highest_pt",
) -> tuple[Combination, Combination]:
    """Return two pairs without a common object, the first of which is nearest to a mass.

    Only pairs that leave another pair count, so that a nearer pair without a partner is not taken.

    Args:
        objects: Jagged records with pt, eta, phi, mass and charge.
        mass_gev: Mass that the first pair is nearest to, in the unit of pt.
        opposite_sign: Whether each pair has opposite charges.
        same_flavour: Whether each pair has one flavour, which `flavour_of` finds.
        then: What decides between second pairs: the largest scalar sum of pt, or the mass nearest to `mass_gev`.

    Returns:
        Both pairs, None in events without. The rest of each is what neither uses.

    Raises:
        ValueError: If the objects are not jagged or lack a quantity.

    Example:
        >>> muon = {"eta": 0.0, "mass": 0.1}
        >>> pts, phis, charges = (45.0, 46.0, 20.0, 10.0), (0.0, 3.1, 1.0, 2.0), (1, -1, 1, -1)
        >>> event = [{**muon, "pt": p, "phi": f, "charge": c} for p, f, c in zip(pts, phis, charges)]
        >>> one, other = two_pairs(ak.Array([event, event[:2]]), 91.2)
        >>> one.first.pt.tolist(), other.second.pt.tolist()
        ([45.0, None], [10.0, None])
    """
    listed = jagged(objects, "two_pairs")
    first, second = ak.unzip(ak.argcombinations(listed, 2))
    keep = first != second
    if opposite_sign:
        charge = double(get(listed, "charge"))
        keep = keep & (charge[first] * charge[second] < 0)
    if same_flavour:
        flavour = flavour_of(listed)
        keep = keep & (flavour[first] == flavour[second])
    first, second = first[keep], second[keep]
    away = abs(invariant_mass(listed[first], listed[second]) - mass_gev)
    pt = double(get(listed, "pt"))
    score = pt[first] + pt[second] if then == "highest_pt" else -away
    ways = _best_ways(first, second, away, score)
    places = [ak.firsts(side[pair]) for pair in ways for side in (first, second)]
    chosen, rest = taken(listed, places)
    pairs = (chosen[:2], chosen[2:])
    one, other = (Combination(objects=pair, mass=invariant_mass(*pair), rest=rest) for pair in pairs)
    return one, other


def _best_ways(first: ak.Array, second: ak.Array, away: ak.Array, score: ak.Array) -> tuple[ak.Array, ak.Array]:
    """Places of the first and of the second pair among all pairs; [None] in events without."""
    one, other = ak.unzip(ak.argcartesian([first, first]))
    apart = [here[one] != there[other] for here in (first, second) for there in (first, second)]
    apart_all = apart[0] & apart[1] & apart[2] & apart[3]
    one, other = one[apart_all], other[apart_all]
    distance = away[one]
    nearest = distance == ak.min(distance, axis=1)
    one, other = one[nearest], other[nearest]
    best = ak.argmax(score[other], axis=1, keepdims=True)
    return one[best], other[best]


def gathered(*objects: Array) -> ak.Array:
    """Return objects that there is one of in each event as a list for each event.

    Args:
        *objects: One or more arrays of records with the same fields; None is left out.

    Returns:
        Jagged records, in the given order.

    Raises:
        ValueError: If there is nothing to gather.

    Example:
        >>> one, two = ak.Array([{"pt": 3.0}, {"pt": 5.0}]), ak.Array([{"pt": 4.0}, None])
        >>> gathered(one, two).pt.tolist()
        [[3.0, 4.0], [5.0]]
    """
    if not objects:
        message = "gathered needs one object or more: gathered(leading(muons), leading(electrons))"
        raise ValueError(message)
    lists = [ak.drop_none(ak.from_regular(each[:, np.newaxis], axis=1), axis=1) for each in objects]
    return ak.concatenate(lists, axis=1)


def transverse_sum(*objects: Array) -> ak.Array:
    """Return the vector sum in the transverse plane, such as that of a lepton and the missing momentum.

    Args:
        *objects: Two or more arrays of records with pt and phi, one object for each event, or lists of one length.

    Returns:
        Records with pt, in the unit of the objects, and phi in radian; None where one of the objects is None.

    Raises:
        ValueError: If there are fewer than two objects or one lacks pt or phi.

    Example:
        >>> lepton, met = ak.Array([{"pt": 3.0, "phi": 0.0}]), ak.Array([{"pt": 4.0, "phi": np.pi / 2}])
        >>> transverse_sum(lepton, met).pt.tolist()
        [5.0]
    """
    if len(objects) < 2:
        message = f"transverse_sum needs two objects or more, got {len(objects)}"
        raise ValueError(message)
    plane = [(double(get(each, "pt")), double(get(each, "phi"))) for each in objects]
    px = reduce(add, (pt * np.cos(phi) for pt, phi in plane))
    py = reduce(add, (pt * np.sin(phi) for pt, phi in plane))
    return ak.zip({"pt": np.hypot(px, py), "phi": np.arctan2(py, px)}, with_name="Momentum2D")
