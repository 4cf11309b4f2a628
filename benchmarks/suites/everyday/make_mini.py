"""Events in the layout of the ATLAS Open Data tree ``mini``: MeV, objects not sorted, weights and their decoys.

Lists are branches with a counter instead of vectors. Reference: ATL-OREACH-PUB-2020-001 for the names of branches.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

from hepcoder.benchmarks.suites.events.detector import Bools, Objects
from hepcoder.benchmarks.suites.events.particles import Kind
from hepcoder.benchmarks.suites.everyday.columns import (
    Column,
    energies,
    jagged,
    met_columns,
    single,
    spotted,
    tag_scores,
)  # fmt: skip
from hepcoder.benchmarks.suites.everyday.sample import LEPTONS, draw_objects
from hepcoder.benchmarks.suites.root_files import write_root

_N_EVENTS = 1500
_FACTORS = ("PILEUP", "ELE", "MUON", "LepTRIGGER", "PHOTON", "TAU", "BTAG")


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``mini.root`` with the tree ``mini``; its cross-section is the constant ``xsec_pb`` where there is one."""
    rng = np.random.default_rng(seed)
    objects = draw_objects(rng, _N_EVENTS, constants)
    met, met_phi = met_columns(objects, _N_EVENTS)
    weights = np.where(rng.random(_N_EVENTS) < 0.12, -1.0, 1.0) * rng.normal(30.0, 2.0, _N_EVENTS)
    fired = rng.random((2, _N_EVENTS))
    branches: dict[str, Any] = {
        "runNumber": np.full(_N_EVENTS, 284_500, dtype=np.int32),
        "eventNumber": (rng.permutation(7 * _N_EVENTS)[:_N_EVENTS] + 20_000).astype(np.int32),
        "mcWeight": single(weights),
        "XSection": np.full(_N_EVENTS, constants.get("xsec_pb", 1.25), dtype=np.float32),
        "SumWeights": np.full(_N_EVENTS, round(1.3 * weights.sum()), dtype=np.float32),
        **{f"scaleFactor_{name}": single(rng.normal(0.95, 0.05, _N_EVENTS)) for name in _FACTORS},
        "trigE": _has(objects, Kind.ELECTRON) & (fired[0] < 0.8),
        "trigM": _has(objects, Kind.MUON) & (fired[1] < 0.7),
        "met_et": single(1000 * met),
        "met_phi": single(met_phi),
    }
    is_lepton, is_jet = np.isin(objects.kind, LEPTONS), objects.kind == Kind.JET
    branches["lep"] = _collection(objects, is_lepton, _lepton_fields(rng, objects, is_lepton))
    branches["jet"] = _collection(objects, is_jet, _jet_fields(rng, objects, is_jet, constants))
    branches["tau"] = _collection(objects, objects.kind == Kind.TAU, {})
    write_root(folder / "mini.root", branches, tree="mini", counter="{}_n".format)


def _has(objects: Objects, kind: Kind) -> Bools:
    return np.asarray(np.bincount(objects.event[objects.kind == kind], minlength=_N_EVENTS) > 0)


def _collection(objects: Objects, mine: Bools, fields: dict[str, Column]) -> ak.Array:
    columns = {
        "pt": single(1000 * objects.pt[mine]),
        "eta": single(objects.eta[mine]),
        "phi": single(objects.phi[mine]),
        "E": single(1000 * energies(objects, mine)),
    }
    return ak.zip(jagged(objects, mine, _N_EVENTS, columns | fields))


def _lepton_fields(rng: np.random.Generator, objects: Objects, mine: Bools) -> dict[str, Column]:
    n = int(mine.sum())
    return {
        "charge": np.sign(objects.tracks[mine]).astype(np.int32),
        "type": np.where(objects.kind[mine] == Kind.MUON, 13, 11).astype(np.uint32),
        "isTightID": rng.random(n) < 0.88,
        "ptcone30": single(1000 * np.where(rng.random(n) < 0.6, 0.0, rng.exponential(2.0, n))),
    }


def _jet_fields(
    rng: np.random.Generator, objects: Objects, mine: Bools, constants: Mapping[str, Any]
) -> dict[str, Column]:
    n = int(mine.sum())
    cuts = {word: [value for name, value in constants.items() if name == word] for word in ("jvt_min", "mv2_min")}
    jvt = np.where(rng.random(n) < 0.75, rng.uniform(0.6, 1.0, n), rng.uniform(0.0, 0.9, n))
    return {
        "jvt": single(spotted(rng, jvt, cuts["jvt_min"])),
        "MV2c10": single(spotted(rng, 2 * tag_scores(rng, objects, mine) - 1, cuts["mv2_min"], 0.1)),
    }
