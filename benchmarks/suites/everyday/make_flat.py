"""A flat table: one row for each event and one number in each cell, GeV; -999 for what an event does not have."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.detector import Bools, Objects
from hepcoder.benchmarks.suites.events.momenta import from_pt, masses
from hepcoder.benchmarks.suites.events.particles import Kind
from hepcoder.benchmarks.suites.everyday.columns import Column, met_columns, single, spotted
from hepcoder.benchmarks.suites.everyday.sample import LEPTONS, draw_objects
from hepcoder.benchmarks.suites.root_files import write_root

N_EVENTS = 1500
_NONE = -999.0


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``ntuple.root`` with the tree ``nominal``."""
    write_root(folder / "ntuple.root", table(np.random.default_rng(seed), N_EVENTS, constants), tree="nominal")


def table(rng: np.random.Generator, n: int, constants: Mapping[str, Any]) -> dict[str, Column]:
    """The columns of n events; floats have 32 bits, and no two leptons of an event the same pt.

    Constants whose names start with ``m_ll`` are met exactly by some of the masses.
    """
    objects = draw_objects(rng, n, constants)
    is_lepton, is_jet = (np.isin(objects.kind, LEPTONS), (objects.kind == Kind.JET) & (np.abs(objects.eta) < 4.5))
    leptons, jets = _hardest(objects, is_lepton, n), _hardest(objects, is_jet, n)
    met, phi = met_columns(objects, n)
    dice = rng.random((2, n))
    columns: dict[str, Column] = {
        "run": np.full(n, 410_000, dtype=np.int32),
        "event": (rng.permutation(8 * n)[:n] + 1).astype(np.int64),
        "n_lep": _number(objects, is_lepton, n),
        "n_jet": _number(objects, is_jet, n),
        "n_bjet": _number(objects, is_jet & (objects.tag > 0), n),
        "met": single(met),
        "met_phi": single(phi),
        "met_truth": single(np.abs(met + rng.normal(0.0, 9.0, n))),
        "ht": single(np.bincount(objects.event[is_jet], weights=objects.pt[is_jet], minlength=n)),
    }
    for place, rows in enumerate(leptons, start=1):
        columns |= {f"lep{place}_{name}": column for name, column in _lepton(objects, rows).items()}
    for place, rows in enumerate(jets, start=1):
        columns |= {f"jet{place}_{name}": _at(getattr(objects, name), rows) for name in ("pt", "eta", "phi")}
    mass = _pair_mass(objects, leptons)
    spots = [value for name, value in constants.items() if name.startswith("m_ll")]
    columns["m_ll"] = single(np.where(mass > 0, spotted(rng, np.round(mass, 3), spots, 0.04), _NONE))
    columns["trig_e"] = (columns["lep1_type"] == 11) & (dice[0] < 0.9 - 6.0 / np.maximum(columns["lep1_pt"], 10.0))
    columns["trig_mu"] = (columns["lep1_type"] == 13) & (dice[1] < 0.8)
    columns["weight"] = single(rng.normal(0.12, 0.02, n) * np.where(rng.random(n) < 0.1, -1.0, 1.0))
    return columns


def _hardest(objects: Objects, mine: Bools, n: int) -> tuple[Column, Column]:
    """Rows of the hardest and the second object of each event; -1 where there is none."""
    rows = np.flatnonzero(mine)
    rows = rows[np.lexsort([-objects.pt[rows], objects.event[rows]])]
    start = np.searchsorted(objects.event[rows], np.arange(n + 1))
    padded = np.concatenate([rows, [-1, -1]])
    one, two = (np.where(start[:-1] + k < start[1:], padded[start[:-1] + k], -1) for k in (0, 1))
    return one, two


def _number(objects: Objects, mine: Bools, n: int) -> Column:
    return np.bincount(objects.event[mine], minlength=n).astype(np.int32)


def _at(column: Column, rows: Column) -> Column:
    return single(np.where(rows >= 0, column[rows], _NONE))


def _lepton(objects: Objects, rows: Column) -> dict[str, Column]:
    kind = np.where(objects.kind[rows] == Kind.MUON, 13, 11)
    return {
        **{name: _at(getattr(objects, name), rows) for name in ("pt", "eta", "phi")},
        "charge": np.where(rows >= 0, np.sign(objects.tracks[rows]), -999).astype(np.int32),
        "type": np.where(rows >= 0, kind, -999).astype(np.int32),
    }


def _pair_mass(objects: Objects, leptons: tuple[Column, Column]) -> Column:
    """Mass of the two hardest leptons in GeV, taken as massless; -1 where there are not two."""
    one, two = (from_pt(objects.pt[rows], objects.eta[rows], objects.phi[rows], 0.0) for rows in leptons)
    return np.where(leptons[1] >= 0, masses(one + two), -1.0)
