"""Objects as NanoAOD-like collections in a ROOT file, with decoys beside them."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.events.detector import Objects
from hepcoder.benchmarks.suites.events.particles import Kind
from hepcoder.benchmarks.suites.root_files import write_root

_ISOLATED = 0.94
"""Share of the leptons whose isolation is good; the identification is as good."""
_MASS = {Kind.MUON: 0.105658, Kind.ELECTRON: 0.000511, Kind.PHOTON: 0.0}


def write_nano(path: Path, rng: np.random.Generator, objects: Objects, n_events: int, iso_spot: float) -> None:
    """Write the tree ``Events``: Muon, Electron, Photon, Jet, MET, and run, luminosityBlock and event.

    An event number occurs in each of three runs. Momenta are in GeV, 32-bit floats.

    Args:
        path: File to write.
        rng: The dice for what the objects do not hold: identification, isolation, decoys.
        objects: Measured objects.
        n_events: Number of events; those without objects have empty collections.
        iso_spot: 5 % of the isolations are exactly this.
    """
    met = np.zeros((2, n_events))
    is_met = objects.kind == Kind.MISSING
    met[:, objects.event[is_met]] = objects.pt[is_met], objects.phi[is_met]
    number = rng.permutation(n_events)
    branches: dict[str, Any] = {
        "run": (274_315 + 7 * (number % 3)).astype(np.uint32),
        "luminosityBlock": (1 + number % 90).astype(np.uint32),
        "event": (900_000 + number // 3).astype(np.uint64),
        "MET_pt": met[0].astype(np.float32),
        "MET_phi": met[1].astype(np.float32),
        "PuppiMET_pt": np.abs(met[0] + rng.normal(0.0, 5.0, n_events)).astype(np.float32),
        "Jet": _collection(objects, Kind.JET, n_events, {}),
    }
    for name, kind in (("Muon", Kind.MUON), ("Electron", Kind.ELECTRON), ("Photon", Kind.PHOTON)):
        n = int((objects.kind == kind).sum())
        branches[name] = _collection(objects, kind, n_events, _extras(rng, kind, n, iso_spot))
    write_root(path, branches)


def _collection(objects: Objects, kind: Kind, n_events: int, extras: dict[str, npt.NDArray[Any]]) -> ak.Array:
    mine = objects.kind == kind
    mass = objects.mass[mine] if kind == Kind.JET else np.full(int(mine.sum()), _MASS[kind])
    fields = {"pt": objects.pt[mine], "eta": objects.eta[mine], "phi": objects.phi[mine], "mass": mass}
    columns = {name: values.astype(np.float32) for name, values in fields.items()}
    if kind in (Kind.MUON, Kind.ELECTRON):
        columns["charge"] = np.sign(objects.tracks[mine]).astype(np.int32)
    counts = np.bincount(objects.event[mine], minlength=n_events)
    return ak.zip({name: ak.unflatten(values, counts) for name, values in (columns | extras).items()})


def _extras(rng: np.random.Generator, kind: Kind, n: int, iso_spot: float) -> dict[str, npt.NDArray[Any]]:
    """Identification, isolation and decoys."""
    isolation = np.where(rng.random(n) < _ISOLATED, rng.exponential(0.04, n), 0.1 + rng.exponential(0.5, n))
    isolation = np.where(rng.random(n) < 0.05, iso_spot, isolation)
    if kind == Kind.MUON:
        tight = rng.random(n) < 0.96
        names = {"tightId": tight, "softId": tight | (rng.random(n) < 0.5), "pfRelIso04_all": isolation}
        names["pfRelIso03_all"] = isolation * rng.uniform(0.5, 1.0, n)
    elif kind == Kind.ELECTRON:
        names = {"cutBased": rng.choice(5, n, p=[0.03, 0.03, 0.05, 0.15, 0.74]), "pfRelIso03_all": isolation}
    else:
        names = {"cutBased": rng.choice(4, n, p=[0.06, 0.1, 0.2, 0.64]), "r9": rng.beta(8.0, 1.5, n)}
    return {name: _narrow(values) for name, values in names.items()}


def _narrow(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    kinds = {"f": np.float32, "i": np.int32}
    return values.astype(kinds[values.dtype.kind]) if values.dtype.kind in kinds else values
