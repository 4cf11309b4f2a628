"""The engine: a selection against plain loops, in slices, with weights; the script beside it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from hypothesis import given, settings
from hypothesis import strategies as st
from selection_cases import compare, count, cut, field, hyy, leading, objects, quantity, table, window
from selection_runs import by_engine, by_script, contents, script_of

from hepcoder.tools.layout_records import Branch
from hepcoder.tools.layouts import find_layout
from hepcoder.tools.samples.hyy import make_hyy_sample
from hepcoder.tools.selection.engine import run, run_on
from hepcoder.tools.selection.program import lower
from hepcoder.tools.selection.selection import Selection


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_hyy_sample(tmp_path_factory.mktemp("hyy") / "hyy.root", n_events=1200, seed=5)


def good_photons(event: Mapping[str, Any]) -> list[dict[str, float]]:
    photons = []
    for number in range(len(event["photon_pt"])):
        each = {
            name: event[f"photon_{name}"][number] for name in ("pt", "eta", "phi", "isTightID", "ptcone30", "etcone20")
        }
        isolated = each["ptcone30"] / each["pt"] < 0.065 and each["etcone20"] / each["pt"] < 0.065
        eta = abs(each["eta"])
        if each["pt"] / 1000 > 25 and (eta < 1.37 or 1.52 <= eta < 2.37) and each["isTightID"] and isolated:
            photons.append(each)
    return sorted(photons, key=lambda one: -one["pt"])


def by_loop(path: Path) -> tuple[list[int], list[int], list[float]]:
    """Events after each cut, the numbers of the selected ones, and their masses in GeV."""
    flow, selected, masses = [0] * 7, [], []
    with uproot.open(path) as file:
        events = file["mini"].arrays().to_list()
    for event in events:
        photons = good_photons(event)
        steps = [True, bool(event["trigP"])]
        steps.append(len(photons) == 2)
        if len(photons) == 2:
            one, two = photons
            squared = 2 * one["pt"] * two["pt"] * (np.cosh(one["eta"] - two["eta"]) - np.cos(one["phi"] - two["phi"]))
            m, pt1, pt2 = np.sqrt(squared) / 1000, one["pt"] / 1000, two["pt"] / 1000
            steps += [pt1 > 35, 105 < m < 160, pt1 / m > 0.35, pt2 / m > 0.25]
        else:
            steps += [False] * 4
        for row in range(7):
            flow[row] += all(steps[: row + 1])
        if all(steps):
            selected.append(event["eventNumber"])
            masses.append(float(m))
    return flow, selected, masses


def test_the_diphoton_selection_agrees_with_a_loop_and_with_its_script(sample: Path, tmp_path: Path) -> None:
    selection = hyy(sample.name)
    results = by_engine(selection, sample.parent, tmp_path / "engine")
    by_script(selection, sample.parent, tmp_path / "script")
    found = contents(tmp_path / "engine", selection)
    assert found == contents(tmp_path / "script", selection)
    flow, selected, masses = by_loop(sample)
    assert list(results.samples[0].counts.values()) == flow
    assert found["result.json"]["events"] == selected
    assert found["result.json"]["n_selected"] == len(selected) > 40
    assert found["result.json"]["mean_mass"] == pytest.approx(np.mean(masses))
    assert sum(found["all.npz"]["m_counts"]) == len(selected)
    assert sum(found["all.npz"]["m_central_counts"]) == found["result.json"]["n_central"] < len(selected)
    assert found["cutflow.json"]["mass"] == flow[4]
    assert len(found["central.npz"]["m"]) == found["result.json"]["n_central"]


def test_slices_give_what_the_whole_gives(sample: Path, tmp_path: Path) -> None:
    whole = hyy(sample.name)
    selection = whole.model_copy(update={"outputs": tuple(one for one in whole.outputs if one.kind != "plot")})
    by_engine(selection, sample.parent, tmp_path / "whole")
    results = by_engine(selection, sample.parent, tmp_path / "slices", step_size=500)
    assert contents(tmp_path / "whole", selection) == contents(tmp_path / "slices", selection)
    assert results.samples[0].ids.shape == (1200, 2)
    assert results.samples[0].id_names == ("runNumber", "eventNumber")


def test_files_of_one_sample_follow_each_other(sample: Path, tmp_path: Path) -> None:
    once = hyy(sample.name)
    twice = once.model_copy(update={"sources": (once.sources[0].model_copy(update={"files": (sample.name,) * 2}),)})
    one, two = (run(each, sample.parent).samples[0] for each in (once, twice))
    assert two.counts == {name: 2 * number for name, number in one.counts.items()}
    assert two.histograms["m"].counts.tolist() == (2 * one.histograms["m"].counts).tolist()
    assert "ak.concatenate" in script_of(twice, sample.parent)


def test_two_samples_make_a_function_of_the_script(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for seed, name in ((1, "one"), (2, "two")):
        make_hyy_sample(tmp_path / "data" / f"{name}.root", n_events=200, seed=seed)
    selection = Selection.model_validate({
        "sources": [{"name": name, "files": [f"{name}.root"]} for name in ("one", "two")],
        "objects": [objects("photons", "photon", cut("pt", ">", 30, "GeV"))],
        "candidates": [leading("y", "photons")],
        "quantities": [field("pt", "y", "pt"), quantity("n", "count", of=["photons"])],
        "cuts": [count('"one" photon \\ more', "photons", ">=", 1)],
        "title": 'Two """ samples \\',
        "categories": [compare("two", "n", "==", 2), compare("n_", "n", ">", 2)],
        "histograms": [{"name": "pt", "bins": 5, "low": 0, "high": 200}],
        "outputs": [
            {"kind": "json", "file": "r.json", "values": {
                name: {"kind": "events", "category": "two", "sample": name} for name in ("one", "two")}},
            {"kind": "json", "file": "means.json", "values": {
                name: {"kind": "statistic", "how": "max", "of": "pt", "sample": name} for name in ("one", "two")}},
            {"kind": "cutflow", "file": "flow.csv", "columns": {"one": "first", "two": "second"}},
            {"kind": "histograms", "file": "h.npz", "of": ["pt"], "sample": "two"},
            table("t.csv", ["pt", "n"], sample="one", category="two"),
        ],
    })  # fmt: skip
    by_engine(selection, tmp_path / "data", tmp_path / "engine")
    assert "def select(files):" in by_script(selection, tmp_path / "data", tmp_path / "script")
    assert contents(tmp_path / "engine", selection) == contents(tmp_path / "script", selection)


def test_columns_alone_make_a_selection(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = ["pt1,pt2,q1,q2,M,w", "40,30,1,-1,91,0.5", "55,20,1,1,88,2", "25,24,-1,1,60,1", "70,60,-1,1,95,0.25"]
    (tmp_path / "data" / "pairs.csv").write_text("\n".join(rows) + "\n")
    charges = {"kind": "arithmetic", "op": "*", "left": "q1", "right": "q2"}
    selection = Selection.model_validate({
        "sources": [{"files": ["pairs.csv"]}],
        "quantities": [quantity("asymmetry", "arithmetic", op="/", left={
            "kind": "arithmetic", "op": "-", "left": "pt1", "right": "pt2"}, right={
            "kind": "arithmetic", "op": "+", "left": "pt1", "right": "pt2"})],
        "cuts": [compare("opposite charge", charges, "<", 0), compare("hard", "pt1", ">=", 40)],
        "first_row": None,
        "weight": "w",
        "histograms": [{"name": "M", "bins": 2, "low": 80, "high": 100}],
        "outputs": [
            {"kind": "histograms", "file": "m.npz", "of": ["M"]}, table("t.csv", ["M", "asymmetry"]),
            {"kind": "cutflow", "file": "flow.csv", "weighted": True},
            {"kind": "json", "file": "r.json", "values": {
                "sum": {"kind": "statistic", "how": "sum", "of": "w"},
                "weighted": {"kind": "events", "weighted": True}, "first": {"kind": "events", "cut": "opposite charge"},
            }},
        ],
    })  # fmt: skip
    results = by_engine(selection, tmp_path / "data", tmp_path / "engine")
    by_script(selection, tmp_path / "data", tmp_path / "script")
    found = contents(tmp_path / "engine", selection)
    assert found == contents(tmp_path / "script", selection)
    assert results.samples[0].counts == {"opposite charge": 3, "hard": 2}
    assert results.samples[0].id_names == ("place",)
    assert found["m.npz"]["counts"] == [0.0, 0.75]
    assert found["r.json"] == {"sum": 0.75, "weighted": 0.75, "first": 3}
    assert found["flow.csv"].splitlines() == ["cut,events", "opposite charge,1.75", "hard,0.75"]


LHCO = """\
0 7 0
1 2 0.5 0.1 50.0 0.1 1.0 0.0 0.0 0.0 0.0
2 2 -0.5 3.0 45.0 0.1 -1.0 0.0 0.0 0.0 0.0
3 4 2.0 1.0 80.0 9.0 5.0 2.0 1.0 0.0 0.0
4 6 0.0 1.0 20.0 0.0 0.0 0.0 0.0 0.0 0.0
0 8 0
0 9 0
1 4 1.0 1.0 90.0 9.0 5.0 0.0 1.0 0.0 0.0
2 4 -1.0 -2.0 70.0 8.0 5.0 0.0 1.0 0.0 0.0
"""


def test_events_without_objects_fail_every_demand_and_pass_every_veto(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "events.lhco").write_text(LHCO)
    met = compare("", "MET.pt", ">", 10, "GeV")["when"]
    pair = {"kind": "any", "of": window("", {"kind": "field", "of": "z", "field": "mass"}, 60, 120, "GeV")["when"]}
    veto = count("", "bjets", "==", 0)["when"]
    expected: dict[str, tuple[dict[str, Any], list[int]]] = {
        "met": (met, [7]), "no_met": ({"kind": "not", "of": met}, [8, 9]),
        "pair": (pair, [7]), "no_pair": ({"kind": "not", "of": pair}, [8, 9]), "veto": (veto, [8, 9]),
        "either": ({"kind": "or", "of": [pair, veto]}, [7, 8, 9]), "both": ({"kind": "and", "of": [pair, veto]}, []),
    }  # fmt: skip
    listed = {name: {"kind": "list", "of": ["event"], "category": name} for name in expected}
    selection = Selection.model_validate({
        "sources": [{"files": ["events.lhco"]}],
        "objects": [objects("bjets", "Jet", {"kind": "flag", "field": "btag"})],
        "candidates": [{"kind": "combination", "name": "z", "of": ["Muon"], "charge": "opposite"}],
        "categories": [{"name": name, "when": when} for name, (when, _) in expected.items()],
        "outputs": [{"kind": "json", "file": "r.json", "values": listed}],
    })  # fmt: skip
    by_engine(selection, tmp_path / "data", tmp_path / "engine")
    by_script(selection, tmp_path / "data", tmp_path / "script")
    for way in ("engine", "script"):
        assert contents(tmp_path / way, selection)["r.json"] == {name: ids for name, (_, ids) in expected.items()}


LAYOUT = find_layout([
    *(Branch(name=f"Muon_{name}", typename="float[]") for name in ("pt", "eta", "phi", "mass")),
    Branch(name="Muon_charge", typename="int32_t[]"), Branch(name="nMuon", typename="uint32_t"),
    Branch(name="event", typename="uint64_t"), Branch(name="run", typename="uint32_t"),
    Branch(name="MET_pt", typename="float"), Branch(name="MET_phi", typename="float"),
    Branch(name="luminosityBlock", typename="uint32_t"),
])  # fmt: skip
MUON = st.fixed_dictionaries({
    "pt": st.integers(1, 60).map(float), "eta": st.integers(-25, 25).map(lambda one: one / 10),
    "phi": st.just(0.0), "mass": st.just(0.1), "charge": st.sampled_from([-1, 1]),
})  # fmt: skip
EVENTS = st.lists(st.lists(MUON, max_size=4), min_size=1, max_size=8)


def events_of(muons: list[list[dict[str, Any]]]) -> ak.Array:
    listed = ak.Array([*muons, [{"pt": 1.0, "eta": 0.0, "phi": 0.0, "mass": 0.1, "charge": 1}]])[:-1]
    parts = {"Muon": ak.with_name(listed, "Momentum4D")}
    numbers = np.arange(len(muons))
    return ak.zip({**parts, "event": numbers, "run": numbers * 0, "luminosityBlock": numbers * 0}, depth_limit=1)


@settings(max_examples=25, deadline=None)
@given(EVENTS, st.integers(0, 50), st.integers(0, 25), st.integers(0, 3))
def test_counts_follow_the_definition_for_any_events(
    muons: list[list[dict[str, Any]]], pt_min: int, eta_max: int, number: int
) -> None:
    selection = Selection.model_validate({
        "sources": [{"files": ["any"]}],
        "objects": [objects("good", "Muon", cut("pt", ">=", pt_min, "GeV"), cut("|eta|", "<", eta_max / 10))],
        "candidates": [leading("first", "good")],
        "cuts": [
            count("enough", "good", ">=", number),
            {"name": "no hard one", "when": {"kind": "not", "of": {
                "kind": "compare", "left": {"kind": "field", "of": "first", "field": "pt"}, "op": ">", "right": 40}}},
        ],
    })  # fmt: skip
    result = run_on(events_of(muons), selection, lower(selection, LAYOUT, identity=True), sample="any")
    good = [[m["pt"] for m in event if m["pt"] >= pt_min and abs(m["eta"]) < eta_max / 10] for event in muons]
    enough = [len(event) >= number for event in good]
    both = [one and max(event, default=0.0) <= 40 for one, event in zip(enough, good, strict=True)]
    assert list(result.counts.values()) == [len(muons), sum(enough), sum(both)]
    assert result.selected_ids[:, 2].tolist() == [place for place, one in enumerate(both) if one]
