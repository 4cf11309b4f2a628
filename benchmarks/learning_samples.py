"""Signal and backgrounds of CoLLM's five analyses (arXiv 2602.06496) as LHCO files, and what a classifier looks at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.benchmarks.suites.events.decays import breit_wigner
from hepcoder.benchmarks.suites.events.detector import measured
from hepcoder.benchmarks.suites.events.lhco import event_numbers, write_lhco
from hepcoder.benchmarks.suites.events.particles import Kind, Particles, mixed, together
from hepcoder.benchmarks.suites.events.processes import (
    diphoton,
    fusion,
    photon_jet,
    pile_up,
    tau_jets,
    tops,
    w_jets,
    ww,
    wz,
    z_jets,
    zz,
)
from hepcoder.benchmarks.suites.events.response import Detector
from hepcoder.tools.learning.data.selected_records import SampleFiles
from hepcoder.tools.learning.inputs import Inputs, ObjectList
from hepcoder.tools.selection.selection import Selection

Dice = np.random.Generator
Make = Callable[[Dice, int], Particles]

Z_MASS_GEV, H_MASS_GEV = 91.2, 125.0
FIELDS = {
    "electrons": ("Electron", ("pt", "eta", "phi", "mass", "charge"), 2),
    "muons": ("Muon", ("pt", "eta", "phi", "mass", "charge"), 2),
    "taus": ("Tau", ("pt", "eta", "phi", "mass", "charge"), 2),
    "photons": ("Photon", ("pt", "eta", "phi", "mass"), 2),
    "jets": ("Jet", ("pt", "eta", "phi", "mass", "btag"), 6),
}
PT_MIN_GEV = {"electrons": 15.0, "muons": 15.0, "taus": 20.0, "photons": 20.0, "jets": 20.0}


@dataclass(frozen=True)
class Analysis:
    """An analysis before its own cuts.

    Attributes:
        signal: Makes the signal.
        backgrounds: Make the backgrounds, by name.
        lists: Lists of objects that a classifier sees, as named in `FIELDS`.
        counts: Least number of objects in some of these lists together: the preselection.
        detector: What is measured of the particles.
    """

    signal: Make
    backgrounds: Mapping[str, Make]
    lists: tuple[str, ...]
    counts: tuple[tuple[tuple[str, ...], int], ...]
    detector: Detector = field(default_factory=Detector)


def _resonance(make: Callable[[Dice, Any], Particles], mass_gev: float, width_gev: float) -> Make:
    low, high = 0.7 * mass_gev, 1.3 * mass_gev
    return lambda rng, n: make(rng, breit_wigner(rng, mass_gev, width_gev, n, low=low, high=high))


def _continuum(rng: Dice, n: int) -> Particles:
    return diphoton(rng, 75.0 + rng.exponential(45.0, n))


ANALYSES: Mapping[str, Analysis] = {
    "ww": Analysis(
        ww,
        {"wjets": w_jets, "tops": tops, "zjets": z_jets},
        ("electrons", "muons", "jets"),
        ((("electrons", "muons"), 1), (("jets",), 2)),
    ),
    "ttbar": Analysis(
        tops,
        {"wjets": lambda rng, n: w_jets(rng, n, n_jets=4), "ww": ww},
        ("electrons", "muons", "jets"),
        ((("electrons", "muons"), 1), (("jets",), 2)),
        Detector(tag_efficiency=0.75, mistag=0.1),
    ),
    "hgg": Analysis(
        _resonance(diphoton, H_MASS_GEV, 0.004),
        {"continuum": _continuum, "photon_jet": photon_jet},
        ("photons", "jets"),
        ((("photons",), 2),),
        Detector(fakes={Kind.PHOTON: 0.25}),
    ),
    "wz": Analysis(
        lambda rng, n: wz(rng, n, Z_MASS_GEV),
        {"zjets": z_jets, "zz": lambda rng, n: zz(rng, n, 2 * Z_MASS_GEV, z_mass=Z_MASS_GEV), "tops": tops},
        ("electrons", "muons", "jets"),
        ((("electrons", "muons"), 2),),
        Detector(fakes={Kind.ELECTRON: 0.08}),
    ),
    "vbf": Analysis(
        _resonance(fusion, H_MASS_GEV, 0.004),
        {
            "ztautau": _resonance(tau_jets, Z_MASS_GEV, 2.5),
            "zfusion": _resonance(fusion, Z_MASS_GEV, 2.5),
            "tops": tops,
        },
        ("electrons", "muons", "taus", "jets"),
        ((("electrons", "muons", "taus"), 1), (("jets",), 2)),
        Detector(fakes={Kind.TAU: 0.15}, mistag=0.04),
    ),
}


def make_samples(name: str, folder: Path, n: int, seed: int) -> tuple[SampleFiles, ...]:
    """Write one LHCO file for the signal and one for each background.

    Args:
        name: Of the analysis.
        folder: Where they are written.
        n: Events of each.
        seed: Of everything that is drawn.

    Returns:
        The samples, the signal first.
    """
    analysis, rng = ANALYSES[name], np.random.default_rng(seed)
    found = []
    for process, make in {"signal": analysis.signal, **analysis.backgrounds}.items():
        particles = together([make(rng, n), pile_up(rng, n, mean=0.8, b_share=0.1)])
        path = folder / f"{process}.lhco"
        objects = measured(rng, mixed(rng, [(particles, n)], n), analysis.detector)
        write_lhco(path, objects, event_numbers(rng, n), seed=int(rng.integers(2**31)))
        label = "signal" if process == "signal" else "background"
        found.append(SampleFiles(name=process, label=label, files=(str(path),)))
    return tuple(found)


def preselection(name: str) -> Selection:
    """The objects of an analysis and how many of them an event must have."""
    analysis = ANALYSES[name]
    objects = [_objects(one) for one in analysis.lists]
    cuts = [
        {"name": " ".join(lists), "when": {"kind": "count", "of": list(lists), "op": ">=", "value": least}}
        for lists, least in analysis.counts
    ]
    return Selection.model_validate({"sources": [{"files": ["events.lhco"]}], "objects": objects, "cuts": cuts})


def fields_of(name: str) -> dict[str, Sequence[str]]:
    """Fields of the objects that are written for a classifier, by list."""
    return {one: FIELDS[one][1] for one in ANALYSES[name].lists}


def inputs_for(name: str) -> Inputs:
    """What the classifiers of an analysis look at."""
    lists = [ObjectList(name=one, fields=FIELDS[one][1], most=FIELDS[one][2]) for one in ANALYSES[name].lists]
    return Inputs(event=("met",), objects=tuple(lists))


def _objects(name: str) -> dict[str, Any]:
    cut = {"kind": "cut", "field": "pt", "op": ">", "value": PT_MIN_GEV[name], "unit": "GeV"}
    return {"kind": "objects", "name": name, "of": FIELDS[name][0], "cuts": [cut]}
