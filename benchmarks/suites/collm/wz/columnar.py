"""WZ to three leptons, all events at once."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np

BINS = {
    "m_z": (75, 105), "mt_w": (30, 110), "met": (20, 120), "pt_3l": (0, 100), "pt_z": (10, 130), "pt_lw": (20, 100),
    "dphi_z_met": (0, 3.2), "m_3l": (110, 350), "dr_z": (0.5, 3.5), "eta_lw": (-1.25, 1.25),
}  # fmt: skip


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write cutflow, histograms and candidates."""
    c, (events, numbers, met) = constants, read(inputs / "events.lhco")
    is_electron, is_muon = events.kind == 1, events.kind == 2
    pt_min = ak.where(is_electron, c["electron_pt"], c["muon_pt"])
    eta_max = ak.where(is_electron, c["electron_eta"], c["muon_eta"])
    leptons = events[(is_electron | is_muon) & (events.pt > pt_min) & (abs(events.eta) < eta_max)]
    alive = {"all": np.ones(len(events), dtype=bool), "three_leptons": ak.to_numpy(ak.num(leptons) == 3)}

    three = leptons[alive["three_leptons"]]
    pairs, left = [(0, 1), (0, 2), (1, 2)], [2, 1, 0]
    masses = np.stack([mass(three[:, one], three[:, two]) for one, two in pairs], axis=1)
    alike = [three[:, one].kind == three[:, two].kind for one, two in pairs]
    opposite = [three[:, one].ntrk * three[:, two].ntrk < 0 for one, two in pairs]
    fits = np.stack([ak.to_numpy(one & other) for one, other in zip(alike, opposite, strict=True)], axis=1)
    best = np.argmin(np.where(fits, abs(masses - c["z_mass"]), np.inf), axis=1)
    rows = np.arange(len(three))
    first, second, third = (
        three[rows, np.array(places)[best]] for places in ([one for one, _ in pairs], [two for _, two in pairs], left)
    )
    missing = met[alive["three_leptons"]]
    values = {
        "m_z": masses[rows, best],
        "mt_w": np.sqrt(2 * third.pt * missing.pt * (1 - np.cos(third.phi - missing.phi))),
        "met": missing.pt,
        "pt_3l": np.hypot(*plane(first, second, third)),
        "pt_z": np.hypot(*plane(first, second)),
        "pt_lw": third.pt,
        "dphi_z_met": turned(np.arctan2(*plane(first, second)[::-1]) - missing.phi),
        "m_3l": mass(first, second, third),
        "dr_z": np.hypot(first.eta - second.eta, turned(first.phi - second.phi)),
        "eta_lw": third.eta,
    }
    values = {name: np.asarray(each, dtype=float) for name, each in values.items()}
    cuts = {
        "ossf_pair": fits.any(axis=1),
        "z_window": (values["m_z"] > c["z_low"]) & (values["m_z"] < c["z_high"]),
        "met": values["met"] > c["met_min"],
        "lw_pt": values["pt_lw"] >= c["lw_pt"],
        "mt_w": values["mt_w"] > c["mt_w_min"],
    }
    passed, cutflow = np.ones(len(three), dtype=bool), {name: int(each.sum()) for name, each in alive.items()}
    for name, cut in cuts.items():
        passed = passed & cut
        cutflow[name] = int(passed.sum())
    chosen = {name: each[passed] for name, each in values.items()}
    (outputs / "cutflow.json").write_text(json.dumps(cutflow))
    save(outputs / "histograms.npz", chosen, c["n_bins"])
    with (outputs / "candidates.csv").open("w", newline="") as file:
        columns = [numbers[alive["three_leptons"]][passed], *(chosen[name] for name in ("m_z", "m_3l", "mt_w"))]
        csv.writer(file).writerows([["event", "m_z", "m_3l", "mt_w"], *zip(*columns, strict=True)])


def read(path: Path) -> tuple[ak.Array, Any, Any]:
    """Leptons and other objects of each event, its number, and its missing momentum."""
    table = [line.split() for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    table = [words for words in table if words[0] != "#"]
    is_head = np.array([words[0] == "0" for words in table])
    numbers = np.array([int(words[1]) for words in table if words[0] == "0"])
    flat = np.array([[float(word) for word in words[1:9]] for words in table if words[0] != "0"])
    owner = (np.cumsum(is_head) - 1)[~is_head]
    names = ("kind", "eta", "phi", "pt", "jmass", "ntrk")
    counts = np.bincount(owner, minlength=len(numbers))
    events = ak.zip({name: ak.unflatten(flat[:, column], counts) for column, name in enumerate(names)})
    missing = ak.pad_none(events[events.kind == 6], 1)[:, 0]
    return events, numbers, missing


def plane(*leptons: Any) -> tuple[Any, Any]:
    """Transverse momentum of a sum."""
    return sum(each.pt * np.cos(each.phi) for each in leptons), sum(each.pt * np.sin(each.phi) for each in leptons)


def mass(*leptons: Any) -> Any:
    """Mass of a sum of massless leptons."""
    px, py = plane(*leptons)
    energy, pz = (sum(each.pt * f(each.eta) for each in leptons) for f in (np.cosh, np.sinh))
    return np.sqrt(ak.to_numpy(energy**2 - pz**2 - px**2 - py**2))


def turned(angle: Any) -> Any:
    """An angle in 0 ... pi."""
    return np.arccos(np.cos(angle))


def save(path: Path, values: Mapping[str, Any], n_bins: int) -> None:
    """Write all histograms."""
    arrays: dict[str, Any] = {}
    for name, (low, high) in BINS.items():
        counts, edges = np.histogram(values[name], bins=n_bins, range=(low, high))
        arrays |= {f"{name}_counts": counts, f"{name}_edges": edges}
        arrays |= {f"{name}_underflow": (values[name] < low).sum(), f"{name}_overflow": (values[name] > high).sum()}
    np.savez(path, **arrays)
