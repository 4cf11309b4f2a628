"""Events of ROOT files as rows of numbers, GeV and radians, NaN where there is no such object."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import uproot

NAN = math.nan
SIGNAL_FILES = ("mc_ggH.root", "mc_WH.root")
DATA_FILES = ("data_A.root",)
FACTORS = ("scaleFactor_PILEUP", "scaleFactor_PHOTON", "scaleFactor_PhotonTRIGGER")


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  nothing is cut
    """Write ``signal_raw.npy`` and ``data_raw.npy``."""
    signal = [row(event, simulated=True) for name in SIGNAL_FILES for event in events_of(inputs / name)]
    data = [row(event, simulated=False) for name in DATA_FILES for event in events_of(inputs / name)]
    np.save(outputs / "signal_raw.npy", np.array(signal, dtype=np.float64))
    np.save(outputs / "data_raw.npy", np.array(data, dtype=np.float64))


def events_of(path: Path) -> Sequence[Mapping[str, Any]]:
    """All events of a file as mappings from branch to value or list."""
    with uproot.open(path) as file:
        tree = file["mini"]
        columns = {name: tree[name].array(library="ak").to_list() for name in wanted(tree.keys())}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def wanted(names: Sequence[str]) -> list[str]:
    """Branches that are needed."""
    objects = [f"{kind}_{field}" for kind in ("photon", "lep", "jet") for field in ("pt", "eta", "phi")]
    photon = ["photon_isTightID", "photon_ptcone30", "photon_etcone20"]
    event = ["met_et", "met_phi", "mcWeight", *FACTORS, "SumWeights", "XSection", "trigP", "eventNumber"]
    return [name for name in names if name in {*objects, *photon, *event}]


def row(event: Mapping[str, Any], *, simulated: bool) -> list[float]:
    """The numbers of one event."""
    photons, leptons, jets = (hardest(event, kind) for kind in ("photon", "lep", "jet"))
    numbers = kinematics(event, "photon", photons, 2) + kinematics(event, "lep", leptons, 2)
    numbers += kinematics(event, "jet", jets, 6)
    numbers += [event["met_et"] / 1000, event["met_phi"]]
    weight = math.prod([event["mcWeight"], *(event[name] for name in FACTORS)])
    numbers += [weight, event["SumWeights"], event["XSection"]] if simulated else [1.0, NAN, NAN]
    numbers += of_photons(event, "photon_isTightID", photons, 1)
    numbers += of_photons(event, "photon_ptcone30", photons, 1000)
    numbers += of_photons(event, "photon_etcone20", photons, 1000)
    return [*numbers, float(event["trigP"]), float(event["eventNumber"])]


def hardest(event: Mapping[str, Any], kind: str) -> list[int]:
    """Places of the objects of a kind, the hardest first."""
    pts = event[f"{kind}_pt"]
    return sorted(range(len(pts)), key=lambda place: -pts[place])


def kinematics(event: Mapping[str, Any], kind: str, places: Sequence[int], n: int) -> list[float]:
    """The pt in GeV, eta and phi of the first n objects."""
    numbers: list[float] = []
    for rank in range(n):
        if rank < len(places):
            pt, eta, phi = (event[f"{kind}_{field}"][places[rank]] for field in ("pt", "eta", "phi"))
            numbers += [pt / 1000, eta, phi]
        else:
            numbers += [NAN, NAN, NAN]
    return numbers


def of_photons(event: Mapping[str, Any], branch: str, places: Sequence[int], divisor: float) -> list[float]:
    """A property of the two hardest photons."""
    return [event[branch][places[rank]] / divisor if rank < len(places) else NAN for rank in range(2)]
