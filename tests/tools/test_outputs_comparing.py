"""Outputs of two scripts side by side."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hepcoder.tools.outputs import parse_output
from hepcoder.tools.outputs_comparing import compare_outputs
from hepcoder.tools.parquet_saving import save_parquet


def folders(tmp_path: Path) -> tuple[Path, Path]:
    both = tmp_path / "one", tmp_path / "other"
    for folder in both:
        folder.mkdir()
    return both


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (1.0, 1.0 + 1e-7, ""),
        (10, 10.0, ""),
        (10, 11, "10 against 11"),
        ("a", "a", ""),
        ([1, 2, 3], [1, 2, 3.00000001], ""),
        ([1, 2, 3], [1, 5, 4], "entry 1 is 2 against 5, and in 1 more"),
        ([1, 2], [1], "2 against 1 entries"),
        ({"a": 1}, {"a": 2}, "a is 1 against 2"),
        (None, None, ""),
        (None, 3, "only one of the two has it: 3"),
    ],
)
def test_values_are_compared_and_told(tmp_path: Path, one: Any, other: Any, told: str) -> None:
    first, second = folders(tmp_path)
    for folder, value in ((first, one), (second, other)):
        (folder / "r.json").write_text(json.dumps({"x": value, "not_asked": str(folder)}))
    found = compare_outputs([parse_output("r.json:x")], first, second)
    assert found.compared == ("r.json:x",)
    assert [each.text for each in found.differences] == ([told] if told else [])
    assert found.agrees is not bool(told)


def test_arrays_and_tables_are_compared(tmp_path: Path) -> None:
    first, second = folders(tmp_path)
    for folder, shift in ((first, 0.0), (second, 0.5)):
        np.savez(folder / "h.npz", counts=[1, 2], edges=[0.0, 1.0, 2.0 + shift])
        (folder / "t.csv").write_text(f"cut,n\nall,{10 + shift}\n")
        save_parquet(folder / "p.parquet", {"m": [1.0 + shift]})
    outputs = [parse_output(text) for text in ("h.npz:counts,edges", "t.csv", "p.parquet:m")]
    found = compare_outputs(outputs, first, second)
    assert [(each.file, each.name) for each in found.differences] == [
        ("h.npz", "edges"), ("t.csv", "n"), ("p.parquet", "m"),
    ]  # fmt: skip
    assert compare_outputs(outputs, first, first).agrees


def test_figures_are_left_out_and_alone_say_nothing(tmp_path: Path) -> None:
    first, second = folders(tmp_path)
    found = compare_outputs([parse_output("m.png")], first, second)
    assert (found.left_out, found.agrees) == (("m.png",), False)


def test_a_file_that_one_lacks_differs(tmp_path: Path) -> None:
    first, second = folders(tmp_path)
    (first / "r.json").write_text('{"x": 1}')
    assert "only one" in compare_outputs([parse_output("r.json:x")], first, second).differences[0].text


@pytest.mark.parametrize(
    ("one", "other", "compared", "agrees"),
    [
        ({"all": 10, "two muons": 4}, {"all": 10, "n_muons >= 2": 4, "extra": 4}, "all", True),
        ({"two muons": 4}, {"n_muons >= 2": 4}, "last row", True),
        ({"two muons": 4}, {"all": 10, "n_muons >= 2": 5}, "last row", False),
        ({"two muons": 4}, {"rows": [{"name": "two muons", "n": 4}]}, "", False),
    ],
)
def test_names_that_the_contract_leaves_open_are_each_scripts_own(
    tmp_path: Path, one: dict[str, object], other: dict[str, object], compared: str, agrees: bool
) -> None:
    for name, content in (("first", one), ("second", other)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cutflow.json").write_text(json.dumps(content))
    found = compare_outputs([parse_output("cutflow.json")], tmp_path / "first", tmp_path / "second")
    assert found.compared[:1] == ((f"cutflow.json:{compared}",) if compared else ())
    assert found.left_out == (() if compared else ("cutflow.json",))
    assert found.agrees == agrees
