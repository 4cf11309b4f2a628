"""What two objects are to each other: ΔR, k_T, z and mass, as logarithms of the size of 1."""

import math

from hepcoder.tools.learning.models.pytorch import torch

# Below these a logarithm says nothing more: ΔR, min pT (GeV), z, m (GeV).
FLOOR = 1e-4
# Beyond what a collider makes, so that float32 does not overflow: GeV, |η| and |φ|.
MOST_GEV = 1e6
MOST_ETA = 10.0
MOST_PHI = 100.0

# Typical centre and spread of ln ΔR, ln k_T, ln z, ln m², for constituents (GeV) and for jets (hundreds of GeV).
_CENTRE = (-1.0, 0.0, -2.0, 3.0)
_SPREAD = (1.5, 3.0, 1.5, 5.0)
PAIR_FEATURES = ("ln_delta_r", "ln_kt", "ln_z", "ln_m2")


def delta_r2(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Squared ΔR of four-vectors pt, eta, phi, mass, (..., 4) that broadcast; Δφ is taken to [-π, π]."""
    return (one[..., 1] - other[..., 1]) ** 2 + _delta_phi(one, other) ** 2


def mass2(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Squared mass (GeV²) of pairs of four-vectors pt (GeV), eta, phi, mass (GeV), (..., 4) that broadcast.

    With transverse masses and rapidities rather than E² - p², which in float32 would lose the mass of collimated
    energetic pairs: m² = m₁² + m₂² + 2 (m_T1 m_T2 - p_T1 p_T2) + 4 m_T1 m_T2 sinh²(Δy/2) + 4 p_T1 p_T2 sin²(Δφ/2).
    """
    (pt1, mass1, mt1, y1), (pt2, mass2_, mt2, y2) = _transverse(one), _transverse(other)
    mts, pts = mt1 * mt2, pt1 * pt2
    # mts - pts without its cancellation
    excess = ((mass1 * mt2) ** 2 + (pt1 * mass2_) ** 2) / (mts + pts)
    apart = mts * torch.sinh((y1 - y2) / 2) ** 2 + pts * torch.sin(_delta_phi(one, other) / 2) ** 2
    return mass1**2 + mass2_**2 + 2 * excess + 4 * apart


def pair_features(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Features of pairs, as in Particle Transformer (arXiv:2202.03772), moved and divided to be of the size of 1.

    ln ΔR, ln k_T with k_T = min(pT) ΔR, ln z with z = min(pT) / (pT1 + pT2), and ln m². Before the logarithms ΔR,
    min(pT), z and m are at least `FLOOR`; pT and mass are at most `MOST_GEV`, ``|η|`` at most `MOST_ETA` and ``|φ|`` at
    most `MOST_PHI`. Unlike the paper, Δη instead of the rapidity difference is in ΔR.

    Args:
        one: pt (GeV), eta, phi, mass (GeV), (..., 4).
        other: The same, of a shape that broadcasts.

    Returns:
        Features in the order of `PAIR_FEATURES`, (..., 4), finite for all finite four-vectors.
    """
    one, other = _bounded(one), _bounded(other)
    log_delta_r = 0.5 * delta_r2(one, other).clamp(min=FLOOR**2).log()
    low = torch.minimum(one[..., 0], other[..., 0])
    z = low / (one[..., 0] + other[..., 0])
    features = (
        log_delta_r,
        low.log() + log_delta_r,
        z.clamp(min=FLOOR).log(),
        mass2(one, other).clamp(min=FLOOR**2).log(),
    )
    scaled = [(values - centre) / spread for values, centre, spread in zip(features, _CENTRE, _SPREAD, strict=True)]
    return torch.stack(scaled, dim=-1)


def _delta_phi(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    return torch.remainder(one[..., 2] - other[..., 2] + math.pi, 2 * math.pi) - math.pi


def _bounded(vectors: torch.Tensor) -> torch.Tensor:
    pt, eta, phi, mass = vectors.unbind(-1)
    bounded = (
        pt.clamp(FLOOR, MOST_GEV),
        eta.clamp(-MOST_ETA, MOST_ETA),
        phi.clamp(-MOST_PHI, MOST_PHI),
        mass.clamp(0.0, MOST_GEV),
    )
    return torch.stack(bounded, dim=-1)


def _transverse(vectors: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Momentum, mass, transverse mass and rapidity."""
    pt, eta, _, mass = vectors.unbind(-1)
    transverse_mass = torch.sqrt(pt**2 + mass**2)
    return pt, mass, transverse_mass, torch.asinh(pt * torch.sinh(eta) / transverse_mass)
