"""Measured objects as a file of the ATLAS Open Data release of 2020: tree ``mini``, MeV, all its decoys.

Unlike there, objects are in no order within an event, and lists are branches with a counter instead of vectors.

Reference: ATL-OREACH-PUB-2020-001 for the names of the branches.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.events.detector import Objects
from hepcoder.benchmarks.suites.events.momenta import Floats
from hepcoder.benchmarks.suites.events.particles import Ints, Kind
from hepcoder.benchmarks.suites.root_files import write_root

_DECOY_FACTORS = ("ELE", "MUON", "TAU", "BTAG", "LepTRIGGER")
_TIGHT, _ISOLATED = 0.90, 0.92
"""Shares of all photons; the same for every process, so that simulated efficiencies are those of the data."""
_PDG = {Kind.ELECTRON: 11, Kind.MUON: 13}
_Rows = npt.NDArray[Any]


@dataclass(frozen=True)
class Sample:
    """What a file says about its events besides their objects.

    Attributes:
        channel: Channel number; 0 for data.
        weights: Generator weights, shape (n,); zeros for data.
        sum_weights: Their sum over all events that were generated, stored or not; 0 for data.
        xsec_pb: Cross-section times branching ratio in pb; 0 for data.
    """

    channel: int
    weights: Floats
    sum_weights: float
    xsec_pb: float


def write_mini(path: Path, rng: np.random.Generator, objects: Objects, sample: Sample) -> None:
    """Write one file.

    Args:
        path: File to write.
        rng: The dice for what the objects do not hold: identification, isolation, trigger, weights, decoys.
        objects: Measured objects in GeV.
        sample: What else the file says; its weights give the number of events.
    """
    n = len(sample.weights)
    is_photon = objects.kind == Kind.PHOTON
    collections = {
        "photon": _collection(objects, is_photon, n, _photon_fields(rng, objects.pt[is_photon])),
        "lep": _leptons(rng, objects, n),
        "jet": _jets(rng, objects, n),
        "tau": _collection(objects, objects.kind == Kind.TAU, n, {}),
    }
    write_root(path, _event_branches(rng, objects, sample) | collections, tree="mini", counter="{}_n".format)


def _event_branches(rng: np.random.Generator, objects: Objects, sample: Sample) -> dict[str, Any]:
    n, is_mc = len(sample.weights), sample.channel > 0
    met = np.zeros((2, n))
    is_met = objects.kind == Kind.MISSING
    met[:, objects.event[is_met]] = objects.pt[is_met], objects.phi[is_met]
    factors = {
        "PILEUP": rng.normal(1.0, 0.08, n),
        "PHOTON": rng.normal(0.98, 0.015, n),
        "PhotonTRIGGER": rng.normal(0.99, 0.01, n),
        **{name: rng.normal(0.93, 0.05, n) for name in _DECOY_FACTORS},
    }
    return {
        "runNumber": np.full(n, 284_500 if is_mc else 276_262, dtype=np.int32),
        "eventNumber": np.sort(rng.choice(9_000_000, n, replace=False)).astype(np.int32)[rng.permutation(n)],
        "channelNumber": np.full(n, sample.channel, dtype=np.int32),
        "mcWeight": sample.weights.astype(np.float32),
        **{f"scaleFactor_{name}": values.astype(np.float32) for name, values in sorted(factors.items())},
        "XSection": np.full(n, sample.xsec_pb, dtype=np.float32),
        "SumWeights": np.full(n, sample.sum_weights, dtype=np.float32),
        "trigE": rng.random(n) < 0.1,
        "trigM": rng.random(n) < 0.1,
        "trigP": rng.random(n) < 0.97,
        "met_et": _mev(met[0]),
        "met_phi": met[1].astype(np.float32),
        "met_et_syst": _mev(rng.exponential(4.0, n)),
    }


def _collection(objects: Objects, mine: _Rows, n: int, fields: dict[str, _Rows]) -> ak.Array:
    pt, eta = objects.pt[mine], objects.eta[mine]
    energy = np.hypot(pt * np.cosh(eta), objects.mass[mine])
    columns = {"pt": _mev(pt), "eta": eta.astype(np.float32), "phi": objects.phi[mine].astype(np.float32)}
    counts = np.bincount(objects.event[mine], minlength=n)
    columns |= {"E": _mev(energy), **fields}
    return ak.zip({name: ak.unflatten(values, counts) for name, values in columns.items()})


def _photon_fields(rng: np.random.Generator, pt: Floats) -> dict[str, _Rows]:
    n = len(pt)
    isolated = rng.random(n) < _ISOLATED
    tracks = np.where(rng.random(n) < 0.5, 0.0, rng.exponential(0.6, n)) + np.where(
        isolated, 0.0, rng.exponential(8, n)
    )
    return {
        "isTightID": rng.random(n) < _TIGHT,
        "ptcone30": _mev(tracks),
        "etcone20": _mev(rng.normal(0.2, 0.9, n) + np.where(isolated, 0.0, rng.exponential(5.0, n))),
        "convType": rng.choice(np.array([0, 0, 0, 1, 2], dtype=np.int32), n),
        "trigMatched": rng.random(n) < 0.97,
        "pt_syst": _mev(pt * np.abs(rng.normal(0.0, 0.01, n))),
    }


def _leptons(rng: np.random.Generator, objects: Objects, n: int) -> ak.Array:
    mine = np.isin(objects.kind, list(_PDG))
    pdg: Ints = np.where(objects.kind[mine] == Kind.MUON, _PDG[Kind.MUON], _PDG[Kind.ELECTRON])
    size = len(pdg)
    fields = {
        "charge": np.sign(objects.tracks[mine]).astype(np.int32),
        "type": pdg.astype(np.uint32),
        "isTightID": rng.random(size) < 0.9,
        "ptcone30": _mev(rng.exponential(1.0, size)),
        "z0": rng.normal(0.0, 0.1, size).astype(np.float32),
    }
    return _collection(objects, mine, n, fields)


def _jets(rng: np.random.Generator, objects: Objects, n: int) -> ak.Array:
    mine = objects.kind == Kind.JET
    size = int(mine.sum())
    fields = {
        "jvt": rng.uniform(0.5, 1.0, size).astype(np.float32),
        "MV2c10": rng.uniform(-1.0, 1.0, size).astype(np.float32),
        "trueflav": rng.choice(np.array([0, 4, 5], dtype=np.int32), size),
    }
    return _collection(objects, mine, n, fields)


def _mev(gev: Floats) -> _Rows:
    return (1000.0 * gev).astype(np.float32)
