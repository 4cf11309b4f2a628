"""Masses, production and two-body decays of particles."""

import numpy as np

from hepcoder.benchmarks.suites.events.momenta import Floats, azimuths, boosted, directions, from_pt, masses, transverse


def breit_wigner(
    rng: np.random.Generator, mass: float, width: float, n: int, *, low: float, high: float | Floats
) -> Floats:
    """Masses from the relativistic Breit-Wigner density in s, cut to a range.

    Args:
        rng: The dice.
        mass: Position M in GeV.
        width: Width Gamma in GeV, above 0.
        n: Number of masses.
        low: Smallest mass in GeV, 0 or more.
        high: Largest mass in GeV, above `low`; one for all or of shape (n,).

    Returns:
        Masses in GeV, shape (n,).

    Reference:
        Review of Particle Physics, Resonances: dN/ds ~ 1 / ((s - M^2)^2 + M^2 Gamma^2), with a constant width; drawn by
        the inverse of the cumulative density, s = M^2 + M Gamma tan(u).
    """
    first, last = (np.arctan((np.asarray(edge) ** 2 - mass**2) / (mass * width)) for edge in (low, high))
    angles = first + (last - first) * rng.random(n)
    return np.asarray(np.sqrt(np.maximum(mass**2 + mass * width * np.tan(angles), 0.0)), dtype=np.float64)


def two_body(
    rng: np.random.Generator, parents: Floats, first: Floats | float, second: Floats | float
) -> tuple[Floats, Floats]:
    """Decay each parent into two particles, evenly over the sphere in its rest frame.

    Args:
        rng: The dice.
        parents: Momenta of shape (n, 4).
        first: Mass of the first product in GeV, one for all or of shape (n,).
        second: Mass of the second.

    Returns:
        Momenta of the products, shape (n, 4) each; they add up to the parents.

    Raises:
        ValueError: A parent is lighter than its products.

    Reference:
        Review of Particle Physics, Kinematics: |p| = sqrt((M^2 - (m1 + m2)^2) (M^2 - (m1 - m2)^2)) / 2M.
    """
    mass, m1, m2 = masses(parents), np.asarray(first), np.asarray(second)
    if np.any(mass < m1 + m2):
        worst = float((mass - m1 - m2).min())
        message = f"a parent is {-worst:.3g} GeV lighter than its products; draw its mass above theirs"
        raise ValueError(message)
    squared = (mass**2 - (m1 + m2) ** 2) * (mass**2 - (m1 - m2) ** 2)
    momentum = (np.sqrt(np.maximum(squared, 0.0)) / (2 * mass))[:, None] * directions(rng, len(parents))
    products = []
    for own, sign in ((m1, 1.0), (m2, -1.0)):
        energy = np.sqrt((momentum**2).sum(axis=-1) + own**2)
        products.append(boosted(np.concatenate([energy[:, None], sign * momentum], axis=-1), parents))
    return products[0], products[1]


def produced(rng: np.random.Generator, mass: Floats, *, mean_pt: float, spread: float = 1.0) -> tuple[Floats, Floats]:
    """Produce a system in a collision: boosted along the beam, and recoiling against a jet of initial-state radiation.

    Args:
        rng: The dice.
        mass: Masses of the systems in GeV, shape (n,).
        mean_pt: Mean transverse momentum in GeV; exponential.
        spread: Standard deviation of the rapidity.

    Returns:
        Momenta of the systems and of the massless recoil, shape (n, 4) each; their transverse momenta add up to 0.
    """
    n = len(mass)
    pt, phi, rapidity = rng.exponential(mean_pt, n), rng.uniform(-np.pi, np.pi, n), rng.normal(0.0, spread, n)
    height = np.hypot(mass, pt)
    systems = np.stack(
        [height * np.cosh(rapidity), pt * np.cos(phi), pt * np.sin(phi), height * np.sinh(rapidity)], axis=-1
    )
    recoil = from_pt(transverse(systems), rng.normal(0.0, 1.8, n), azimuths(-systems), 0.0)
    return systems, recoil


def hadronic_tau(rng: np.random.Generator, taus: Floats) -> tuple[Floats, Floats]:
    """Decay tau leptons (1.777 GeV) to a neutrino and one pion, or rho or a1 mesons taken as one visible object.

    Returns:
        Visible momenta and neutrinos, shape (n, 4) each.
    """
    n = len(taus)
    rho = breit_wigner(rng, 0.775, 0.149, n, low=0.3, high=1.5)
    a1 = breit_wigner(rng, 1.23, 0.42, n, low=0.6, high=1.7)
    kind = rng.choice(3, n, p=[0.18, 0.52, 0.30])
    visible = np.select([kind == 1, kind == 2], [rho, a1], 0.1396)
    return two_body(rng, taus, visible, 0.0)
