"""Cutflows against plain counting, and what they refuse."""

import csv
import json
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.tools import Cutflow, count, invariant_mass, leading, save_json
from hepcoder.tools.outputs import read_cutflow

EVENTS = ak.Array([{"x": float(i), "pt": [10.0 * i] * (i % 3)} for i in range(10)])


def filled() -> Cutflow:
    cutflow = Cutflow()
    cutflow.add("all", EVENTS)
    cutflow.add("x > 3", EVENTS.x > 3)
    cutflow.add("one", count(EVENTS.pt) >= 1)
    return cutflow


def test_each_mask_counts_on_what_was_left() -> None:
    assert filled().counts == {"all": 10, "x > 3": 6, "one": sum(i > 3 and i % 3 > 0 for i in range(10))}
    assert len(filled()) == 3


@given(st.integers(0, 30).flatmap(lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), max_size=5)))
def test_masks_of_all_events_and_masks_of_those_left_agree(masks: list[list[bool]]) -> None:
    one, other, cutting = Cutflow(), Cutflow(), Cutflow()
    left = np.arange(len(masks[0]) if masks else 0)
    events = left
    for number, mask in enumerate(masks):
        one.add(str(number), np.array(mask, dtype=bool))
        events = cutting.cut(events, np.array(mask, dtype=bool)[events], str(number))
        left = np.array([i for i in left if mask[i]], dtype=int)
        other.add(str(number), len(left))
        assert events.tolist() == left.tolist()
    n = [sum(all(column) for column in zip(*masks[: k + 1], strict=True)) for k in range(len(masks))]
    assert list(one.counts.values()) == list(other.counts.values()) == list(cutting.counts.values())[1:] == n
    assert n == sorted(n, reverse=True)


def test_weights_are_summed_over_what_is_left() -> None:
    weights = [0.5, 1.0, 2.0, 4.0]
    cutflow = Cutflow(weights)
    cutflow.add("a", [True, True, True, False])
    cutflow.add("b", [False, True, True, True])
    assert [row["sum_weights"] for row in cutflow.rows] == [3.5, 3.0]
    rowwise = Cutflow()
    rowwise.add("a", [True, True, True, False], weights)
    rowwise.add("b", [False, True, True, True], weights)
    rowwise.add("c", 1, weights=[2.0])
    assert [row["sum_weights"] for row in rowwise.rows] == [3.5, 3.0, 2.0]


def test_a_condition_on_too_few_objects_counts_as_not_passed() -> None:
    muons = ak.Array([[{"pt": 40.0, "eta": 0.0, "phi": p, "mass": 0.1} for p in (0.0, 3.0)][:n] for n in (2, 1, 0)])
    mask = invariant_mass(leading(muons), leading(muons, 2)) > 20
    assert mask.tolist() == [True, None, None]
    cutflow = Cutflow()
    assert len(cutflow.cut(muons, mask, "mass")) == 1
    assert cutflow.counts == {"all events": 3, "mass": 1}
    assert Cutflow().add("mass", mask) == 1


def test_dicts_numbers_and_unnamed_cuts() -> None:
    cutflow = Cutflow()
    columns = cutflow.cut({"x": EVENTS.x, "n": np.arange(10)}, EVENTS.x < 4)
    assert columns["n"].tolist() == [0, 1, 2, 3]
    cutflow.cut(columns["x"], columns["x"] > 1)
    assert cutflow.counts == {"all events": 10, "cut 1": 4, "cut 2": 2}
    assert cutflow.add("n", np.int64(2)) == cutflow.add("m", np.array(2)) == 2


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    filled().save(tmp_path / "cutflow.json")
    rows = read_cutflow(tmp_path)
    assert rows is not None
    assert {row.name: row.n_events for row in rows} == filled().counts
    assert json.loads((tmp_path / "cutflow.json").read_text())[1] == {"name": "x > 3", "n_events": 6, "efficiency": 0.6}
    (tmp_path / "cutflow.json").unlink()
    save_json(tmp_path / "result.json", cutflow=filled(), n_selected=4)
    assert read_cutflow(tmp_path) == rows
    with filled().save(tmp_path / "cutflow.csv").open() as file:
        assert [row["n_events"] for row in csv.DictReader(file)] == ["10", "6", "4"]
    assert "x > 3           6    60.00%" in str(filled())


def test_no_events(tmp_path: Path) -> None:
    cutflow = Cutflow()
    cutflow.cut(EVENTS[:0], EVENTS[:0].x > 1, "none")
    cutflow.save(tmp_path / "cutflow.json")
    assert cutflow.rows[0]["efficiency"] is None
    assert "-" in str(cutflow)


@pytest.mark.parametrize(
    ("passed", "error", "words"),
    [
        (EVENTS.pt > 5, ValueError, r"'bad' is jagged.*ak.any\(mask, axis=1\)"),
        (np.arange(10), TypeError, "not True or False"),
        ([True, False], ValueError, "2 entries, but there are 10 events in all and 6 left"),
        (7, ValueError, "more than the 6 left by 'x > 3'"),
        (EVENTS, ValueError, "more than the 6 left by 'x > 3'"),
        (2.5, ValueError, "whole number"),
        (float("nan"), ValueError, "whole number"),
        (-1, ValueError, "whole number"),
        (True, TypeError, "not True"),
        (np.bool_(False), TypeError, "not False"),
        (None, TypeError, "NoneType"),
        ({"a": [1], "b": [1, 2]}, ValueError, "different lengths"),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_and_changes_nothing(passed: Any, error: Any, words: str) -> None:
    cutflow = Cutflow()
    cutflow.add("all", EVENTS)
    cutflow.add("x > 3", EVENTS.x > 3)
    with pytest.raises(error, match=words):
        cutflow.add("bad", passed)
    assert cutflow.counts == {"all": 10, "x > 3": 6}
    assert cutflow.add("good", EVENTS.x > 4) == 5


def test_a_mask_after_a_number_that_cut_is_refused() -> None:
    cutflow = Cutflow()
    cutflow.add("all", 10)
    cutflow.add("two", 4)
    with pytest.raises(ValueError, match="only the number"):
        cutflow.add("x", EVENTS.x > 3)


def test_a_number_below_what_a_mask_left_makes_the_rest_unknown() -> None:
    cutflow = filled()
    assert cutflow.add("a", 4) == 4
    assert cutflow.add("b", EVENTS.x > 4) == 3
    assert cutflow.add("c", 2) == 2
    with pytest.raises(ValueError, match="only the number of events left by 'c'"):
        cutflow.add("d", EVENTS.x > 8)


def test_a_name_stands_once() -> None:
    cutflow = filled()
    with pytest.raises(ValueError, match="'one' already"):
        cutflow.add("one", 1)


def test_wrong_weights_and_names_are_refused(tmp_path: Path) -> None:
    for wrong in ([1.0, None], [1.0, np.nan], [1.0, np.inf]):
        with pytest.raises(ValueError, match="1 of 2 weights"):
            Cutflow(wrong)
    with pytest.raises(ValueError, match="2 entries"):
        Cutflow([1.0, 2.0, 3.0]).add("x", [True, False])
    with pytest.raises(ValueError, match="3 weights for 1 events"):
        Cutflow().add("x", [True, False], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="2 entries for 10 events"):
        Cutflow().cut(EVENTS, [True, False])
    with pytest.raises(ValueError, match="cutflow.json"):
        filled().save(tmp_path / "cutflow.txt")


def test_events_that_are_none_are_not_counted_in_silence() -> None:
    selected = EVENTS[leading(EVENTS.pt) > 15]  # None where there is no object, and awkward keeps those rows
    assert len(selected) > sum(i % 3 > 0 and i > 1 for i in range(10))
    with pytest.raises(ValueError, match="are None"):
        Cutflow().add("leading pt > 15", selected)
    assert len(Cutflow().cut(EVENTS, leading(EVENTS.pt) > 15, "leading pt > 15")) == sum(
        i % 3 > 0 and i > 1 for i in range(10)
    )
