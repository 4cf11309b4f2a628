"""The events of all tasks of the suite, before they are written in one of its file kinds.

Z, top pairs, W, WW, WZ, ZZ and Z gamma production, tau pairs and photon plus jet, with pile-up; 4 % of the events are
empty. One lepton in ten has the wrong charge. Objects are in no order within an event.

What a constant's name starts with says where values are put exactly onto it: ``muon_pt``, ``jet_eta``, ``met_min``,
``lep_pt_mev`` (electrons and muons, in MeV), ``crack_low`` (electrons and photons, eta). Cuts on these are exact, so
that > and >= part, in 32 and in 64 bits, as constants are multiples of 1/16. The constant ``favoured`` names the
process that half of the events are of, where a task asks for something rare.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.decays import produced, two_body
from hepcoder.benchmarks.suites.events.detector import Objects, measured
from hepcoder.benchmarks.suites.events.momenta import azimuths, from_pt, pseudorapidities, transverse
from hepcoder.benchmarks.suites.events.particles import Kind, Particles, chosen, each_event, mixed, together
from hepcoder.benchmarks.suites.events.processes import (
    photon_jet,
    pile_up,
    tau_jets,
    tops,
    w_jets,
    ww,
    wz,
    z_jets,
    zz,
)  # fmt: skip
from hepcoder.benchmarks.suites.events.response import Detector
from hepcoder.benchmarks.suites.everyday.crowding import close_to_jets, seen_as_jets

LEPTONS = (int(Kind.ELECTRON), int(Kind.MUON))
_SHARES = {
    "z": 0.18, "tops": 0.18, "dileptons": 0.06, "w": 0.08, "ww": 0.04, "wz": 0.10, "zz": 0.04, "zgamma": 0.08,
    "taus": 0.12, "photon": 0.08,
}  # fmt: skip
_DETECTOR = Detector(fakes={Kind.PHOTON: 0.02, Kind.ELECTRON: 0.005, Kind.TAU: 0.07})
_WRONG_CHARGE = 0.1
_KINDS = {
    "muon": (Kind.MUON,),
    "electron": (Kind.ELECTRON,),
    "lep": (Kind.ELECTRON, Kind.MUON),
    "photon": (Kind.PHOTON,),
    "tau": (Kind.TAU,),
    "jet": (Kind.JET,),
    "met": (Kind.MISSING,),
    "crack": (Kind.ELECTRON, Kind.PHOTON),
}


def draw_objects(
    rng: np.random.Generator,
    n_events: int,
    constants: Mapping[str, Any],
    *,
    pile_up_mean: float = 0.7,
    twice: Sequence[Kind] = (),
    in_jets: Sequence[Kind] = (),
) -> Objects:
    """Measured objects of `n_events` events, some of them exactly on a cut.

    Args:
        rng: The dice.
        n_events: Number of events, with the empty ones.
        constants: The task's constants.
        pile_up_mean: Mean number of jets in an event that have nothing to do with it.
        twice: Kinds that are often seen as jets too.
        in_jets: Kinds that are often close to a jet.
    """
    samples, favoured = [], constants.get("favoured")
    for name, share in _SHARES.items():
        n = int((share if favoured is None else share / 2 + 0.48 * (name == favoured)) * n_events)
        others = [pile_up(rng, n, mean=pile_up_mean, b_share=0.1), _soft_leptons(rng, n)]
        samples.append((together([_PROCESSES[name](rng, n), *others]), n))
    objects = measured(rng, mixed(rng, samples, n_events), _DETECTOR)
    wrong = np.isin(objects.kind, LEPTONS) & (rng.random(len(objects)) < _WRONG_CHARGE)
    objects.tracks[wrong] *= -1
    objects = seen_as_jets(rng, close_to_jets(rng, objects, in_jets), twice)
    return with_spots(rng, objects, spots_of(constants), share=0.4, near=0.25)


def spots_of(constants: Mapping[str, Any]) -> dict[tuple[Kind, str], list[float]]:
    """Values to be met exactly, by kind and column, GeV.

    Example:
        >>> spots_of({"muon_pt_mev": 27500.0, "n_bins": 20})[Kind.MUON, "pt"]
        [27.5]
    """
    spots: dict[tuple[Kind, str], list[float]] = {}
    for name, value in constants.items():
        first, *rest = name.split("_")
        column = "eta" if first == "crack" or "eta" in rest else "pt" if first == "met" or "pt" in rest else None
        if first in _KINDS and column:
            for kind in _KINDS[first]:
                spots.setdefault((kind, column), []).append(value / 1000 if "mev" in rest else float(value))
    return spots


def _soft_leptons(rng: np.random.Generator, n: int) -> Particles:
    """In a quarter of the events a lepton of low pt, as from a decay in a jet."""
    event = np.flatnonzero(rng.random(n) < 0.25)
    size = len(event)
    pt, eta, phi = (5.0 + rng.exponential(6.0, size), rng.normal(0.0, 1.2, size), rng.uniform(-np.pi, np.pi, size))
    return Particles(event, rng.choice(LEPTONS, size), from_pt(pt, eta, phi, 0.0), rng.choice([-1, 1], size))


def _two_leptonic_tops(rng: np.random.Generator, n: int) -> Particles:
    """A top pair, both W to a light lepton."""
    system, recoil = produced(rng, 345.0 + rng.exponential(90.0, n), mean_pt=30.0)
    parts = [each_event(Kind.JET, recoil)]
    for top, charge in zip(two_body(rng, system, 172.4, 172.4), (1, -1), strict=True):
        boson, bottom = two_body(rng, top, 80.4, 4.8)
        lepton, neutrino = two_body(rng, boson, 0.0, 0.0)
        parts += [each_event(Kind.B_JET, bottom), each_event(rng.choice(LEPTONS, n), lepton, charge)]
        parts.append(each_event(Kind.NEUTRINO, neutrino))
    return together(parts)


def _z_gamma(rng: np.random.Generator, n: int) -> Particles:
    """A Z to two light leptons, and a photon instead of one of its jets; a third of the photons close to a lepton."""
    event = z_jets(rng, n)
    first = np.zeros(len(event), dtype=bool)
    first[np.flatnonzero(event.kind == Kind.JET)[:n]] = True
    photon, lepton = event.momenta[first], event.momenta[event.charge > 0]
    close = rng.random(n) < 1 / 3
    eta = np.where(close, pseudorapidities(lepton) + rng.uniform(-0.5, 0.5, n), pseudorapidities(photon))
    phi = np.where(close, azimuths(lepton) + rng.uniform(-0.5, 0.5, n), azimuths(photon))
    return together([chosen(event, ~first), each_event(Kind.PHOTON, from_pt(transverse(photon), eta, phi, 0.0))])


def _photon_jet(rng: np.random.Generator, n: int) -> Particles:
    """A photon and jets, some of which are taken for photons."""
    event = photon_jet(rng, n)
    fake = (event.kind == Kind.JET) & (rng.random(len(event)) < 0.15)
    return replace(event, kind=np.where(fake, int(Kind.PHOTON), event.kind))


def _taus(rng: np.random.Generator, n: int) -> Particles:
    """Pairs of hadronic taus, two of three with one tau seen as a muon instead; some jets are taken for taus."""
    event = tau_jets(rng, 75.0 + rng.exponential(60.0, n))
    seen = (event.kind == Kind.TAU) & (event.charge > 0) & (event.event % 3 > 0)
    fake = (event.kind == Kind.JET) & (rng.random(len(event)) < 0.2)
    kind = np.select([seen, fake], [int(Kind.MUON), int(Kind.TAU)], event.kind)
    charge = np.where(fake, rng.choice([-1, 1], len(event)), event.charge)
    return replace(event, kind=kind, charge=charge)


_PROCESSES = {
    "z": z_jets,
    "tops": tops,
    "dileptons": _two_leptonic_tops,
    "w": w_jets,
    "ww": ww,
    "wz": lambda rng, n: wz(rng, n, 91.2),
    "zz": lambda rng, n: zz(rng, n, 190.0),
    "zgamma": _z_gamma,
    "taus": _taus,
    "photon": _photon_jet,
}
