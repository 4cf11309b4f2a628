"""Mass of a lepton pair and a photon in LHCO."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import delta_r, gap, mass_of, momentum, read_lhco, save, save_arrays

Rows = Sequence[Mapping[str, Any]]


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write numbers and masses; return the smallest relative distance to a cut or another choice."""
    c, n_pair, distance = constants, 0, 1.0
    masses: dict[str, list[float]] = {"m_ll": [], "m_llg": []}
    for rows in read_lhco(inputs / "events.lhco"):
        pairs = pairs_of(rows, c)
        if not pairs:
            continue
        n_pair += 1
        distance = min(distance, lead(pairs, c["mass"]))
        pair = pairs[0]
        good = [row for row in rows if is_photon(row, c)]
        distance = min([distance, *(gap(delta_r(row, lepton), c["dr_min"]) for row in good for lepton in pair)])
        photons = [row for row in good if all(delta_r(row, lepton) > c["dr_min"] for lepton in pair)]
        if photons:
            photon = max(photons, key=lambda row: row["pt"])
            found = {"m_ll": mass_of(*map(momentum, pair)), "m_llg": mass_of(*map(momentum, [*pair, photon]))}
            for name, mass in found.items():
                masses[name].append(mass)
            distance = min(distance, gap(sum(found.values()), c["sum_max"]))
    below = [True for one, other in zip(masses["m_ll"], masses["m_llg"], strict=True) if one + other < c["sum_max"]]
    save(outputs / "zgamma.json", n_pair=n_pair, n_zgamma=len(masses["m_ll"]), n_fsr=len(below))
    save_arrays(outputs / "mass.npz", **masses)
    return distance


def pairs_of(rows: Rows, c: Mapping[str, Any]) -> list[Rows]:
    """Pairs of one flavour and opposite charge, the nearest to the mass first."""
    leptons = [row for row in rows if row["kind"] in (1, 2) and is_lepton(row, c)]
    pairs: list[Rows] = []
    for one, two in combinations(leptons, 2):
        if one["kind"] == two["kind"] and one["tracks"] * two["tracks"] < 0:
            pairs.append((one, two))
    return sorted(pairs, key=lambda pair: abs(mass_of(*map(momentum, pair)) - c["mass"]))


def lead(pairs: Sequence[Rows], target: float) -> float:
    """By how much the first pair is nearer to the mass than the second, relative to it."""
    away = [abs(mass_of(*map(momentum, pair)) - target) for pair in pairs[:2]]
    return (away[1] - away[0]) / target if len(away) > 1 else 1.0


def is_lepton(row: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a lepton is hard and central."""
    return bool(row["pt"] > c["lep_pt"] and abs(row["eta"]) < c["lep_eta"])


def is_photon(row: Mapping[str, Any], c: Mapping[str, Any]) -> bool:
    """Whether a row is a hard photon outside of the crack."""
    eta = abs(row["eta"])
    in_range = eta < c["photon_eta"] and not c["crack_low"] < eta < c["crack_high"]
    return bool(row["kind"] == 0 and row["pt"] >= c["photon_pt"] and in_range)
