"""Inspection judges the data: each fault is found, clean data are left alone."""

from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot

from hepcoder.tools.inspect.inspection import inspect_input
from hepcoder.tools.inspect.quality import Finding, find_faults
from hepcoder.tools.samples.hyy import make_hyy_sample

N = 200


def columns() -> dict[str, Any]:
    dice = np.random.default_rng(5)
    counts = dice.integers(0, 4, N)
    total = int(counts.sum())
    return {
        "counts": counts,
        "pt": dice.exponential(20.0, total) + 5,
        "eta": dice.normal(0, 1.2, total),
        "phi": dice.uniform(-3.1, 3.1, total),
        "met": dice.exponential(30.0, N) + 1,
        "weight": dice.normal(1.0, 0.1, N),
        "run": np.full(N, 3),
        "luminosityBlock": np.full(N, 7),
        "event": np.arange(N),
    }


def faults(folder: Path, found: dict[str, Any], request: str = "") -> tuple[Finding, ...]:
    path = folder / "data.root"
    counts = found["counts"]
    muon = ak.zip({name: ak.unflatten(found[name], counts) for name in ("pt", "eta", "phi")})
    with uproot.recreate(path) as file:
        events = {"Muon": muon, "MET_pt": found["met"], "genWeight": found["weight"]}
        file["Events"] = events | {name: found[name] for name in ("run", "luminosityBlock", "event")}
    return find_faults(path, inspect_input(path), request)


def test_clean_data_are_left_alone(tmp_path: Path) -> None:
    assert faults(tmp_path, columns()) == ()
    sample = make_hyy_sample(tmp_path / "hyy.root", n_events=300)
    assert find_faults(sample, inspect_input(sample)) == ()


def changed(name: str) -> dict[str, Any]:
    found = columns()
    pt, weight = found["pt"], found["weight"]
    if name == "non_finite":
        pt[3], pt[8] = np.nan, np.inf
    elif name == "negative":
        pt[5] = -4.0
    elif name == "constant":
        found["met"] = np.full(N, 12.5)
    elif name == "implausible_unit":
        found["met"] = found["met"] * 1e6
    elif name == "zero_weights":
        found["weight"] = np.zeros(N)
    elif name == "wild_weights":
        weight[17] = 5e6
    elif name == "duplicate_events":
        found["event"][40] = 41
    elif name == "no_objects":
        found |= {"counts": np.zeros(N, dtype=int), "pt": pt[:0], "eta": pt[:0], "phi": pt[:0]}
    return found


@pytest.mark.parametrize(
    ("name", "where", "told"),
    [
        ("non_finite", "Muon.pt", "2 of "),
        ("negative", "Muon.pt", "1 of "),
        ("constant", "MET.pt", "are 12.5"),
        ("implausible_unit", "MET.pt", "cannot be GeV"),
        ("zero_weights", "genWeight", "are 0"),
        ("wild_weights", "genWeight", "times the median"),
        ("duplicate_events", "run, luminosityBlock, event", "1 of 200 events"),
        ("no_objects", "Muon", "no event has any"),
    ],
)
def test_each_fault_is_found_and_told(tmp_path: Path, name: str, where: str, told: str) -> None:
    found = faults(tmp_path, changed(name))
    assert [(one.name, one.where) for one in found] == [(name, where)]
    assert told in found[0].text


def test_only_what_a_request_needs_is_judged(tmp_path: Path) -> None:
    assert faults(tmp_path, changed("negative"), "the mean MET") == ()
    assert [one.name for one in faults(tmp_path, changed("negative"), "muons with pt > 5")] == ["negative"]
    assert [one.name for one in faults(tmp_path, changed("zero_weights"), "the mean MET")] == ["zero_weights"]


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "none.root"
    with uproot.recreate(path) as file:
        file.mktree("Events", {"MET_pt": "float64"})
    assert [one.name for one in find_faults(path, inspect_input(path))] == ["no_events"]
