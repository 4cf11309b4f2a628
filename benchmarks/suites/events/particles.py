"""Particles of many events in flat columns, before any detector."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.events.momenta import Floats

Ints = npt.NDArray[np.int64]


class Kind(IntEnum):
    """What a particle is seen as; the visible ones have the numbers of LHCO."""

    PHOTON = 0
    ELECTRON = 1
    MUON = 2
    TAU = 3
    JET = 4
    MISSING = 6
    B_JET = 14
    NEUTRINO = 16


@dataclass(frozen=True)
class Particles:
    """Columns of one length.

    Attributes:
        event: Index of the event, from 0.
        kind: A `Kind`.
        momenta: Four-momenta in GeV, shape (n, 4).
        charge: Electric charge; 0 for jets.
    """

    event: Ints
    kind: Ints
    momenta: Floats
    charge: Ints

    def __len__(self) -> int:
        """Number of particles."""
        return len(self.event)


def each_event(kind: Kind | npt.ArrayLike, momenta: Floats, charge: npt.ArrayLike = 0) -> Particles:
    """One particle in each of n events.

    Args:
        kind: One for all, or of shape (n,).
        momenta: Shape (n, 4).
        charge: One for all, or of shape (n,).
    """
    n = len(momenta)
    kinds, charges = (np.broadcast_to(np.asarray(each, dtype=np.int64), n).copy() for each in (kind, charge))
    return Particles(np.arange(n), kinds, momenta, charges)


def together(parts: Sequence[Particles]) -> Particles:
    """Particles of the same events."""
    return Particles(
        np.concatenate([part.event for part in parts]),
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.momenta for part in parts]),
        np.concatenate([part.charge for part in parts]),
    )


def chosen(particles: Particles, keep: npt.NDArray[np.bool_]) -> Particles:
    """The particles where `keep`, of shape (n,), is true."""
    return Particles(particles.event[keep], particles.kind[keep], particles.momenta[keep], particles.charge[keep])


def mixed(rng: np.random.Generator, samples: Sequence[tuple[Particles, int]], n_events: int) -> Particles:
    """Put the events of several processes into one sample, at random places; the other places stay empty.

    Args:
        rng: The dice.
        samples: Particles and number of events of each process.
        n_events: Number of places, at least the sum of the numbers.
    """
    places = rng.permutation(n_events)
    moved, start = [], 0
    for particles, n in samples:
        where = places[start : start + n]
        moved.append(Particles(where[particles.event], particles.kind, particles.momenta, particles.charge))
        start += n
    return together(moved)
