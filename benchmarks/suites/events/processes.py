"""Collision processes: each function gives the particles of n events, neutrinos included; momenta in GeV.

The transverse momenta of an event add up to zero, as the recoil of the initial-state radiation is among them.
"""

import numpy as np

from hepcoder.benchmarks.suites.events.decays import breit_wigner, hadronic_tau, produced, two_body
from hepcoder.benchmarks.suites.events.momenta import Floats, from_pt
from hepcoder.benchmarks.suites.events.particles import Ints, Kind, Particles, each_event, together

W_MASS, W_WIDTH, TOP_MASS, TOP_WIDTH, Z_WIDTH = 80.4, 2.1, 172.8, 1.4, 2.5
_LEPTON_MASSES = {Kind.ELECTRON: 0.000511, Kind.MUON: 0.10566}
Dice = np.random.Generator


def ww(rng: Dice, n: int) -> Particles:
    """Two W bosons, one to a light lepton, one to two quarks."""
    one, other = (breit_wigner(rng, W_MASS, W_WIDTH, n, low=40.0, high=120.0) for _ in range(2))
    system, recoil = produced(rng, one + other + rng.exponential(80.0, n), mean_pt=20.0)
    leptonic, hadronic = two_body(rng, system, one, other)
    return together([_leptonic_w(rng, leptonic), _quarks(rng, hadronic), each_event(Kind.JET, recoil)])


def tops(rng: Dice, n: int) -> Particles:
    """A top pair, one W to a light lepton, one to two quarks."""
    one, other = (breit_wigner(rng, TOP_MASS, TOP_WIDTH, n, low=150.0, high=195.0) for _ in range(2))
    system, recoil = produced(rng, one + other + rng.exponential(90.0, n), mean_pt=30.0)
    parts = [each_event(Kind.JET, recoil)]
    for top, decay in zip(two_body(rng, system, one, other), (_leptonic_w, _quarks), strict=True):
        boson, bottom = two_body(rng, top, breit_wigner(rng, W_MASS, W_WIDTH, n, low=40.0, high=120.0), 4.8)
        parts += [decay(rng, boson), each_event(Kind.B_JET, bottom)]
    return together(parts)


def w_jets(rng: Dice, n: int, n_jets: int = 2) -> Particles:
    """One W to a light lepton, with jets of a falling spectrum."""
    jets, recoiling = _soft_jets(rng, n, n_jets)
    boson = from_pt(
        np.hypot(recoiling[:, 1], recoiling[:, 2]),
        rng.normal(0.0, 1.2, n),
        np.arctan2(-recoiling[:, 2], -recoiling[:, 1]),
        breit_wigner(rng, W_MASS, W_WIDTH, n, low=40.0, high=120.0),
    )
    return together([_leptonic_w(rng, boson), jets])


def z_jets(rng: Dice, n: int, mass: float = 91.2) -> Particles:
    """One Z to two light leptons, with jets of a falling spectrum."""
    jets, recoiling = _soft_jets(rng, n, 2)
    boson = from_pt(
        np.hypot(recoiling[:, 1], recoiling[:, 2]),
        rng.normal(0.0, 1.2, n),
        np.arctan2(-recoiling[:, 2], -recoiling[:, 1]),
        breit_wigner(rng, mass, Z_WIDTH, n, low=50.0, high=130.0),
    )
    return together([lepton_pair(rng, boson), jets])


def wz(rng: Dice, n: int, mass: float) -> Particles:
    """A W and a Z of the given mass, both to light leptons."""
    one = breit_wigner(rng, W_MASS, W_WIDTH, n, low=40.0, high=120.0)
    other = breit_wigner(rng, mass, Z_WIDTH, n, low=50.0, high=130.0)
    system, recoil = produced(rng, one + other + rng.exponential(80.0, n), mean_pt=20.0)
    boson_w, boson_z = two_body(rng, system, one, other)
    return together([_leptonic_w(rng, boson_w), lepton_pair(rng, boson_z), each_event(Kind.JET, recoil)])


def zz(rng: Dice, n: int, mass: float, *, z_mass: float | None = None, width: float | None = None) -> Particles:
    """Four light leptons from two Z bosons.

    Args:
        rng: The dice.
        n: Number of events.
        mass: Mass of the resonance in GeV; without `width` the lower end of an exponential spectrum.
        z_mass: Mass of the Z in GeV; None takes 91.2.
        width: Width of the resonance; None makes a continuum.
    """
    nominal = 91.2 if z_mass is None else z_mass
    total = (
        mass + rng.exponential(60.0, n)
        if width is None
        else breit_wigner(rng, mass, width, n, low=mass - 5, high=mass + 5)
    )
    one = breit_wigner(rng, nominal, Z_WIDTH, n, low=12.0, high=np.minimum(total - 13.0, 130.0))
    other = rng.uniform(12.0, np.minimum(total - one, 110.0))
    on_shell = breit_wigner(rng, nominal, Z_WIDTH, n, low=12.0, high=130.0)
    other = np.where(total - one > on_shell, on_shell, other)
    system, recoil = produced(rng, total, mean_pt=25.0)
    first, second = two_body(rng, system, one, other)
    return together([lepton_pair(rng, first), lepton_pair(rng, second), each_event(Kind.JET, recoil)])


def dilepton(rng: Dice, mass: Floats, kind: Kind | None = None) -> Particles:
    """Two leptons of one flavour and opposite charge, with pair masses of shape (n,) in GeV."""
    system, recoil = produced(rng, mass, mean_pt=15.0)
    return together([lepton_pair(rng, system, kind), each_event(Kind.JET, recoil)])


def diphoton(rng: Dice, mass: Floats) -> Particles:
    """Two photons, with pair masses of shape (n,) in GeV."""
    system, recoil = produced(rng, mass, mean_pt=30.0)
    one, other = two_body(rng, system, 0.0, 0.0)
    parts = [each_event(Kind.PHOTON, one), each_event(Kind.PHOTON, other), each_event(Kind.JET, recoil)]
    return together(parts)


def photon_jet(rng: Dice, n: int) -> Particles:
    """A photon and a jet of an exponential mass spectrum."""
    system, recoil = produced(rng, 70.0 + rng.exponential(50.0, n), mean_pt=30.0)
    one, other = two_body(rng, system, 0.0, 0.0)
    return together([each_event(Kind.PHOTON, one), each_event(Kind.JET, other), each_event(Kind.JET, recoil)])


def fusion(rng: Dice, mass: Floats) -> Particles:
    """Two tau leptons of pair masses (n,) in GeV between two forward jets, as in vector-boson fusion."""
    n = len(mass)
    sides = rng.choice([-1.0, 1.0], n)
    jets = [
        from_pt(25.0 + rng.exponential(45.0, n), side * sides * (0.7 + rng.gamma(2.0, 0.8, n)), _phi(rng, n), 0.0)
        for side in (1.0, -1.0)
    ]
    total = jets[0] + jets[1]
    system = from_pt(
        np.hypot(total[:, 1], total[:, 2]), rng.normal(0.0, 0.9, n), np.arctan2(-total[:, 2], -total[:, 1]), mass
    )
    return together([tau_pair(rng, system), *(each_event(Kind.JET, jet) for jet in jets)])


def tau_jets(rng: Dice, mass: Floats) -> Particles:
    """Two tau leptons of pair masses (n,) in GeV with jets of a falling spectrum."""
    jets, recoiling = _soft_jets(rng, len(mass), 2)
    system = from_pt(
        np.hypot(recoiling[:, 1], recoiling[:, 2]),
        rng.normal(0.0, 1.2, len(mass)),
        np.arctan2(-recoiling[:, 2], -recoiling[:, 1]),
        mass,
    )
    return together([tau_pair(rng, system), jets])


def pile_up(rng: Dice, n: int, *, mean: float, b_share: float = 0.0) -> Particles:
    """Jets from other collisions: a Poisson number of the given mean in each of n events, some from b quarks.

    Their transverse momenta do not add up to zero.
    """
    event = np.repeat(np.arange(n), rng.poisson(mean, n))
    jets, _ = _soft_jets(rng, len(event), 1)
    kind = np.where(rng.random(len(event)) < b_share, int(Kind.B_JET), int(Kind.JET))
    return Particles(event, kind, jets.momenta, jets.charge)


def lepton_pair(rng: Dice, bosons: Floats, kind: Kind | None = None) -> Particles:
    """Two leptons of one flavour and opposite charge from each boson; muons or electrons where no kind is given."""
    kinds = _flavours(rng, len(bosons)) if kind is None else np.full(len(bosons), kind, dtype=np.int64)
    mass = _lepton_mass(kinds)
    negative, positive = two_body(rng, bosons, mass, mass)
    return together([each_event(kinds, negative, -1), each_event(kinds, positive, 1)])


def tau_pair(rng: Dice, bosons: Floats) -> Particles:
    """Two hadronic tau decays of opposite charge from each boson, and their neutrinos."""
    parts = []
    for tau, charge in zip(two_body(rng, bosons, 1.777, 1.777), (-1, 1), strict=True):
        visible, neutrino = hadronic_tau(rng, tau)
        parts += [each_event(Kind.TAU, visible, charge), each_event(Kind.NEUTRINO, neutrino)]
    return together(parts)


def _leptonic_w(rng: Dice, bosons: Floats) -> Particles:
    kinds = _flavours(rng, len(bosons))
    lepton, neutrino = two_body(rng, bosons, _lepton_mass(kinds), 0.0)
    charge = rng.choice([-1, 1], len(bosons))
    return together([each_event(kinds, lepton, charge), each_event(Kind.NEUTRINO, neutrino)])


def _quarks(rng: Dice, bosons: Floats) -> Particles:
    return together([each_event(Kind.JET, quark) for quark in two_body(rng, bosons, 0.0, 0.0)])


def _soft_jets(rng: Dice, n: int, n_jets: int) -> tuple[Particles, Floats]:
    """Jets of a falling spectrum, and the sum of their momenta."""
    jets = [from_pt(15.0 + rng.exponential(28.0, n), rng.normal(0.0, 1.7, n), _phi(rng, n), 0.0) for _ in range(n_jets)]
    return together([each_event(Kind.JET, jet) for jet in jets]), np.sum(jets, axis=0)


def _flavours(rng: Dice, n: int) -> Ints:
    return rng.choice([int(Kind.ELECTRON), int(Kind.MUON)], n)


def _lepton_mass(kinds: Ints) -> Floats:
    return np.where(kinds == Kind.ELECTRON, _LEPTON_MASSES[Kind.ELECTRON], _LEPTON_MASSES[Kind.MUON])


def _phi(rng: Dice, n: int) -> Floats:
    return rng.uniform(-np.pi, np.pi, n)
