"""Values made of other values, and tables of rows: the engine and the script give what a plain loop gives."""

import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uproot
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from selection_runs import by_engine, by_script

from hepcoder.tools.outputs import parse_output
from hepcoder.tools.selection.forms import selection_from
from hepcoder.tools.selection.formulas import code_of, names_in, number_of, parsed_formula
from hepcoder.tools.selection.output_records import JsonFile, RowsFile
from hepcoder.tools.selection.selection import Selection

LEAVES = st.sampled_from(["a", "b", "total", "2", "0.5", "100"])
FORMULAS = st.recursive(
    LEAVES,
    lambda one: st.one_of(
        st.tuples(one, st.sampled_from("+-*"), one).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        one.map(lambda text: f"sqrt(abs({text}))"),
        one.map(lambda text: f"({text})**2"),
        one.map(lambda text: f"-{text}"),
    ),
    max_leaves=6,
)
NUMBERS = {"a": 3.0, "b": 0.25, "total": 40.0}


@given(FORMULAS)
def test_a_formula_is_worth_what_python_makes_of_it(text: str) -> None:
    formula = parsed_formula(text)
    own = eval(text, {"sqrt": math.sqrt, "abs": abs}, NUMBERS)
    assert number_of(formula, NUMBERS) == pytest.approx(own)
    code = code_of(formula, {name: name for name in names_in(formula)})
    assert eval(code, {"np": np}, NUMBERS) == pytest.approx(own)


@pytest.mark.parametrize(
    "text",
    ["a if b else c", "open('x')", "a.b.c", "a**3", "a[0]", "a @ b", "lambda: 1", "'a'", "", "1" * 301, "a or b"],
)
def test_what_is_no_formula_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"formula|known|characters"):
        parsed_formula(text)


def test_formulas_are_of_values_of_the_same_file() -> None:
    count: Any = {"kind": "events"}
    made_of: Any = {"kind": "formula", "expression": "n / n_other"}
    itself: Any = {"kind": "formula", "expression": "f / n"}
    with pytest.raises(ValidationError, match="made of n_other"):
        JsonFile(file="a.json", values={"n": count, "f": made_of})
    with pytest.raises(ValidationError, match="by way of itself"):
        JsonFile(file="a.json", values={"n": count, "f": itself})
    with pytest.raises(ValidationError, match="same columns and formulas"):
        RowsFile(file="a.csv", rows=({"x": 1, "n": count}, {"x": 2}))


def flat_events(folder: Path) -> dict[str, Any]:
    dice = np.random.default_rng(5)
    columns = {
        "pt1": dice.exponential(40, 900).astype(np.float32),
        "eta1": dice.normal(0, 1.5, 900).astype(np.float32),
        "type1": dice.choice([11, 13], 900).astype(np.int32),
        "type2": dice.choice([11, 13], 900).astype(np.int32),
        "met": dice.exponential(30, 900).astype(np.float32),
        "fired": dice.random(900) < 0.6,
    }
    with uproot.recreate(folder / "events.root") as file:
        file["nominal"] = columns
    return columns


def made(answer: dict[str, Any], *outputs: str) -> Selection:
    parts: dict[str, Any] = {part: [] for part in ("objects", "candidates", "quantities", "cuts", "categories")}
    return selection_from([parts | answer], [{"files": ["events.root"]}], tuple(map(parse_output, outputs)))


def both_ways(selection: Selection, data: Path) -> tuple[Path, Path]:
    folders = (data / "engine", data.with_name(f"{data.name}_script"))
    by_script(selection, data, folders[1])
    by_engine(selection, data, folders[0])
    return folders


def test_a_table_has_a_row_for_each_category(tmp_path: Path) -> None:
    events = flat_events(tmp_path)
    same = {"kind": "compare", "left": "type1", "op": "==", "right": "type2"}
    central = {"kind": "compare", "left": "|eta1|", "op": "<", "right": 1.5}
    parts = [
        {"name": name, "when": {"kind": "compare", "left": "type1", "op": "==", "right": number}}
        for name, number in (("e", 11), ("mu", 13))
    ]
    row: dict[str, Any] = {
        "share": {"kind": "formula", "expression": "100 * n / n_all"},
        "n_all": {"kind": "events", "cut": "flavour"},
        "mean": {"kind": "statistic", "how": "mean", "of": "derived_sum"},
        "types": {"kind": "statistic", "how": "sum", "of": "type1"},  # a whole number, in both
    }
    rows = [
        {"what": name, "n": {"kind": "events", "category": name}, **row, "mean": {**row["mean"], "category": name}}
        for name in ("e", "mu")
    ]
    answer = {
        "quantities": [{"name": "derived_sum", "value": {"kind": "formula", "expression": "sqrt(pt1**2 + met**2)"}}],
        "cuts": [{"name": "flavour", "when": same}, {"name": "central", "when": central}],
        "categories": parts,
        "tables": {"t.csv": {"rows": rows}},
    }
    selection = made(answer, "t.csv:what,n,share,n_all,mean,types")
    texts = [(folder / "t.csv").read_text() for folder in both_ways(selection, tmp_path)]
    found = [list(csv.DictReader(text.splitlines())) for text in texts]
    assert found[0] == found[1]
    flavour = events["type1"] == events["type2"]
    for line, number in zip(found[0], (11, 13), strict=True):
        chosen = flavour & (abs(events["eta1"]) < 1.5) & (events["type1"] == number)
        assert int(line["n"]) == chosen.sum() > 0
        assert float(line["share"]) == pytest.approx(100 * chosen.sum() / flavour.sum())
        assert float(line["mean"]) == pytest.approx(np.hypot(events["pt1"], events["met"])[chosen].mean(), rel=1e-5)


def test_numbers_of_a_file_are_made_of_each_other(tmp_path: Path) -> None:
    events = flat_events(tmp_path)
    hard_met = {"kind": "compare", "left": "met", "op": ">", "right": 50.0}
    either = [{"kind": "flag", "of": "fired", "passes": True}, hard_met]
    answer = {
        "cuts": [
            {"name": "hard", "when": {"kind": "compare", "left": "pt1", "op": ">", "right": 20.0}},
            {"name": "either", "when": {"kind": "or", "of": either}},
        ],
        "values": {
            "r.json": {
                "error": {"kind": "formula", "expression": "sqrt(eff * (1 - eff) / n_total)"},
                "eff": {"kind": "formula", "expression": "n_pass / n_total"},
                "n_total": {"kind": "events", "cut": "hard"},
                "n_pass": {"kind": "events", "cut": None},
            }
        },
    }
    selection = made(answer, "r.json:n_total,n_pass,eff,error")
    found = [json.loads((folder / "r.json").read_text()) for folder in both_ways(selection, tmp_path)]
    hard = events["pt1"] > 20.0
    passed = hard & (events["fired"] | (events["met"] > 50.0))
    eff = passed.sum() / hard.sum()
    error = math.sqrt(eff * (1 - eff) / hard.sum())
    wanted = {"n_total": hard.sum(), "n_pass": passed.sum(), "eff": eff, "error": error}
    assert all(one == {name: pytest.approx(value) for name, value in wanted.items()} for one in found)
