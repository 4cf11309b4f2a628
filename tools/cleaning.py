"""Which objects to keep: overlap removal, the crack of a calorimeter, b-tags."""

from typing import Any, Literal

import awkward as ak

from hepcoder.tools.arrays import Array, fields_of
from hepcoder.tools.distances import as_lists, distances
from hepcoder.tools.objects import jagged
from hepcoder.tools.quantities import double, get

Ends = Literal["neither", "both", "left", "right"]


def clean(objects: Array, others: Array, dr: float = 0.4) -> ak.Array:
    """Remove objects that overlap with others: keep those with delta R >= dr to every one of them.

    Args:
        objects: Jagged records with eta and phi, such as jets.
        others: Jagged records with eta and phi, such as electrons, or one an event (None where there is none).
        dr: Smallest distance that is kept; no unit.

    Returns:
        The objects kept, in their order; all of an event without others.

    Raises:
        ValueError: If eta or phi is missing, or both do not have the same events.

    Example:
        >>> jets = ak.Array([[{"pt": 50.0, "eta": 0.0, "phi": 3.1}, {"pt": 40.0, "eta": 1.0, "phi": 0.0}]])
        >>> electrons = ak.Array([[{"pt": 30.0, "eta": 0.0, "phi": -3.1}]])
        >>> clean(jets, electrons, 0.4).pt.tolist()
        [[40.0]]
    """
    array = jagged(objects, "clean")
    return array[~ak.any(distances(array, as_lists(others, "clean")) < dr, axis=2)]


def outside_crack(objects: Array, low: float = 1.37, high: float = 1.52, *, closed: Ends = "neither") -> Any:
    """Return True for objects outside of the crack between barrel and end caps, low < abs(eta) < high.

    Args:
        objects: Records with eta.
        low: Lower end of the crack in abs(eta).
        high: Upper end of the crack in abs(eta).
        closed: Which ends belong to the crack: ``neither``, ``both``, ``left`` (low <= abs(eta) < high) or ``right``.

    Returns:
        A mask in the shape of the objects: ``photons[outside_crack(photons)]``.

    Raises:
        ValueError: If eta is missing, low is not below high, or ``closed`` is another word.

    Example:
        >>> photons = ak.Array([[{"eta": -1.4}, {"eta": 1.52}, {"eta": 0.3}]])
        >>> outside_crack(photons).tolist(), outside_crack(photons, closed="both").tolist()
        ([[False, True, True]], [[False, False, True]])
    """
    if not low < high or closed not in {"neither", "both", "left", "right"}:
        message = f"the crack is low < high with closed neither, both, left or right; got {low}, {high}, {closed!r}"
        raise ValueError(message)
    eta = abs(double(get(objects, "eta")))
    below = eta < low if closed in {"both", "left"} else eta <= low
    above = eta > high if closed in {"both", "right"} else eta >= high
    return below | above


def b_tagged(jets: Array, threshold: float = 0.0, *, field: str | None = None) -> Any:
    """Return True for b-jets: jets whose b-tag is above the threshold; for LHCO files every b-tag that is not zero.

    Args:
        jets: Records with ``btag``, or another field that is named.
        threshold: Working point; 0 for a tag that counts (0 none, 1 loose, 2 tight).
        field: Name of the field, such as ``btagDeepFlavB``; None takes ``btag``.

    Returns:
        A mask in the shape of the jets: b-jets are ``jets[b_tagged(jets)]``, light jets ``jets[~b_tagged(jets)]``.

    Raises:
        ValueError: If there is no such field; lists those that look like it.

    Example:
        >>> jets = ak.Array([[{"pt": 50.0, "btag": 2.0}, {"pt": 40.0, "btag": 0.0}], []])
        >>> b_tagged(jets).tolist()
        [[True, False], []]
    """
    name, fields = field or "btag", fields_of(jets)
    if name not in fields:
        near = [one for one in fields if "tag" in one.lower()] or list(fields)
        message = f"jets have no {name!r}; name the field and its working point, b_tagged(jets, 0.5, field=...): {near}"
        raise ValueError(message)
    return double(jets[name]) > threshold
