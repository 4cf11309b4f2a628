"""Putting measured values exactly onto cuts and bin edges, where > and >= part."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hepcoder.benchmarks.suites.events.detector import Bools, Objects
from hepcoder.benchmarks.suites.events.momenta import Floats
from hepcoder.benchmarks.suites.events.particles import Ints, Kind

Spots = Mapping[tuple[Kind, str], Sequence[float]]
"""By kind and column, ``pt`` or ``eta``: the values to be met exactly; each with at most 3 decimals (eta: 4)."""

_LAST_DIGIT = 0.001
"""Of pt, in GeV."""


def with_spots(rng: np.random.Generator, objects: Objects, spots: Spots, *, share: float, near: float = 0.5) -> Objects:
    """The objects, some of them moved onto a spot close by; an eta keeps its sign.

    No two objects of a kind have the same pt in an event, so that their order is never in doubt.

    Args:
        rng: The dice.
        objects: Measured objects.
        spots: Where to; at most one object of an event goes to each.
        share: Share of the objects close enough to a spot that are moved.
        near: How close that is, as a share of the spot.
    """
    columns = {"pt": objects.pt.copy(), "eta": objects.eta.copy()}
    for (kind, name), values in spots.items():
        column = columns[name]
        for value in values:
            close = np.abs(np.abs(column) - value) < near * value
            moved = _first(objects.event, (objects.kind == kind) & close & (rng.random(len(column)) < share))
            column[moved] = np.copysign(value, column[moved])
    return replace(objects, pt=_distinct(objects, columns["pt"]), eta=columns["eta"])


def _first(event: Ints, wanted: Bools) -> Ints:
    """Places of the first wanted object of each event."""
    places = np.flatnonzero(wanted)
    return places[np.unique(event[places], return_index=True)[1]]


def _distinct(objects: Objects, pt: Floats) -> Floats:
    """The pt, raised by the last digit where an object of the same kind and event has the same."""
    while True:
        order = np.lexsort([pt, objects.kind, objects.event])
        same = [np.diff(column[order]) == 0 for column in (objects.event, objects.kind, pt)]
        ties = np.flatnonzero(np.logical_and.reduce(same))
        if not ties.size:
            return pt
        pt[order[ties + 1]] = np.round(pt[order[ties + 1]] + _LAST_DIGIT, 3)
