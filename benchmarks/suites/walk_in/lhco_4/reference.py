"""Leptons and b-jets of two tops."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.everyday.plain import (
    edges_of,
    fill,
    gap,
    mass_of,
    mean,
    momentum,
    read_lhco,
    save,
    save_arrays,
    save_table,
)  # fmt: skip

STEPS = ("dilepton", "z_veto", "two_b", "mlb")
CHANNELS = {2: "ee", 4: "mumu", 3: "emu"}
Row = Mapping[str, Any]


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write cutflow, histogram and mean; return the smallest relative distance to a cut or an edge."""
    c, distance = constants, math.inf
    edges = edges_of(c["n_bins"], c["low"], c["high"])
    cutflow = {channel: dict.fromkeys(STEPS, 0) for channel in CHANNELS.values()}
    masses: list[float] = []
    for rows in read_lhco(inputs / "events.lhco"):
        leptons = [row for row in rows if is_lepton(row, c)]
        if len(leptons) != 2 or leptons[0]["tracks"] * leptons[1]["tracks"] > 0:
            continue
        channel = CHANNELS[leptons[0]["kind"] + leptons[1]["kind"]]
        cutflow[channel]["dilepton"] += 1
        dilepton_mass = mass_of(momentum(leptons[0]), momentum(leptons[1]))
        in_window = c["z_low"] < dilepton_mass < c["z_high"]
        met = sum(row["pt"] for row in rows if row["kind"] == 6)
        distance = min(distance, gap(dilepton_mass, c["z_low"], c["z_high"]))
        if channel != "emu" and (in_window or met <= c["met_min"]):
            continue
        cutflow[channel]["z_veto"] += 1
        bjets = [row for row in rows if is_b_jet(row, c)]
        if len(bjets) < 2:
            continue
        cutflow[channel]["two_b"] += 1
        bjets.sort(key=lambda row: -row["pt"])
        masses.append(smaller_mass(leptons, bjets))
        if masses[-1] < c["mlb_max"]:
            cutflow[channel]["mlb"] += 1
    save_table(outputs / "cutflow.csv", ["channel", *STEPS], [[name, *n.values()] for name, n in cutflow.items()])
    save_arrays(outputs / "mlb.npz", counts=fill(masses, edges), edges=edges)
    save(outputs / "mlb.json", mean_mlb=mean([mass for mass in masses if mass < c["mlb_max"]]))
    return min([distance, *(gap(mass, c["mlb_max"], *edges) for mass in masses)])


def smaller_mass(leptons: list[dict[str, Any]], bjets: list[dict[str, Any]]) -> float:
    """The larger mass of a lepton and a b-jet, in that way to pair them for which it is smaller."""
    first = [pair_mass(leptons[0], bjets[0]), pair_mass(leptons[1], bjets[1])]
    second = [pair_mass(leptons[0], bjets[1]), pair_mass(leptons[1], bjets[0])]
    return min(max(first), max(second))


def pair_mass(lepton: Row, jet: Row) -> float:
    """Mass of a lepton and a jet."""
    return mass_of(momentum(lepton), momentum(jet, jet["mass"]))


def is_lepton(row: Row, c: Mapping[str, Any]) -> bool:
    """Whether a row is a hard and central electron or muon."""
    return row["kind"] in (1, 2) and row["pt"] > c["lep_pt"] and abs(row["eta"]) < c["lep_eta"]


def is_b_jet(row: Row, c: Mapping[str, Any]) -> bool:
    """Whether a row is a hard and central jet with a b-tag."""
    is_central = row["kind"] == 4 and abs(row["eta"]) < c["jet_eta"]
    return bool(is_central and row["pt"] >= c["jet_pt"] and row["tag"] > 0)
