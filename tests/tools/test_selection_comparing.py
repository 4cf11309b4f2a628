"""Comparing two results: the first cut and the first events that differ."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from selection_cases import compare as condition
from selection_cases import count, cut, field, leading, objects

from hepcoder.tools.samples.hyy import make_hyy_sample
from hepcoder.tools.selection.comparing import compare
from hepcoder.tools.selection.engine import run
from hepcoder.tools.selection.results import SampleResult
from hepcoder.tools.selection.selection import Selection


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    make_hyy_sample(folder / "hyy.root", n_events=500, seed=3)
    return folder


def result(folder: Path, *, pt_min: float = 30, lead: float | None = 40, bins: int = 10) -> SampleResult:
    selection = Selection.model_validate({
        "sources": [{"files": ["hyy.root"]}],
        "objects": [objects("photons", "photon", cut("pt", ">", pt_min, "GeV"))],
        "candidates": [leading("y", "photons")],
        "quantities": [field("pt", "y", "pt")],
        "cuts": [count("one", "photons", ">=", 1), *([condition("hard", "pt", ">", lead, "GeV")] if lead else [])],
        "histograms": [{"name": "pt", "bins": bins, "low": 40, "high": 200}],
        "outputs": [{"kind": "table", "file": "t.csv", "columns": {"pt": "pt"}}],
    })  # fmt: skip
    return run(selection, folder).samples[0]


def test_the_same_selection_agrees(folder: Path) -> None:
    assert compare(result(folder), result(folder)).agrees


def test_the_first_cut_that_differs_is_named_with_its_events(folder: Path) -> None:
    first, second = result(folder), result(folder, pt_min=32)
    found = compare(first, second, most_examples=3)
    assert found.first_cut == "one"
    one = found.cuts[0]
    assert one.row == 1
    assert one.numbers == (first.counts["one"], second.counts["one"])
    assert len(one.only_first) == 3
    assert one.only_second == ()
    passed = {tuple(each) for each in second.ids[second.n_passed >= 1].tolist()}
    assert not passed & set(one.only_first)


def test_a_later_cut_leaves_the_rows_before_it_alone(folder: Path) -> None:
    found = compare(result(folder), result(folder, lead=45))
    assert [one.names for one in found.cuts] == [("hard", "hard")]
    assert {one.name for one in found.histograms} == {"pt"}
    assert found.values == ()


def test_rows_that_swap_events_differ_though_their_numbers_do_not(folder: Path) -> None:
    first = result(folder)
    swapped = first.n_passed.copy()
    gone, come = int(np.argmax(swapped == 2)), int(np.argmax(swapped == 0))
    swapped[[gone, come]] = swapped[[come, gone]]
    found = compare(first, replace(first, n_passed=swapped))
    assert found.first_cut == "one"
    assert found.cuts[0].only_first == (tuple(first.ids[gone].tolist()),)
    assert found.cuts[0].only_second == (tuple(first.ids[come].tolist()),)


def test_values_and_bins_that_differ_are_named(folder: Path) -> None:
    first = result(folder)
    values = np.asarray(first.values["pt"], dtype=float)
    values[3] *= 1.01
    counts = first.histograms["pt"].counts.copy()
    counts[2] += 1
    filled = {"pt": replace(first.histograms["pt"], counts=counts)}
    found = compare(first, replace(first, values={"pt": values}, histograms=filled))
    assert found.first_cut is None
    assert found.values[0].n_events == 1
    assert found.values[0].examples[0][0] == tuple(first.selected_ids[3].tolist())
    assert found.histograms[0].bins == ((2, float(counts[2] - 1), float(counts[2])),)
    flow = {"pt": replace(first.histograms["pt"], overflow=99)}
    assert compare(first, replace(first, histograms=flow)).histograms[0].what == "flow"


def test_what_is_missing_or_binned_otherwise_is_told(folder: Path) -> None:
    first = result(folder)
    assert compare(first, result(folder, bins=5)).histograms[0].what == "edges"
    found = compare(first, replace(result(folder, lead=None), histograms={}))
    assert found.histograms[0].what == "missing"
    assert len(found.cuts) == 1
    assert found.cuts[0].names == ("hard", None)
