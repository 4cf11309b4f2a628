"""The worked examples on data: the engine and the script of each give the same, and a few the same as plain loops."""

import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
import uproot
from selection_runs import by_engine, by_script, contents

from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.examples.data import data_kinds
from hepcoder.tools.selection.examples.nearest import nearest_examples
from hepcoder.tools.selection.examples.worked import WorkedExample, worked_examples
from hepcoder.tools.selection.forms import selection_from
from hepcoder.tools.selection.selection import Selection

N_EVENTS = 4000
NANOAOD = [one for one in worked_examples() if one.data == "nanoaod"]


@pytest.fixture(scope="module")
def nanoaod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random objects, soft and close enough that most examples select some events."""
    dice, kind = np.random.default_rng(3), data_kinds()["nanoaod"]
    branches: dict[str, Any] = {}
    for name, fields in kind["lists"].items():
        counts = dice.poisson(2.2, N_EVENTS)
        for field in fields:
            branches[f"{name}_{field.split()[0]}"] = ak.unflatten(column(field, int(counts.sum()), dice), counts)
    for name, fields in kind["single"].items():
        branches |= {f"{name}_{field.split()[0]}": column(field, N_EVENTS, dice) for field in fields}
    branches |= {field.split()[0]: column(field, N_EVENTS, dice) for field in kind["columns"]}
    folder = tmp_path_factory.mktemp("nanoaod")
    with uproot.recreate(folder / "events.root") as file:
        file["Events"] = branches
    return folder


def column(field: str, size: int, dice: np.random.Generator) -> Any:
    name, _, kind = field.partition(" ")
    if name == "charge":
        return dice.choice([-1, 1], size).astype(np.int32)
    if kind == "bool":
        return dice.random(size) < 0.7
    if kind == "int":
        return dice.integers(0, 6, size).astype(np.int32)
    values = {"pt": dice.exponential(60, size) + 3, "eta": dice.normal(0, 1.4, size), "mass": dice.exponential(8, size)}
    return values.get(name, dice.uniform(0, 1 if name != "phi" else 3.1, size)).astype(np.float32)


def selection_of(example: WorkedExample) -> Selection:
    answer = json.loads(json.dumps(example.answer))
    return selection_from([answer], [{"files": ["events.root"]}], tuple(map(parse_output, example.outputs)))


@pytest.mark.thorough
@pytest.mark.parametrize("example", NANOAOD, ids=lambda one: one.request[:30])
def test_engine_and_script_agree(example: WorkedExample, nanoaod: Path, tmp_path: Path) -> None:
    selection = selection_of(example)
    results = by_engine(selection, nanoaod, tmp_path / "engine")
    if selection.cuts and not results.samples[0].rows[-1].n_events:
        pytest.skip("no event is left in these data")
    by_script(selection, nanoaod, tmp_path / "script")
    there, here = (leaves(contents(tmp_path / name, selection)) for name in ("script", "engine"))
    assert there.keys() == here.keys()
    for name, value in here.items():
        assert there[name] == (pytest.approx(value) if not isinstance(value, str | bool) else value), name


def leaves(value: Any, name: str = "") -> dict[str, Any]:
    """Nested plain data as one dictionary of what is in it."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = {str(number): one for number, one in enumerate(value)}
    if not isinstance(value, dict):
        return {name: value}
    return {key: one for part, inner in value.items() for key, one in leaves(inner, f"{name}/{part}").items()}


def test_categories_and_weights_are_those_of_a_loop(nanoaod: Path, tmp_path: Path) -> None:
    with uproot.open(nanoaod / "events.root") as file:
        events = (
            file["Events"].arrays(["Muon_pt", "Muon_eta", "Muon_charge", "MET_pt", "genWeight"], library="ak").to_list()
        )
    n_os = n_ss = n_raw = 0
    total = 0.0
    for event in events:
        good = [
            (pt, charge)
            for pt, eta, charge in zip(event["Muon_pt"], event["Muon_eta"], event["Muon_charge"], strict=True)
            if pt > 20 and abs(eta) < 2.4
        ]
        if len(good) == 2:
            n_os += good[0][1] != good[1][1]
            n_ss += good[0][1] == good[1][1]
        tight = [pt for pt, _ in good if pt > 26]
        if tight and event["MET_pt"] > 0.3:
            n_raw += 1
            total += event["genWeight"]
    signs, yields = (next(one for one in NANOAOD if text in one.request) for text in ("same-sign?", "Weighted yield"))
    by_engine(selection_of(signs), nanoaod, tmp_path / "signs")
    assert json.loads((tmp_path / "signs/result.json").read_text()) == {"n_os": n_os, "n_ss": n_ss}
    lower = json.loads(json.dumps(yields.answer))
    lower["cuts"][1]["when"]["right"] = 0.3
    by_engine(selection_of(yields.model_copy(update={"answer": lower})), nanoaod, tmp_path / "yields")
    assert json.loads((tmp_path / "yields/result.json").read_text()) == pytest.approx(
        {"n_selected": n_raw, "yield": total}, rel=1e-5
    )


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("how many events with two same-sign muons", "same"),
        ("electrons outside the crack", "crack"),
        ("dijet mass nearest to 80.4 GeV as the W", "nearest"),
        ("MET/HT above 0.3", "MET/HT"),
        ("weighted yield with genWeight", "eight"),
    ],
)
def test_the_nearest_example_speaks_of_the_same(request_: str, said: str) -> None:
    nearest = nearest_examples(request_, 3)
    assert len({one.request for one in nearest}) == 3
    assert any(said in one.request for one in nearest)


def test_tables_have_examples_of_tables() -> None:
    assert all(one.is_flat for one in nearest_examples("mean of M for opposite charges", 3, flat=True))
