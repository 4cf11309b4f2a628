"""NanoAOD-like events: jets, leptons, photons and taus, not sorted, GeV, with trigger flags and decoys."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.benchmarks.suites.events.detector import Objects
from hepcoder.benchmarks.suites.events.particles import Kind
from hepcoder.benchmarks.suites.everyday.columns import Column, jagged, met_columns, single, spotted, tag_scores
from hepcoder.benchmarks.suites.everyday.sample import draw_objects
from hepcoder.benchmarks.suites.root_files import write_root

_N_EVENTS = 1500
_COLLECTIONS = {
    "Muon": (Kind.MUON, 0.105658),
    "Electron": (Kind.ELECTRON, 0.000511),
    "Photon": (Kind.PHOTON, 0.0),
    "Tau": (Kind.TAU, None),
    "Jet": (Kind.JET, None),
}


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``nano.root`` with the tree ``Events``."""
    rng = np.random.default_rng(seed)
    objects = draw_objects(rng, _N_EVENTS, constants, twice=(Kind.PHOTON,))
    met, met_phi = met_columns(objects, _N_EVENTS)
    branches: dict[str, Any] = {
        "run": np.full(_N_EVENTS, 362_616, dtype=np.uint32),
        "event": (rng.permutation(9 * _N_EVENTS)[:_N_EVENTS] + 100_000).astype(np.uint64),
        "MET_pt": single(met),
        "MET_phi": single(met_phi),
        "CaloMET_pt": single(np.abs(met + rng.normal(0.0, 12.0, _N_EVENTS))),
        **_triggers(rng, objects, met),
    }
    for name, (kind, mass) in _COLLECTIONS.items():
        branches[name] = _collection(rng, objects, kind, mass, constants)
    write_root(folder / "nano.root", branches)


def _triggers(rng: np.random.Generator, objects: Objects, met: Column) -> dict[str, Column]:
    """A turn-on in the missing momentum, and flags that most events with the right object have."""
    dice = rng.random((3, _N_EVENTS))
    has = {
        kind: np.bincount(objects.event[(objects.kind == kind) & (objects.pt > 24.0)], minlength=_N_EVENTS) > 0
        for kind in (Kind.MUON, Kind.PHOTON)
    }
    return {
        "HLT_IsoMu24": has[Kind.MUON] & (dice[0] < 0.85),
        "HLT_Photon30": (has[Kind.PHOTON] & (dice[1] < 0.9)) | (dice[1] < 0.05),
        "HLT_PFMET60": dice[2] < 1 / (1 + np.exp(-(met - 60.0) / 12.0)),
    }


def _collection(
    rng: np.random.Generator, objects: Objects, kind: Kind, mass: float | None, constants: Mapping[str, Any]
) -> ak.Array:
    mine = objects.kind == kind
    n = int(mine.sum())
    columns = {name: single(getattr(objects, name)[mine]) for name in ("pt", "eta", "phi")}
    columns["mass"] = single(objects.mass[mine] if mass is None else np.full(n, mass))
    if kind in (Kind.MUON, Kind.ELECTRON, Kind.TAU):
        columns["charge"] = np.sign(objects.tracks[mine]).astype(np.int32)
    columns |= _identification(rng, objects, kind, constants)
    return ak.zip(jagged(objects, mine, _N_EVENTS, columns))


def _identification(
    rng: np.random.Generator, objects: Objects, kind: Kind, constants: Mapping[str, Any]
) -> dict[str, Column]:
    mine = objects.kind == kind
    n = int(mine.sum())
    isolation = np.where(rng.random(n) < 0.85, rng.exponential(0.04, n), 0.1 + rng.exponential(0.4, n))
    isolation = single(spotted(rng, isolation, [constants[name] for name in ("iso_max",) if name in constants]))
    if kind == Kind.MUON:
        tight = rng.random(n) < 0.9
        return {"tightId": tight, "looseId": tight | (rng.random(n) < 0.7), "pfRelIso04_all": isolation}
    if kind == Kind.ELECTRON:
        return {
            "cutBased": rng.choice(5, n, p=[0.05, 0.06, 0.12, 0.15, 0.62]).astype(np.int32),
            "pfRelIso03_all": isolation,
        }
    if kind == Kind.PHOTON:
        return {
            "cutBased": rng.choice(4, n, p=[0.07, 0.1, 0.23, 0.6]).astype(np.int32),
            "r9": single(rng.beta(8, 2, n)),
        }
    if kind == Kind.TAU:
        return {
            "idVSjet": rng.choice(np.array([1, 3, 7, 15, 31, 63], dtype=np.int32), n, p=[0.1, 0.1, 0.1, 0.2, 0.2, 0.3])
        }
    cuts = [constants[name] for name in ("btag_min",) if name in constants]
    return {
        "btagDeepFlavB": single(spotted(rng, tag_scores(rng, objects, mine), cuts)),
        "jetId": rng.choice(np.array([0, 2, 6], dtype=np.int32), n, p=[0.05, 0.1, 0.85]),
    }
