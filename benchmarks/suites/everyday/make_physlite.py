"""Events with the branch names of PHYSLITE: MeV, objects not sorted, electrons seen as jets too.

Lists are branches with a counter instead of vectors, and the names of the terms of the missing momentum are left out.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.benchmarks.suites.events.detector import Objects
from hepcoder.benchmarks.suites.events.particles import Kind
from hepcoder.benchmarks.suites.everyday.columns import Column, jagged, met_columns, single
from hepcoder.benchmarks.suites.everyday.sample import draw_objects
from hepcoder.benchmarks.suites.root_files import write_root

_N_EVENTS = 1500
_TERMS = 4


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``physlite.root`` with the tree ``CollectionTree``."""
    rng = np.random.default_rng(seed)
    leptons = (Kind.ELECTRON, Kind.MUON)
    objects = draw_objects(rng, _N_EVENTS, constants, pile_up_mean=0.6, twice=(Kind.ELECTRON,), in_jets=leptons)
    branches: dict[str, Any] = {
        "EventInfoAuxDyn.runNumber": np.full(_N_EVENTS, 410_470, dtype=np.uint32),
        "EventInfoAuxDyn.eventNumber": (rng.permutation(5 * _N_EVENTS)[:_N_EVENTS] + 3_000).astype(np.uint64),
        **_missing(rng, objects),
    }
    for name, kind in (("Jets", Kind.JET), ("Electrons", Kind.ELECTRON), ("Muons", Kind.MUON)):
        mine = objects.kind == kind
        columns = {
            "pt": single(1000 * objects.pt[mine]),
            "eta": single(objects.eta[mine]),
            "phi": single(objects.phi[mine]),
            **_more(rng, objects, kind),
        }
        for field, values in jagged(objects, mine, _N_EVENTS, columns).items():
            branches[f"Analysis{name}AuxDyn.{field}"] = values
    write_root(folder / "physlite.root", branches, tree="CollectionTree")


def _more(rng: np.random.Generator, objects: Objects, kind: Kind) -> dict[str, Column]:
    mine = objects.kind == kind
    if kind == Kind.JET:
        return {"m": single(1000 * objects.mass[mine])}
    charge = np.sign(objects.tracks[mine]).astype(np.float32)
    if kind == Kind.MUON:
        return {"charge": charge, "quality": rng.choice(4, len(charge), p=[0.5, 0.3, 0.15, 0.05]).astype(np.uint8)}
    return {"charge": charge, "DFCommonElectronsLHLoose": (rng.random(len(charge)) < 0.9).astype(np.int8)}


def _missing(rng: np.random.Generator, objects: Objects) -> dict[str, Any]:
    """Components of the terms of each event in MeV; the last term is the sum of the others."""
    met, phi = met_columns(objects, _N_EVENTS)
    branches: dict[str, Any] = {}
    for name, total in (("mpx", met * np.cos(phi)), ("mpy", met * np.sin(phi))):
        terms = single(rng.normal(0.0, 25_000.0, (_N_EVENTS, _TERMS - 1)))
        rest = single(1000 * total - terms.sum(axis=1))
        rows = np.concatenate([terms, rest[:, None], single(1000 * total)[:, None]], axis=1)
        branches[f"MET_Core_AnalysisMETAuxDyn.{name}"] = ak.unflatten(rows.ravel(), np.full(_N_EVENTS, _TERMS + 1))
    return branches
