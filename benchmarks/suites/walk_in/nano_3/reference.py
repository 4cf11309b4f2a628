"""Mass of two photons."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    edges_of,
    fill,
    gap,
    mass_of,
    mean,
    momentum,
    objects,
    read_root,
    save,
    save_arrays,
)  # fmt: skip


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write numbers and histogram; return the smallest relative distance to a cut or an edge."""
    c, distance = constants, math.inf
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    n_two, masses = 0, []
    for event in read_root(inputs / "nano.root", "Events", "Photon_*"):
        photons = [photon for photon in objects(event, "Photon_", "pt", "eta", "phi", "cutBased") if is_good(photon, c)]
        if len(photons) < 2:
            continue
        n_two += 1
        one, other = sorted(photons, key=lambda photon: -photon["pt"])[:2]
        mass = mass_of(momentum(one), momentum(other))
        shares = gap(one["pt"] / mass, c["lead_share"]), gap(other["pt"] / mass, c["sub_share"])
        distance = min(distance, gap(mass, *edges), *shares)
        if one["pt"] / mass > c["lead_share"] and other["pt"] / mass > c["sub_share"]:
            masses.append(mass)
    save(outputs / "mgg.json", n_two=n_two, n_pass=len(masses), mean_mgg=mean(masses))
    save_arrays(outputs / "mgg.npz", counts=fill(masses, edges), edges=edges)
    return distance


def is_good(photon: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a photon is hard, central and identified."""
    is_central = abs(photon["eta"]) < c["photon_eta"]
    return bool(is_central and photon["pt"] > c["photon_pt"] and photon["cutBased"] >= 1)
