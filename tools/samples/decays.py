"""Two-body decays into massless particles."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def decay_to_two_massless(
    rng: np.random.Generator, mass: Floats, pt: Floats, rapidity: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Draw the decay of particles into two massless ones, isotropic in the rest frame.

    In the rest frame each daughter has E* = m / 2, and they fly back to back in a direction uniform in cos(theta*)
    and phi*. With P = (E_P, p_P) the parent and m its mass, the boost to the laboratory is

        E = (E* E_P + p* . p_P) / m,    p = p* + p_P (E* + E) / (E_P + m).

    Args:
        rng: Source of random numbers; 3 are drawn for each parent.
        mass: Parent's mass in GeV, shape (n,), above 0.
        pt: Parent's transverse momentum in GeV, shape (n,).
        rapidity: Parent's rapidity, shape (n,).

    Returns:
        pt in GeV, eta, phi in -pi ... pi, and E in GeV of the daughters, each of shape (n, 2).

    Example:
        >>> one = np.ones(1)
        >>> pt, eta, phi, energy = decay_to_two_massless(np.random.default_rng(1), 125 * one, 30 * one, 0 * one)
        >>> round(float(energy.sum()), 6) == round(float(np.hypot(125, 30)), 6)
        True
    """
    n = len(mass)
    phi_parent, phi_star = rng.uniform(-np.pi, np.pi, (2, n))
    cos_star = rng.uniform(-1.0, 1.0, n)
    sin_star = np.sqrt(1.0 - cos_star**2)
    direction = np.stack([sin_star * np.cos(phi_star), sin_star * np.sin(phi_star), cos_star], axis=-1)
    star = (mass / 2)[:, None, None] * np.stack([direction, -direction], axis=1)
    transverse_mass = np.hypot(mass, pt)
    parent = np.stack([pt * np.cos(phi_parent), pt * np.sin(phi_parent), transverse_mass * np.sinh(rapidity)], axis=-1)[
        :, None, :
    ]
    energy_parent = (transverse_mass * np.cosh(rapidity))[:, None]
    energy_star = (mass / 2)[:, None]
    energy = (energy_star * energy_parent + (star * parent).sum(axis=-1)) / mass[:, None]
    factor: npt.NDArray[Any] = (energy_star + energy) / (energy_parent + mass[:, None])
    momentum = star + parent * factor[..., None]
    pt_out = np.hypot(momentum[..., 0], momentum[..., 1])
    return pt_out, np.arcsinh(momentum[..., 2] / pt_out), np.arctan2(momentum[..., 1], momentum[..., 0]), energy
