"""What is seen twice, and leptons close to jets: objects as they are before any overlap removal."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hepcoder.benchmarks.suites.events.detector import Objects
from hepcoder.benchmarks.suites.events.momenta import Floats
from hepcoder.benchmarks.suites.events.particles import Ints, Kind

_SEEN_TWICE, _IN_JETS = 0.6, 0.25
_LARGEST_PHI = 3.1415


def seen_as_jets(rng: np.random.Generator, objects: Objects, kinds: Sequence[Kind]) -> Objects:
    """The objects, and a jet on top of more than half of those of the kinds given."""
    twice = np.isin(objects.kind, [int(kind) for kind in kinds]) & (rng.random(len(objects)) < _SEEN_TWICE)
    rows = np.flatnonzero(twice)
    n = len(rows)
    jets = {
        "event": objects.event[rows],
        "kind": np.full(n, int(Kind.JET)),
        "pt": np.round(objects.pt[rows] * rng.normal(1.08, 0.05, n), 3),
        "eta": np.round(objects.eta[rows] + rng.normal(0.0, 0.03, n), 4),
        "phi": _angles(objects.phi[rows] + rng.normal(0.0, 0.03, n)),
        "mass": np.round(objects.pt[rows] * 0.1, 3),
        "tracks": np.full(n, 2),
        "tag": np.zeros(n, dtype=np.int64),
    }
    both = {name: np.concatenate([getattr(objects, name), values]) for name, values in jets.items()}
    order = np.lexsort([rng.random(len(both["event"])), both["kind"], both["event"]])
    return Objects(**{name: column[order] for name, column in both.items()})


def close_to_jets(rng: np.random.Generator, objects: Objects, kinds: Sequence[Kind]) -> Objects:
    """The objects, a quarter of those of the kinds given moved into or beside a jet of their event."""
    eta, phi = objects.eta.copy(), objects.phi.copy()
    wanted = np.isin(objects.kind, [int(kind) for kind in kinds]) & (rng.random(len(objects)) < _IN_JETS)
    for row in np.flatnonzero(wanted):
        jets = _jets_of(objects, int(objects.event[row]))
        if len(jets):
            jet = rng.choice(jets)
            eta[row] = np.round(eta[jet] + rng.uniform(-0.45, 0.45), 4)
            phi[row] = _angles(phi[jet] + rng.uniform(-0.35, 0.35))
    return replace(objects, eta=eta, phi=phi)


def _angles(phi: Floats) -> Floats:
    return np.clip(np.round((phi + np.pi) % (2 * np.pi) - np.pi, 4), -_LARGEST_PHI, _LARGEST_PHI)


def _jets_of(objects: Objects, event: int) -> Ints:
    first, last = np.searchsorted(objects.event, [event, event + 1])
    return np.asarray(first + np.flatnonzero(objects.kind[first:last] == Kind.JET))
