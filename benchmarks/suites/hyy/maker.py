"""Two simulated signals and the data: a falling continuum with some of both signals in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.boundaries import with_spots
from hepcoder.benchmarks.suites.events.detector import Objects, measured
from hepcoder.benchmarks.suites.events.momenta import Floats
from hepcoder.benchmarks.suites.events.particles import Kind, Particles
from hepcoder.benchmarks.suites.events.response import Detector, Response
from hepcoder.benchmarks.suites.hyy.collisions import continuum, gluon_fusion, with_w
from hepcoder.benchmarks.suites.hyy.mini import Sample, write_mini

SIGNALS = {"mc_ggH.root": (gluon_fusion, "xsec_ggh"), "mc_WH.root": (with_w, "xsec_wh")}
"""Process and the constant with its cross-section times branching ratio in fb, by file."""

_GENERATED = {"mc_ggH.root": 2600, "mc_WH.root": 1500}
_TYPICAL_WEIGHT = {"mc_ggH.root": 28.3, "mc_WH.root": 0.31}
_CHANNEL = {"mc_ggH.root": 343_981, "mc_WH.root": 345_318}
_NEGATIVE = 0.03
_STORED = 0.8  # of the generated events, empty ones among them
_N_CONTINUUM, _EMPTY = 9000, 0.03
_FACTORS = 0.98 * 0.99  # means of the scale factors
_FAKES: Mapping[int, float] = {Kind.PHOTON: 0.02, Kind.ELECTRON: 0.004, Kind.TAU: 0.03}


def make(folder: Path, seed: int, constants: Mapping[str, Any], *, null: bool = False) -> None:
    """Write ``mc_ggH.root``, ``mc_WH.root`` and ``data_A.root``; where `null`, the data hold no signal."""
    rng = np.random.default_rng(seed)
    for name in SIGNALS:
        _write_signal(folder / name, rng, constants)
    _write_data(folder / "data_A.root", rng, constants, 0.0 if null else constants["mu_true"])


def _write_signal(path: Path, rng: np.random.Generator, constants: Mapping[str, Any]) -> None:
    process, xsec = SIGNALS[path.name]
    weights = _weights(rng, path.name)
    n = int(rng.binomial(len(weights), _STORED))
    objects = _measured(rng, process(rng, n, constants["mass"]), constants, share=0.01)
    sample = Sample(
        channel=_CHANNEL[path.name],
        weights=weights[:n],
        sum_weights=float(weights.sum()),
        xsec_pb=constants[xsec] / 1000.0,
    )
    write_mini(path, rng, objects, sample)


def _weights(rng: np.random.Generator, name: str) -> Floats:
    """Generator weights of all generated events, a few of them negative."""
    n = _GENERATED[name]
    sign = np.where(rng.random(n) < _NEGATIVE, -1.0, 1.0)
    return np.asarray(sign * _TYPICAL_WEIGHT[name] * rng.uniform(0.8, 1.2, n))


def _write_data(path: Path, rng: np.random.Generator, constants: Mapping[str, Any], mu: float) -> None:
    n = int(rng.poisson(_N_CONTINUUM))
    parts = [(_measured(rng, continuum(rng, n), constants, share=0.3), n)]
    for process, xsec in SIGNALS.values():
        n = int(rng.poisson(mu * constants[xsec] * constants["lumi"] * _STORED * _FACTORS))
        if n:
            parts.append((_measured(rng, process(rng, n, constants["mass"]), constants, share=0.01), n))
    n_events = int(sum(n for _, n in parts) * (1.0 + _EMPTY))
    sample = Sample(channel=0, weights=np.zeros(n_events), sum_weights=0.0, xsec_pb=0.0)
    write_mini(path, rng, _shuffled(rng, parts, n_events), sample)


def _shuffled(rng: np.random.Generator, parts: Sequence[tuple[Objects, int]], n_events: int) -> Objects:
    """The events of several processes at random places of one sample; the other places stay empty."""
    places, start = rng.permutation(n_events), 0
    columns: dict[str, list[Any]] = {name: [] for name in Objects.__dataclass_fields__}
    for objects, n in parts:
        for name, values in columns.items():
            values.append(places[start : start + n][objects.event] if name == "event" else getattr(objects, name))
        start += n
    order = np.argsort(np.concatenate(columns["event"]), kind="stable")
    return Objects(**{name: np.concatenate(values)[order] for name, values in columns.items()})


def _measured(rng: np.random.Generator, particles: Particles, constants: Mapping[str, Any], *, share: float) -> Objects:
    """Objects, a share of the photons moved onto a cut close by: few of a signal, whose mass this would spoil."""
    responses = dict(Detector().responses)
    responses |= {
        Kind.PHOTON: Response(0.10, 0.008, 0.001, 0.94, 2.6, 14.0),
        Kind.JET: Response(0.70, 0.04, 0.02, 0.99, 4.5, 24.0),
    }
    objects = measured(rng, particles, Detector(responses=responses, fakes=_FAKES))
    spots = {
        (Kind.PHOTON, "pt"): [constants["pt_first"], constants["pt_second"]],
        (Kind.PHOTON, "eta"): [constants[name] for name in ("eta_max", "crack_low", "crack_high")],
    }
    return with_spots(rng, objects, spots, share=share, near=0.15)
