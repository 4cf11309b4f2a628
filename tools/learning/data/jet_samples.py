"""Jets with their constituents: boosted W bosons against quark and gluon jets, with simple physics."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.data.known import Sample, write_process
from hepcoder.tools.learning.inputs import Inputs, ObjectList

_Array = npt.NDArray[np.float64]

W_MASS_GEV, W_WIDTH_GEV = 80.4, 2.1
JET_RADIUS = 0.8
_COLOUR = {"quark": 4 / 3, "gluon": 3.0}
_COUPLING = 0.12
_MOST_EMISSIONS, _MOST_PIECES = 6, 14
_SCALE_GEV = 0.35
_SOFTEST_SHARE = 0.02
_PION_GEV = 0.13957


def jet_tagging(folder: str | Path, n: int, seed: int, *, backgrounds: tuple[str, ...] = ("quark", "gluon")) -> Sample:
    """Write jets of 300 to 600 GeV with their constituents: ``w`` as signal, ``quark`` and ``gluon`` as backgrounds.

    - A quark or gluon jet is one prong that radiates: the number of emissions is Poisson, their density
      (2 alpha_s C / pi) dz/z dR/R with C = 4/3 or 3, z from 0.02 to 0.5 and R from 0.02 to 0.8.
    - A W is two quark prongs with momentum shares z and 1 - z, z uniform (cos theta* is uniform), at the opening angle
      m / (pt sqrt(z (1 - z))), m from a Breit-Wigner of the W; both radiate within that angle. Decays that are wider
      than the jet are drawn again.
    - Each prong breaks into charged and neutral pieces, more of them in a gluon, with a momentum across the prong of
      some 0.35 GeV; charged ones are pions by mass, neutral ones have none.

    Which classifier is best is not known. Columns: ``jet_pt``, ``jet_eta``, ``jet_mass`` and ``constituents`` with pt,
    eta, phi, mass (GeV) and charge, sorted by pt. The mass alone separates well, so it is not among the inputs: a
    classifier has to find it in the constituents.

    Args:
        folder: Where one Parquet file for each process is written.
        n: Jets of each process, 1 or more.
        seed: Of the jets.
        backgrounds: Some of ``quark`` and ``gluon``.

    Returns:
        Processes, with the label ``background`` or ``signal``, and inputs.
    """
    rng = np.random.default_rng(seed)
    fields = ("pt", "eta", "phi", "mass", "charge")
    inputs = Inputs(
        event=("jet_pt", "jet_eta"),
        objects=(ObjectList(name="constituents", fields=fields, most=40),),
    )
    labels = dict.fromkeys(backgrounds, "background") | {"w": "signal"}
    processes = tuple(
        write_process(Path(folder), name, _jets(rng, n, name), label=label) for name, label in labels.items()
    )
    return Sample(processes, inputs)


def _jets(rng: np.random.Generator, n: int, kind: str) -> dict[str, Any]:
    pt, axis = rng.uniform(300.0, 600.0, n), (rng.uniform(-2.0, 2.0, n), rng.uniform(-np.pi, np.pi, n))
    growth = 4.0 if kind == "gluon" else 3.0
    alone = np.zeros((2, n)), np.full(n, JET_RADIUS)
    prongs = _boson(rng, pt) if kind == "w" else _radiated(rng, pt, *alone, kind)
    return _jet_columns(_pieces(rng, prongs, growth), axis)


def _boson(rng: np.random.Generator, pt: _Array) -> dict[str, _Array]:
    """Prongs of a boson's two quarks, about the direction of the boson."""
    n = len(pt)
    z, opening = np.zeros(n), np.full(n, np.inf)
    while (wide := opening > JET_RADIUS).any():
        number = int(wide.sum())
        mass = np.abs(W_MASS_GEV + 0.5 * W_WIDTH_GEV * np.tan(rng.uniform(-1.4, 1.4, number)))
        z[wide] = rng.uniform(0.05, 0.95, number)
        opening[wide] = mass / (pt[wide] * np.sqrt(z[wide] * (1 - z[wide])))
    angle = rng.uniform(-np.pi, np.pi, n)
    direction = np.stack([np.cos(angle), np.sin(angle)])
    one = _radiated(rng, z * pt, (1 - z) * opening * direction, opening, "quark")
    two = _radiated(rng, (1 - z) * pt, -z * opening * direction, opening, "quark")
    return {name: np.concatenate([one[name], two[name]], axis=-1) for name in one}


def _radiated(rng: np.random.Generator, pt: _Array, at: _Array, widest: _Array, kind: str) -> dict[str, _Array]:
    """A prong and what it emits: pt (n, prongs), and places relative to the jet (2, n, prongs)."""
    narrowest, shape = 0.02, (len(pt), _MOST_EMISSIONS)
    area = np.log(0.5 / _SOFTEST_SHARE) * np.log(np.maximum(widest / narrowest, 1.0))
    number = rng.poisson(2 * _COUPLING * _COLOUR[kind] / np.pi * area)
    emitted = np.arange(_MOST_EMISSIONS) < number[:, None]
    z = np.where(emitted, np.exp(rng.uniform(np.log(_SOFTEST_SHARE), np.log(0.5), shape)), 0.0)
    left = np.cumprod(1 - z, axis=1)
    shares = np.concatenate([left[:, -1:], z * left / (1 - z)], axis=1)
    r = np.exp(rng.uniform(np.log(narrowest), np.log(np.maximum(widest, narrowest))[:, None], shape))
    angle = rng.uniform(-np.pi, np.pi, shape)
    away = np.stack([r * np.cos(angle), r * np.sin(angle)])
    places = np.concatenate([np.zeros((2, len(pt), 1)), away], axis=2) + at[:, :, None]
    recoil = (shares * places).sum(axis=2, keepdims=True) - at[:, :, None]
    return {"pt": shares * pt[:, None], "at": places - recoil}


def _pieces(rng: np.random.Generator, prongs: Mapping[str, _Array], growth: float) -> dict[str, _Array]:
    """Constituents, each (n, prongs times pieces), 0 GeV where there is none."""
    pt = prongs["pt"][:, :, None]
    number = 1 + rng.poisson(growth * np.log1p(np.maximum(pt, 0.0) / 20.0))
    there = (np.arange(_MOST_PIECES) < number) & (pt > 0)
    shares = np.where(there, rng.gamma(0.7, size=there.shape) + 1e-6, 0.0)
    shares /= np.maximum(shares.sum(axis=2, keepdims=True), 1e-12)
    momentum = shares * pt
    across = rng.normal(0.0, _SCALE_GEV, (2, *there.shape)) / np.maximum(momentum, _SCALE_GEV)
    charge = np.where(rng.uniform(size=there.shape) < 0.62, rng.choice([-1.0, 1.0], there.shape), 0.0)
    flat = (len(momentum), -1)
    eta, phi = prongs["at"][:, :, :, None] + across
    values = {"pt": momentum, "eta": eta, "phi": phi, "charge": charge}
    return {name: one.reshape(flat) for name, one in values.items()}


def _jet_columns(pieces: Mapping[str, _Array], axis: tuple[_Array, _Array]) -> dict[str, Any]:
    """Jet and constituents as a detector gives them: those above 0.5 GeV, within the radius, sorted by pt."""
    pt = np.where(np.hypot(pieces["eta"], pieces["phi"]) < JET_RADIUS, pieces["pt"], 0.0)
    eta, phi = pieces["eta"] + axis[0][:, None], pieces["phi"] + axis[1][:, None]
    phi = (phi + np.pi) % (2 * np.pi) - np.pi
    pt = np.where(pt > 0.5, pt, 0.0)
    order = np.argsort(-pt, axis=1, kind="stable")
    kept = np.take_along_axis(pt > 0, order, axis=1)
    values = {"pt": pt, "eta": eta, "phi": phi, "charge": pieces["charge"]}
    values["mass"] = np.where(values["charge"] == 0, 0.0, _PION_GEV)
    constituents = {
        name: ak.unflatten(np.take_along_axis(one, order, axis=1)[kept].astype(np.float32), kept.sum(axis=1))
        for name, one in values.items()
    }
    px, py, pz = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    energy = np.sqrt(px**2 + py**2 + pz**2 + values["mass"] ** 2)
    e, x, y, z = (np.where(pt > 0, one, 0.0).sum(axis=1) for one in (energy, px, py, pz))
    jet = {
        "jet_pt": np.hypot(x, y),
        "jet_eta": np.arcsinh(z / np.hypot(x, y)),
        "jet_mass": np.sqrt(np.maximum(e**2 - x**2 - y**2 - z**2, 0.0)),
    }
    return {name: one.astype(np.float32) for name, one in jet.items()} | {"constituents": ak.zip(constituents)}
