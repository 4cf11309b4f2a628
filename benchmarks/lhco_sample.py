"""A large LHCO file for measurements of speed."""

import math
from pathlib import Path
from typing import Any

import numpy as np


def write_events(path: Path, n_events: int, *, seed: int) -> int:
    """Write W pairs that decay to a lepton and two jets, with further jets and photons; return the number of objects.

    Args:
        path: File to write.
        n_events: How many.
        seed: Of the random numbers.
    """
    rng = np.random.default_rng(seed)
    table = np.concatenate([_bosons(rng, n_events), _further(rng, n_events)])
    table = table[np.argsort(table[:, 0], kind="stable")]
    firsts = np.searchsorted(table[:, 0], np.arange(n_events + 1)).tolist()
    rows = table.tolist()
    with path.open("w", encoding="ascii") as file:
        file.write("  #  typ      eta      phi        pt    jmas   ntrk   btag  had/em   dum1   dum2\n")
        for number in range(n_events):
            file.write(f"  0 {number + 1:13d} {7:8d}\n")
            for place, row in enumerate(rows[firsts[number] : firsts[number + 1]], 1):
                _, kind, eta, phi, pt, mass, tracks, tag = row
                file.write(
                    f"{place:3d} {int(kind):4d} {eta:8.3f} {phi:8.3f} {pt:9.2f} {mass:7.2f} {tracks:6.1f} {tag:6.1f}"
                    f" {0.5:7.2f} {0:6.1f} {0:6.1f}\n"
                )
    return len(rows)


def _objects(rng: np.random.Generator, event: Any, kind: Any, momentum: tuple[Any, Any, Any]) -> Any:
    n, (pt, eta, phi) = len(event), momentum
    tag = (rng.random(n) < 0.04) & (kind == 4)
    return np.column_stack([event, kind, eta, phi, pt, (kind == 4) * 5.0, rng.choice([-1, 1], n), tag])


def _bosons(rng: np.random.Generator, n: int) -> Any:
    """One lepton, two jets of 80 GeV and missing momentum for each event."""
    event, eta = np.arange(n), rng.normal(0, 1.0, n)
    phi, pt, pt2 = rng.uniform(-math.pi, math.pi, n), 40 + rng.exponential(30, n), 35 + rng.exponential(20, n)
    rise = rng.normal(0, 0.4, n)
    turn = np.arccos(np.clip(np.cosh(rise) - 80.0**2 / (2 * pt * pt2), -1, 1))
    lepton = _objects(rng, event, rng.integers(1, 3, n), (20 + rng.exponential(25, n), rng.normal(0, 1.0, n), -phi))
    jets = [_objects(rng, event, np.full(n, 4), one) for one in ((pt, eta, phi), (pt2, eta + rise, phi + turn))]
    missing = _objects(rng, event, np.full(n, 6), (20 + rng.exponential(30, n), np.zeros(n), 1.5 - phi))
    return np.concatenate([lepton, *jets, missing])


def _further(rng: np.random.Generator, n: int) -> Any:
    """Softer jets, photons and taus, four an event on average."""
    event = np.repeat(np.arange(n), rng.poisson(4.0, n))
    m = len(event)
    kind = rng.choice([0, 3, 4], p=[0.2, 0.1, 0.7], size=m)
    pt, eta, phi = 5 + rng.exponential(12, m), rng.normal(0, 1.8, m), rng.uniform(-math.pi, math.pi, m)
    return _objects(rng, event, kind, (pt, eta, phi))
