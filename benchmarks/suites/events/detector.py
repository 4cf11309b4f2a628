"""Particles in, measured objects and missing momentum out."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.events.momenta import Floats, azimuths, masses, pseudorapidities, transverse
from hepcoder.benchmarks.suites.events.particles import Ints, Kind, Particles, chosen
from hepcoder.benchmarks.suites.events.response import Detector, Response

Bools = npt.NDArray[np.bool_]

_LARGEST_PHI = 3.1415
"""Four decimals, below pi."""


@dataclass(frozen=True)
class Objects:
    """What the detector has found, in flat columns; angles in rad and rounded to 4 decimals, GeV to 3.

    Attributes:
        event: Index of the event.
        kind: 0 photon, 1 electron, 2 muon, 3 tau, 4 jet, 6 missing momentum.
        pt: Transverse momentum in GeV.
        eta: Pseudorapidity.
        phi: Azimuth in -3.1415 ... 3.1415.
        mass: Mass in GeV.
        tracks: Number of tracks, with the sign of the charge for leptons.
        tag: Jets: 0 untagged, 1 loose, 2 tight. Muons: the number of a jet close by. 0 otherwise.
    """

    event: Ints
    kind: Ints
    pt: Floats
    eta: Floats
    phi: Floats
    mass: Floats
    tracks: Ints
    tag: Ints

    def __len__(self) -> int:
        """Number of objects."""
        return len(self.event)


def measured(rng: np.random.Generator, particles: Particles, detector: Detector | None = None) -> Objects:
    """Send particles through a detector.

    Args:
        rng: The dice.
        particles: Particles of one or more events.
        detector: The detector; None takes an ordinary one.

    Returns:
        The objects of each event and one row of missing momentum, in order of events and kinds, not of pt.
    """
    detector = detector or Detector()
    visible = chosen(particles, particles.kind != Kind.NEUTRINO)
    is_b = visible.kind == Kind.B_JET
    kind = _mistaken(rng, np.where(is_b, Kind.JET, visible.kind), pseudorapidities(visible.momenta), detector)
    of = {name: _column(detector, kind, name) for name in Response.__dataclass_fields__}
    pt = transverse(visible.momenta)
    resolution = np.hypot(of["stochastic"] / np.sqrt(pt), of["constant"])
    scale = np.maximum(1 + resolution * rng.normal(0.0, 1.0, len(pt)), 0.05)
    objects = _objects(rng, visible, kind, (scale, of["angle"]))
    objects = replace(objects, tag=_tags(rng, objects, is_b, detector))
    found = rng.random(len(pt)) < of["efficiency"]
    found &= (np.abs(objects.eta) < of["max_eta"]) & (objects.pt >= of["min_pt"])
    return _in_order(rng, objects, found, _missing(rng, particles, visible, scale, detector))


def _column(detector: Detector, kind: Ints, name: str) -> Floats:
    """One field of the response to each particle."""
    column = np.zeros(len(kind))
    for each, response in detector.responses.items():
        column[kind == each] = getattr(response, name)
    return column


def _mistaken(rng: np.random.Generator, kind: Ints, eta: Floats, detector: Detector) -> Ints:
    """Kinds, with some of the central jets taken for something else."""
    dice, below, result = rng.random(len(kind)), 0.0, kind.copy()
    for other, share in detector.fakes.items():
        result[(kind == Kind.JET) & (np.abs(eta) < 2.5) & (below <= dice) & (dice < below + share)] = other
        below += share
    return result


def _objects(rng: np.random.Generator, visible: Particles, kind: Ints, smear: tuple[Floats, Floats]) -> Objects:
    n, (scale, angle) = len(visible), smear
    pt = transverse(visible.momenta) * scale
    eta = pseudorapidities(visible.momenta) + angle * rng.normal(0.0, 1.0, n)
    phi = (azimuths(visible.momenta) + angle * rng.normal(0.0, 1.0, n) + np.pi) % (2 * np.pi) - np.pi
    is_jet, is_tau = kind == Kind.JET, kind == Kind.TAU
    mass = np.where(is_jet, pt * rng.uniform(0.05, 0.2, n), masses(visible.momenta) * (is_tau | (kind == Kind.MUON)))
    charge = np.where(visible.charge == 0, rng.choice([-1, 1], n), visible.charge)
    tracks = np.select(
        [is_jet, is_tau, kind == Kind.PHOTON],
        [rng.poisson(9.0, n) + 1, charge * rng.choice([1, 3], n, p=[0.7, 0.3]), 0],
        charge,
    )
    return Objects(
        event=visible.event,
        kind=kind,
        pt=_rounded(pt, 3),
        eta=_rounded(eta, 4),
        phi=_rounded_phi(phi),
        mass=_rounded(mass, 3),
        tracks=tracks,
        tag=np.zeros(n, dtype=np.int64),
    )


def _rounded(values: Floats, decimals: int) -> Floats:
    return np.asarray(np.round(values, decimals), dtype=np.float64)


def _rounded_phi(phi: Floats) -> Floats:
    return np.clip(_rounded(phi, 4), -_LARGEST_PHI, _LARGEST_PHI)


def _tags(rng: np.random.Generator, objects: Objects, is_b: Bools, detector: Detector) -> Ints:
    n = len(objects)
    share = np.where(is_b, detector.tag_efficiency, detector.mistag)
    tagged = (rng.random(n) < share) & (objects.kind == Kind.JET) & (np.abs(objects.eta) < 2.5)
    tags = np.where(tagged, np.where(rng.random(n) < detector.tight, 2, 1), 0)
    return np.where(objects.kind == Kind.MUON, rng.integers(1, 5, n), tags)


def _missing(
    rng: np.random.Generator, particles: Particles, visible: Particles, scale: Floats, detector: Detector
) -> Objects:
    """Minus the sum of all visible particles as smeared, lost ones too, with noise."""
    events = np.unique(particles.event)
    total = np.zeros((events.max() + 1, 2))
    np.add.at(total, visible.event, visible.momenta[:, 1:3] * scale[:, None])
    missing = -total[events] + detector.noise * rng.normal(0.0, 1.0, (len(events), 2))
    zeros, none = np.zeros(len(events)), np.zeros(len(events), dtype=np.int64)
    return Objects(
        event=events,
        kind=none + Kind.MISSING,
        pt=_rounded(np.hypot(missing[:, 0], missing[:, 1]), 3),
        eta=zeros,
        phi=_rounded_phi(np.arctan2(missing[:, 1], missing[:, 0])),
        mass=zeros,
        tracks=none,
        tag=none,
    )


def _in_order(rng: np.random.Generator, objects: Objects, found: Bools, missing: Objects) -> Objects:
    both = {
        name: np.concatenate([getattr(objects, name)[found], getattr(missing, name)])
        for name in Objects.__dataclass_fields__
    }
    order = np.lexsort([rng.random(len(both["event"])), both["kind"], both["event"]])
    return Objects(**{name: column[order] for name, column in both.items()})
