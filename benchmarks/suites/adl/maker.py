"""NanoAOD-like events for all tasks of the suite: jets, muons, electrons, missing momentum and decoys of each.

What is put in, momenta in GeV as 32-bit floats:

- Jets: Poisson(4) of them, pt = 15 + Exp(30), not sorted, b-tag -1 (undefined) for one in seven.
- Muons and electrons: Poisson(1.2) of each, not sorted; in 35 % of the events two more of one flavour, mostly of
  opposite charge, with a pair mass around 91 GeV.
- A third of the leptons lie within 0.8 of a jet in each direction. A quarter of the jets lies near phi = +-pi.
- Missing momentum: Exp(45). Decoys: PuppiMET, GenMET, MET_sumEt, Jet_rawFactor, Jet_btagCSVV2, FatJet, SoftMuon.
- 4 % of the events have no object at all. 6 % of MET, jet and lepton pt sit exactly on a cut or a bin edge of the task,
  and 8 % of the eta on a multiple of 1/4.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.root_files import write_root

_N_EVENTS = 2000
_MUON_MASS, _ELECTRON_MASS = 0.105658, 0.000511
_Floats = npt.NDArray[Any]


def make(folder: Path, seed: int, constants: Mapping[str, Any]) -> None:
    """Write ``events.root`` with the tree ``Events``."""
    rng = np.random.default_rng(seed)
    empty = rng.random(_N_EVENTS) < 0.04
    met = _spotted(rng, rng.exponential(45.0, _N_EVENTS), _edges(constants))
    jets = _jets(rng, empty, constants)
    branches: dict[str, Any] = {
        "run": np.full(_N_EVENTS, 194_050, dtype=np.uint32),
        "event": rng.permutation(np.arange(1, 20 * _N_EVENTS, dtype=np.uint64))[:_N_EVENTS],
        "MET_pt": _single(met),
        "MET_phi": _phi(rng, _N_EVENTS),
        "MET_sumEt": _single(met * 6 + rng.exponential(200.0, _N_EVENTS)),
        "PuppiMET_pt": _single(np.abs(met + rng.normal(0.0, 8.0, _N_EVENTS))),
        "PuppiMET_phi": _phi(rng, _N_EVENTS),
        "GenMET_pt": _single(np.abs(met + rng.normal(0.0, 15.0, _N_EVENTS))),
        "Jet": jets,
        "FatJet": _jets(rng, empty | (rng.random(_N_EVENTS) < 0.8), constants)[["pt", "eta", "phi", "mass"]],
        "Muon": _leptons(rng, empty, jets, constants, _MUON_MASS),
        "Electron": _leptons(rng, empty, jets, constants, _ELECTRON_MASS),
        "SoftMuon": _leptons(rng, empty, jets, constants, _MUON_MASS),
    }
    write_root(folder / "events.root", branches)


def _jets(rng: np.random.Generator, empty: npt.NDArray[np.bool_], constants: Mapping[str, Any]) -> ak.Array:
    counts = np.where(empty, 0, rng.poisson(4.0, len(empty)))
    n = int(counts.sum())
    pt = _spotted(rng, 15.0 + rng.exponential(30.0, n), [*_cuts(constants, "jet_pt"), *_edges(constants)])
    phi = np.where(rng.random(n) < 0.25, np.pi - rng.exponential(0.2, n), rng.uniform(-np.pi, np.pi, n))
    phi = np.where(rng.random(n) < 0.5, phi, -phi)
    tag = rng.beta(0.4, 0.8, n)
    fields = {
        "pt": _single(pt),
        "eta": _single(_quarters(rng, rng.normal(0.0, 1.4, n))),
        "phi": _wrapped(phi),
        "mass": _single(pt * rng.uniform(0.05, 0.25, n)),
        "btagDeepFlavB": _single(np.where(rng.random(n) < 1 / 7, -1.0, tag)),
        "btagCSVV2": _single(np.clip(tag + rng.normal(0.0, 0.2, n), 0.0, 1.0)),
        "rawFactor": _single(rng.normal(0.05, 0.05, n)),
    }
    return ak.zip({name: ak.unflatten(values, counts) for name, values in fields.items()})


def _leptons(
    rng: np.random.Generator, empty: npt.NDArray[np.bool_], jets: ak.Array, constants: Mapping[str, Any], mass: float
) -> ak.Array:
    counts = np.where(empty, 0, rng.poisson(1.2, len(empty)) + 2 * (rng.random(len(empty)) < 0.35))
    n = int(counts.sum())
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])[counts >= 2]
    pt = 5.0 + rng.exponential(22.0, n)
    eta, phi = rng.normal(0.0, 1.1, n), rng.uniform(-np.pi, np.pi, n)
    charge = rng.choice([-1, 1], n).astype(np.int32)
    _beside_jets(rng, eta, phi, counts, jets)
    second = first + 1
    mass_of_pair = rng.normal(91.0, 12.0, len(first))
    opening = 2 * pt[first] * (np.cosh(eta[first] - eta[second]) - np.cos(phi[first] - phi[second]))
    wanted = mass_of_pair**2 / opening
    # No two leptons of the same pt but those on a cut: which one is the hardest must have an answer.
    pt[second] = np.where((wanted > 3.0) & (wanted < 300.0), wanted, rng.uniform(5.0, 200.0, len(first)))
    charge[second] = np.where(rng.random(len(first)) < 0.75, -charge[first], charge[first])
    fields = {
        "pt": _single(_spotted(rng, pt, _cuts(constants, "lepton_pt"))),
        "eta": _single(eta),
        "phi": _wrapped(phi),
        "mass": np.full(n, mass, dtype=np.float32),
        "charge": charge,
        "dxy": _single(rng.normal(0.0, 0.01, n)),
    }
    return ak.zip({name: ak.unflatten(values, counts) for name, values in fields.items()})


def _beside_jets(rng: np.random.Generator, eta: _Floats, phi: _Floats, counts: _Floats, jets: ak.Array) -> None:
    """Move a third of the leptons next to a jet of their event, in place."""
    event = np.repeat(np.arange(len(counts)), counts)
    n_jets = ak.to_numpy(ak.num(jets))
    start = np.concatenate([[0], np.cumsum(n_jets)[:-1]])
    chosen = np.flatnonzero((rng.random(len(eta)) < 1 / 3) & (n_jets[event] > 0))
    jet = start[event[chosen]] + rng.integers(0, n_jets[event[chosen]])
    near = rng.uniform(-0.8, 0.8, (2, len(chosen)))
    eta[chosen] = ak.to_numpy(ak.flatten(jets.eta))[jet] + near[0]
    phi[chosen] = ak.to_numpy(ak.flatten(jets.phi))[jet] + near[1]


def _edges(constants: Mapping[str, Any]) -> list[float]:
    """Lowest, second, a middle and the highest edge of the task's histogram in GeV."""
    low, width, n_bins = constants["low"], constants["width"], constants["n_bins"]
    return [low + width * number for number in (0, 1, n_bins // 2, n_bins, n_bins)]


def _cuts(constants: Mapping[str, Any], word: str) -> list[float]:
    return [float(value) for name, value in constants.items() if name.startswith(word)]


def _spotted(rng: np.random.Generator, values: _Floats, spots: list[float]) -> _Floats:
    """The values, 6 % of them moved onto the spots."""
    if not spots:
        return values
    return np.where(rng.random(len(values)) < 0.06, rng.choice(spots, len(values)), values)


def _quarters(rng: np.random.Generator, eta: _Floats) -> _Floats:
    return np.where(rng.random(len(eta)) < 0.08, np.round(eta * 4) / 4, eta)


def _phi(rng: np.random.Generator, n: int) -> _Floats:
    return _wrapped(rng.uniform(-np.pi, np.pi, n))


def _wrapped(phi: _Floats) -> _Floats:
    """Angles in -3.1415925 ... 3.1415925, the largest that 32 bits hold below pi."""
    return _single(np.clip((phi + np.pi) % (2 * np.pi) - np.pi, -3.1415925, 3.1415925))


def _single(values: _Floats) -> _Floats:
    return np.asarray(values, dtype=np.float32)
