"""Candidates for hadronic decays of W bosons and top quarks."""

import awkward as ak

from hepcoder.tools.arrays import Array
from hepcoder.tools.combination import Combination, combination_at, taken
from hepcoder.tools.masses import invariant_mass
from hepcoder.tools.objects import jagged
from hepcoder.tools.pairing import nearest_to_mass
from hepcoder.tools.quantities import double, get


def hadronic_w(light_jets: Array, mass_gev: float | None = None) -> Combination:
    """Return the two jets of each event that make the hadronic W candidate.

    Args:
        light_jets: Jagged records with pt, eta, phi and mass, such as ``jets[~b_tagged(jets)]``.
        mass_gev: None takes the two jets of highest pt; a mass takes the pair nearest to it, in the unit of pt.

    Returns:
        The combination of both jets; None in events with fewer than two.

    Raises:
        ValueError: If a quantity is missing.

    Example:
        >>> jet = {"pt": 40.0, "eta": 0.0, "phi": 0.0, "mass": 0.0}
        >>> w = hadronic_w(ak.Array([[jet, jet | {"pt": 30.0, "phi": 3.1416}, jet | {"pt": 20.0}], [jet]]))
        >>> w.second.pt.tolist(), w.rest.pt.tolist(), w.found.tolist()
        ([30.0, None], [[20.0], [40.0]], [True, False])
    """
    if mass_gev is not None:
        return nearest_to_mass(light_jets, mass_gev, 2)
    jets = jagged(light_jets, "hadronic_w")
    order = ak.argsort(double(get(jets, "pt")), axis=1, ascending=False, stable=True)
    second = ak.firsts(order[:, 1:2])
    return combination_at(jets, [ak.mask(ak.firsts(order), ~ak.is_none(second)), second])


def hadronic_top(w: Combination, b_jets: Array, mass_gev: float | None = None) -> Combination:
    """Return the jets of each event that make the hadronic top candidate: both of the W and one b-jet.

    Args:
        w: The W candidate, as `hadronic_w` gives.
        b_jets: Jagged records with pt, eta, phi and mass, such as ``jets[b_tagged(jets)]``.
        mass_gev: None takes the b-jet of highest pt; a mass takes the b-jet that brings the mass of all three nearest
            to it, in the unit of pt.

    Returns:
        The combination of three jets, the b-jet last; its rest are the other b-jets. None in events without W
        candidate or without b-jet.

    Raises:
        ValueError: If a quantity is missing, or both do not have the same events.

    Example:
        >>> jet = {"pt": 40.0, "eta": 0.0, "phi": 0.0, "mass": 0.0}
        >>> w = hadronic_w(ak.Array([[jet, jet | {"pt": 30.0, "phi": 3.1416}]]))
        >>> top = hadronic_top(w, ak.Array([[jet | {"pt": 60.0, "eta": 1.0}, jet | {"pt": 80.0, "eta": -1.0}]]))
        >>> top.third.pt.tolist(), round(float(top.mass[0]), 1)
        ([80.0], 143.1)
    """
    jets = jagged(b_jets, "hadronic_top")
    if len(jets) != len(w.mass):
        message = f"{len(w.mass)} events of W candidates but {len(jets)} of b-jets; cut both in the same way"
        raise ValueError(message)
    if mass_gev is None:
        best = ak.argmax(double(get(jets, "pt")), axis=1)
    else:
        best = ak.argmin(abs(invariant_mass(w.momentum, jets) - mass_gev), axis=1)
    (b_jet,), rest = taken(jets, [ak.mask(best, w.found)])
    return Combination((*w.objects, b_jet), invariant_mass(*w.objects, b_jet), rest)
