"""H -> gamma gamma with its background, in the layout of the ATLAS Open Data release of 2020 (GamGam, 13 TeV).

What is put in, all energies in GeV until they are written in MeV as float32:

- Signal: mass `mass_gev`, pt ~ Gamma(2, 18), rapidity ~ N(0, 1), isotropic decay into two photons.
- Background: two photons from a system with m = 75 + Exp(35), pt ~ Gamma(2, 12), rapidity ~ N(0, 1.3), the same decay.
- Every photon energy is smeared by a Gaussian of relative width sqrt(2) 1.7 / 125, which makes sigma(m) = 1.7 at 125:
  m^2 is proportional to E1 E2, so sigma(m) / m = sigma(E) / (sqrt(2) E).
- A photon is seen if pt > 15 and |eta| < 2.5, with probability 0.95; hence the events with no photon or one. The crack
  1.37 < |eta| < 1.52 is not removed. 4 % of the events have one more soft photon, 0.5 % two more.
- A quarter of the background photons and all soft ones are fakes: seldom tight (0.3, others 0.92), badly isolated.
- Jets, leptons and missing momentum are independent of the photons and only fill their branches.

Reference: ATL-OREACH-PUB-2020-001 for the names of the branches; the numbers above are ours. The release stores
vectors, this file has jagged branches with a counter, which read the same in uproot.
"""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt
import uproot

from hepcoder.tools.samples.decays import decay_to_two_massless

SIGMA_MASS_AT_125_GEV = 1.7
_SMEARING = np.sqrt(2.0) * SIGMA_MASS_AT_125_GEV / 125.0
_SLOTS = 4
_RUN_NUMBER = 363490
_Rows = npt.NDArray[Any]


def make_hyy_sample(
    path: str | Path, *, n_events: int = 20_000, seed: int = 1, mass_gev: float = 125.0, signal_fraction: float = 0.05
) -> Path:
    """Write a seeded H -> gamma gamma sample: ROOT file, tree ``mini``, one entry for each event.

    Args:
        path: File to write; its folder must exist, an existing file is replaced.
        n_events: Number of events, 1 or more.
        seed: The same seed gives the same arrays, to the bit.
        mass_gev: Mass of the signal in GeV, above 0.
        signal_fraction: Share of signal events in 0 ... 1; exactly round(signal_fraction * n_events) of them are made.

    Returns:
        The path.

    Raises:
        ValueError: If an argument is out of its range.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = make_hyy_sample(folder + "/hyy.root", n_events=100)
        ...     with uproot.open(path) as file:
        ...         print(file["mini"].num_entries)
        100
    """
    if n_events < 1 or mass_gev <= 0 or not 0 <= signal_fraction <= 1:
        message = (
            f"n_events={n_events} must be 1 or more, mass_gev={mass_gev} above 0, "
            f"and signal_fraction={signal_fraction} in 0 ... 1"
        )
        raise ValueError(message)
    rng = np.random.default_rng(seed)
    signal = rng.permutation(np.arange(n_events) < round(signal_fraction * n_events))
    photons = _photons(rng, signal, mass_gev)
    branches = _event_branches(rng, photons)
    branches |= {"photon": photons, "jet": _jets(rng, n_events), "lep": _leptons(rng, n_events)}
    path = Path(path)
    with uproot.recreate(path) as file:
        tree = file.mktree("mini", {name: ak.type(array) for name, array in branches.items()}, counter_name=_counter)
        tree.extend(branches)
    return path


def _counter(group: str) -> str:
    return f"{group}_n"


def _photons(rng: np.random.Generator, signal: _Rows, mass_gev: float) -> ak.Array:
    """Photons of each event, the highest pt first; slots 0 and 1 hold the pair, 2 and 3 soft ones."""
    n = len(signal)
    mass = np.where(signal, mass_gev, 75.0 + rng.exponential(35.0, n))
    pt_pair = rng.gamma(2.0, 1.0, n) * np.where(signal, 18.0, 12.0)
    rapidity = rng.normal(0.0, 1.0, n) * np.where(signal, 1.0, 1.3)
    pair = decay_to_two_massless(rng, mass, pt_pair, rapidity)
    pt, eta, phi = (np.concatenate([each, soft], axis=1) for each, soft in zip(pair[:3], _soft(rng, n), strict=True))
    pt = pt * (1.0 + _SMEARING * rng.normal(size=(n, _SLOTS)))
    n_soft = np.searchsorted([0.955, 0.995], rng.uniform(size=n), side="right")
    there = np.arange(_SLOTS) < 2 + n_soft[:, None]
    seen = there & (pt > 15.0) & (np.abs(eta) < 2.5) & (rng.uniform(size=(n, _SLOTS)) < 0.95)
    fake = ~signal[:, None] & (rng.uniform(size=(n, _SLOTS)) < 0.25)
    fake[:, 2:] = True
    quantities = {
        "pt": _mev(pt),
        "eta": eta.astype(np.float32),
        "phi": phi.astype(np.float32),
        "E": _mev(pt * np.cosh(eta)),
        **_identification(rng, fake),
    }
    return _jagged(quantities, seen, order=np.argsort(-np.where(seen, pt, 0.0), axis=1, kind="stable"))


def _soft(rng: np.random.Generator, n: int) -> tuple[_Rows, _Rows, _Rows]:
    """pt, eta and phi of soft photons; drawn for every event, used in few."""
    size = (n, _SLOTS - 2)
    return 15.0 + rng.exponential(8.0, size), rng.uniform(-2.5, 2.5, size), rng.uniform(-np.pi, np.pi, size)


def _identification(rng: np.random.Generator, fake: _Rows) -> dict[str, _Rows]:
    tracks = rng.exponential(1.0, fake.shape) * np.where(fake, 6.0, 1.0)
    return {
        "isTightID": rng.uniform(size=fake.shape) < np.where(fake, 0.3, 0.92),
        "ptcone30": _mev(np.where(~fake & (rng.uniform(size=fake.shape) < 0.6), 0.0, tracks)),
        "etcone20": _mev(rng.normal(size=fake.shape) * np.where(fake, 4.0, 1.2) + np.where(fake, 4.0, 0.3)),
        "convType": np.where(rng.uniform(size=fake.shape) < 0.3, 1, 0).astype(np.int32),
        "truthMatched": ~fake,
        "trigMatched": rng.uniform(size=fake.shape) < 0.98,
    }


def _event_branches(rng: np.random.Generator, photons: ak.Array) -> dict[str, Any]:
    n = len(photons)
    two_hard = (ak.sum(photons.pt > 25e3, axis=1) >= 2) & (ak.sum(photons.pt > 35e3, axis=1) >= 1)
    fired = rng.uniform(size=n) < np.where(ak.to_numpy(two_hard), 0.98, 0.05)
    one = np.ones(n, dtype=np.float32)
    met_x, met_y = rng.normal(0.0, 15.0, (2, n))
    scale_factors = ("PILEUP", "ELE", "MUON", "PHOTON", "TAU", "BTAG", "LepTRIGGER", "PhotonTRIGGER")
    return {
        "runNumber": np.full(n, _RUN_NUMBER, dtype=np.int32),
        "eventNumber": np.arange(1, n + 1, dtype=np.int32),
        "channelNumber": np.zeros(n, dtype=np.int32),
        "mcWeight": one,
        **{f"scaleFactor_{name}": one for name in scale_factors},
        "XSection": one,
        "SumWeights": one * n,
        "trigE": np.zeros(n, dtype=bool),
        "trigM": np.zeros(n, dtype=bool),
        "trigP": fired,
        "met_et": _mev(np.hypot(met_x, met_y)),
        "met_phi": np.arctan2(met_y, met_x).astype(np.float32),
    }


def _jets(rng: np.random.Generator, n: int) -> ak.Array:
    shape = (n, 6)
    pt, eta = 25.0 + rng.exponential(30.0, shape), rng.uniform(-4.4, 4.4, shape)
    quantities = {
        "pt": _mev(pt),
        "eta": eta.astype(np.float32),
        "phi": rng.uniform(-np.pi, np.pi, shape).astype(np.float32),
        "E": _mev(np.hypot(pt * np.cosh(eta), 0.12 * pt)),
        "jvt": rng.uniform(0.6, 1.0, shape).astype(np.float32),
        "MV2c10": rng.uniform(-1.0, 1.0, shape).astype(np.float32),
    }
    there = np.arange(shape[1]) < np.minimum(rng.poisson(1.2, n), shape[1])[:, None]
    return _jagged(quantities, there, order=np.argsort(-np.where(there, pt, 0.0), axis=1, kind="stable"))


def _leptons(rng: np.random.Generator, n: int) -> ak.Array:
    shape = (n, 2)
    pt, eta = 7.0 + rng.exponential(10.0, shape), rng.uniform(-2.5, 2.5, shape)
    quantities = {
        "pt": _mev(pt),
        "eta": eta.astype(np.float32),
        "phi": rng.uniform(-np.pi, np.pi, shape).astype(np.float32),
        "E": _mev(pt * np.cosh(eta)),
        "charge": rng.choice(np.array([-1, 1], dtype=np.int32), shape),
        "type": rng.choice(np.array([11, 13], dtype=np.uint32), shape),
        "isTightID": rng.uniform(size=shape) < 0.5,
    }
    there = np.arange(shape[1]) < np.minimum(rng.poisson(0.04, n), shape[1])[:, None]
    return _jagged(quantities, there, order=np.argsort(-np.where(there, pt, 0.0), axis=1, kind="stable"))


def _mev(gev: _Rows) -> _Rows:
    return (1000.0 * gev).astype(np.float32)


def _jagged(quantities: dict[str, _Rows], there: _Rows, order: _Rows) -> ak.Array:
    """Lists of the slots that are there, in the given order; those that are not there come last in it."""
    kept = np.take_along_axis(there, order, axis=1)
    counts = kept.sum(axis=1)
    return ak.zip(
        {
            name: ak.unflatten(np.take_along_axis(values, order, axis=1)[kept], counts)
            for name, values in quantities.items()
        }
    )
