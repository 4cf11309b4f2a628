"""Four-momenta as arrays of shape (n, 4): energy, px, py, pz in GeV."""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]


def from_pt(pt: Floats, eta: Floats, phi: Floats, mass: Floats | float) -> Floats:
    """Four-momenta of shape (n, 4) from pt (GeV), pseudorapidity, azimuth (rad) and mass (GeV).

    Example:
        >>> from_pt(np.array([3.0]), np.array([0.0]), np.array([0.0]), 4.0).tolist()
        [[5.0, 3.0, 0.0, 0.0]]
    """
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return np.stack([np.sqrt(px**2 + py**2 + pz**2 + np.asarray(mass) ** 2), px, py, pz], axis=-1)


def masses(momenta: Floats) -> Floats:
    """Invariant masses in GeV, shape (n,); 0 where rounding makes the square negative."""
    squares = momenta[..., 0] ** 2 - (momenta[..., 1:] ** 2).sum(axis=-1)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float64)


def transverse(momenta: Floats) -> Floats:
    """Transverse momenta in GeV, shape (n,)."""
    return np.hypot(momenta[..., 1], momenta[..., 2])


def azimuths(momenta: Floats) -> Floats:
    """Azimuths in -pi ... pi, shape (n,)."""
    return np.arctan2(momenta[..., 2], momenta[..., 1])


def pseudorapidities(momenta: Floats) -> Floats:
    """Pseudorapidities, shape (n,); large but finite along the beam."""
    return np.arcsinh(momenta[..., 3] / np.maximum(transverse(momenta), 1e-9))


def boosted(momenta: Floats, frames: Floats) -> Floats:
    """Momenta given in the rest frame of `frames`, seen from where `frames` have the momenta given.

    Args:
        momenta: Shape (n, 4).
        frames: Shape (n, 4), masses above 0.

    Returns:
        Shape (n, 4); the momentum (mass, 0, 0, 0) becomes that of the frame.
    """
    energy, mass = frames[..., 0], masses(frames)
    along = (frames[..., 1:] * momenta[..., 1:]).sum(axis=-1)
    new_energy = (energy * momenta[..., 0] + along) / mass
    factor = (momenta[..., 0] + new_energy) / (mass + energy)
    return np.concatenate([new_energy[..., None], momenta[..., 1:] + factor[..., None] * frames[..., 1:]], axis=-1)


def directions(rng: np.random.Generator, n: int) -> Floats:
    """Unit vectors of shape (n, 3), evenly over the sphere."""
    cosine, phi = rng.uniform(-1.0, 1.0, n), rng.uniform(-np.pi, np.pi, n)
    sine = np.sqrt(1.0 - cosine**2)
    return np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine], axis=-1)
