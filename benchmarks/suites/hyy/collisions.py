"""What is produced: two kinds of signal and the continuum of two photons; momenta in GeV."""

import numpy as np

from hepcoder.benchmarks.suites.events.decays import breit_wigner, produced, two_body
from hepcoder.benchmarks.suites.events.momenta import Floats, boosted, masses
from hepcoder.benchmarks.suites.events.particles import Kind, Particles, chosen, each_event, together
from hepcoder.benchmarks.suites.events.processes import pile_up

Dice = np.random.Generator

_LOWEST_MASS, _MASS_SLOPE = 90.0, 40.0
_W_MASS, _W_WIDTH, _MUON_MASS = 80.4, 2.1, 0.10566
_LEPTONIC = 0.33
_LARGEST_COSINE = 0.92


def gluon_fusion(rng: Dice, n: int, mass: float) -> Particles:
    """A scalar of the given mass with jets from initial-state radiation; harder and more central than the continuum."""
    system, recoil = produced(rng, np.full(n, mass), mean_pt=36.0, spread=0.6)
    return together([_photons(rng, system), each_event(Kind.JET, recoil), pile_up(rng, n, mean=0.7)])


def with_w(rng: Dice, n: int, mass: float) -> Particles:
    """A scalar of the given mass and a W, which decays to a light lepton in a third of the events, else to quarks."""
    w_mass = breit_wigner(rng, _W_MASS, _W_WIDTH, n, low=50.0, high=110.0)
    system, recoil = produced(rng, mass + w_mass + rng.exponential(90.0, n), mean_pt=20.0, spread=0.9)
    scalar, boson = two_body(rng, system, mass, w_mass)
    leptonic = rng.random(n) < _LEPTONIC
    one, other = two_body(rng, boson, np.where(leptonic, _MUON_MASS, 0.0), 0.0)
    lepton = rng.choice([int(Kind.ELECTRON), int(Kind.MUON)], n)
    charge = np.where(leptonic, rng.choice([-1, 1], n), 0)
    visible = each_event(np.where(leptonic, lepton, int(Kind.JET)), one, charge)
    unseen = each_event(np.where(leptonic, int(Kind.NEUTRINO), int(Kind.JET)), other)
    parts = [_photons(rng, scalar), visible, unseen, each_event(Kind.JET, recoil), pile_up(rng, n, mean=0.7)]
    return together(parts)


def continuum(rng: Dice, n: int) -> Particles:
    """Two photons of an exponentially falling mass, soft and forward; a few with a stray lepton."""
    mass = _LOWEST_MASS + rng.exponential(_MASS_SLOPE, n)
    system, recoil = produced(rng, mass, mean_pt=18.0, spread=1.4)
    stray, _ = produced(rng, np.full(n, _MUON_MASS), mean_pt=12.0)
    leptons = each_event(Kind.MUON, stray, rng.choice([-1, 1], n))
    parts = [_forward_photons(rng, system), each_event(Kind.JET, recoil), chosen(leptons, rng.random(n) < 0.02)]
    return together([*parts, pile_up(rng, n, mean=0.7)])


def _photons(rng: Dice, scalars: Floats) -> Particles:
    return together([each_event(Kind.PHOTON, photon) for photon in two_body(rng, scalars, 0.0, 0.0)])


def _forward_photons(rng: Dice, systems: Floats) -> Particles:
    """Photons of quark annihilation: (1 + cos^2) / (1 - cos^2) of the angle to the beam, up to `_LARGEST_COSINE`."""
    grid = np.linspace(-_LARGEST_COSINE, _LARGEST_COSINE, 2001)
    cumulative = 2 * np.arctanh(grid) - grid
    n = len(systems)
    cosine = np.interp(rng.uniform(cumulative[0], cumulative[-1], n), cumulative, grid)
    sine, phi = np.sqrt(1 - cosine**2), rng.uniform(-np.pi, np.pi, n)
    direction = np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine], axis=-1)
    energy = masses(systems)[:, None] / 2
    pair = [np.concatenate([energy, sign * energy * direction], axis=-1) for sign in (1.0, -1.0)]
    return together([each_event(Kind.PHOTON, boosted(photon, systems)) for photon in pair])
