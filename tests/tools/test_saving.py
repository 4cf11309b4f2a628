"""What is written, what is refused, and that histograms lose nothing."""

import json
import math
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.tools import histogram, save_csv, save_histogram, save_json, save_npz


def loop_histogram(values: list[float], edges: list[float]) -> tuple[list[int], int, int]:
    counts = [0] * (len(edges) - 1)
    for value in values:
        for place in range(len(counts)):
            last = place == len(counts) - 1
            if edges[place] <= value < edges[place + 1] or (last and value == edges[-1]):
                counts[place] += 1
    return counts, sum(value < edges[0] for value in values), sum(value > edges[-1] for value in values)


def test_json_takes_numpy_and_awkward_values(tmp_path: Path) -> None:
    values = {
        "a": np.float32(1.5),
        "b": np.int64(3),
        "c": np.bool_(True),
        "d": np.array(3),
        "e": np.arange(2),
        "f": ak.Array([[1], []]),
        "g": ak.sum(ak.Array([[1, 2], [3]])),
        "h": ak.Array([{"x": 1}])[0],
        "i": "text",
        "j": {"k": (1, 2)},
    }
    expected = {"a": 1.5, "b": 3, "c": True, "d": 3, "e": [0, 1], "f": [[1], []], "g": 6, "h": {"x": 1}, "i": "text"}
    path = save_json(tmp_path / "a.json", values, n=4)
    assert json.loads(path.read_text()) == {**expected, "j": {"k": [1, 2]}, "n": 4}
    assert json.loads(save_json(path, ak.Array([{"x": 1}])[0]).read_text()) == {"x": 1}


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (math.nan, ValueError, "'m' is nan"),
        (np.float32("inf"), ValueError, "'m' is inf"),
        ({"a": [1.0, np.nan]}, ValueError, r"'m\.a\[1\]' is nan"),
        (ak.mean(ak.Array([1.0])[:0]), ValueError, "'m' is nan"),
        (ak.max(ak.Array([1.0])[:0]), ValueError, "'m' is None.*empty"),
        (ak.Array([1.0, None]), ValueError, r"'m\[1\]' is None"),
        (1j, TypeError, "'m' is a complex"),
        (len, TypeError, "'m' is a builtin"),
    ],
)
def test_json_names_the_key_of_a_wrong_value_and_leaves_the_file(
    value: Any, error: Any, words: str, tmp_path: Path
) -> None:
    path = save_json(tmp_path / "a.json", good=1)
    with pytest.raises(error, match=words):
        save_json(path, {"good": 2, "m": value})
    assert json.loads(path.read_text()) == {"good": 1}


def test_names_and_suffixes_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="not a list"):
        save_json(tmp_path / "a.json", [1, 2])  # type: ignore[arg-type]
    for function in (save_json, save_npz, save_csv):
        with pytest.raises(ValueError, match="must end in"):
            function(tmp_path / "a.dat", x=[1])
    with pytest.raises(ValueError, match="nothing to save"):
        save_npz(tmp_path / "a.npz")


def test_npz_flattens_and_drops_what_is_missing(tmp_path: Path) -> None:
    path = save_npz(
        tmp_path / "a.npz",
        {"jagged": ak.Array([[1.0, None], [], [2.0]]), "block": np.ones((2, 3)), "one": 5},
        masked=np.ma.masked_array([np.nan, 2.0], [True, False]),
        option=[1.0, None],
        flags=[True, False],
    )
    with np.load(path, allow_pickle=False) as found:
        assert found["jagged"].tolist() == [1.0, 2.0]
        assert found["block"].shape == (2, 3)
        assert found["one"].tolist() == 5
        assert found["masked"].tolist() == [2.0]
        assert found["option"].tolist() == [1.0]
        assert found["flags"].dtype == np.bool_


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ([1.0, np.nan], ValueError, "'m' has 1 NaN or infinite of 2"),
        (["x"], TypeError, "m must be numbers"),
        (None, TypeError, "NoneType"),
        (ak.Array([{"pt": 1.0}]), TypeError, "m.pt"),
        (np.array([1, "x"], dtype=object), TypeError, "Python objects"),
    ],
)
def test_npz_refuses_what_is_no_number(value: Any, error: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=words):
        save_npz(tmp_path / "a.npz", m=value)
    assert not (tmp_path / "a.npz").exists()


def test_csv_from_columns_rows_and_records(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    expected = "a,b\n1,x\n2,y\n"
    assert save_csv(path, a=np.array([1, 2]), b=["x", "y"]).read_text() == expected
    assert save_csv(path, [{"a": 1, "b": "x"}, {"b": "y", "a": 2}]).read_text() == expected
    assert save_csv(path, ak.Array([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])).read_text() == expected
    assert save_csv(path, a=[], b=[]).read_text() == "a,b\n"


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda path: save_csv(path, a=[1], b=[1, 2]), ValueError, "one length, not {'a': 1, 'b': 2}"),
        (lambda path: save_csv(path, a=[1.0, np.nan]), ValueError, r"'a\[1\]' is nan"),
        (lambda path: save_csv(path, a=[1.0, None]), ValueError, r"'a\[1\]' is None"),
        (lambda path: save_csv(path, a=[[1, 2], [3]]), TypeError, "'a' is no list of single values"),
        (lambda path: save_csv(path, [{"a": 1}, {"b": 1}]), ValueError, r"\['a'\], another \['b'\]"),
        (lambda path: save_csv(path, [{"a": 1}], b=[2]), TypeError, "columns b"),
        (save_csv, ValueError, "no column"),
    ],
)
def test_csv_refuses_what_is_no_table(call: Any, error: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(error, match=words):
        call(tmp_path / "a.csv")
    assert not (tmp_path / "a.csv").exists()


whole = st.integers(-20, 20).map(float)


@given(st.lists(whole, max_size=30), st.integers(1, 10), whole, st.integers(1, 30))
def test_a_histogram_agrees_with_a_loop_and_loses_nothing(
    values: list[float], bins: int, low: float, width: int
) -> None:
    counts, edges, flow = histogram(values, bins, (low, low + width))
    assert (counts.tolist(), *flow) == loop_histogram(values, edges.tolist())
    assert counts.sum() + sum(flow) == len(values)
    weights = [value / 4 + 1 for value in values]
    weighted, _, weighted_flow = histogram(values, edges, weights=weights)
    assert weighted.sum() + sum(weighted_flow) == pytest.approx(sum(weights), abs=1e-9)


def test_histograms_of_jagged_masked_and_square_input(tmp_path: Path) -> None:
    path = tmp_path / "h.npz"
    jagged = ak.Array([[0.5, 1.5], None, [], [2.5, None, 9.0]])
    counts, edges = save_histogram(path, jagged, bins=3, range=(0, 3), weights=[1.0, 9.0, 9.0, 0.5])
    assert counts.tolist() == [1.0, 1.0, 0.5]
    with np.load(path, allow_pickle=False) as found:
        assert found["counts"].tolist() == counts.tolist()
        assert found["edges"].tolist() == edges.tolist() == [0.0, 1.0, 2.0, 3.0]
        assert (found["underflow"], found["overflow"]) == (0, 0.5)
    masked = np.ma.masked_array([[0.5, 1.5], [0.5, 2.5]], [[True, False], [False, False]])
    assert save_histogram(path, masked, 3, (0, 3))[0].tolist() == [1, 1, 1]
    assert save_histogram(path, np.full((2, 2), 0.5), 3, (0, 3))[0].tolist() == [4, 0, 0]
    assert save_histogram(path, jagged[:0], 2, (0, 3))[0].tolist() == [0, 0]
    assert histogram([np.inf, -np.inf, 1.0], 1, (0, 3))[2] == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([],), "no values to fill"),
        (([np.nan, 1.0], 2, (0, 3)), "1 of 2 values are NaN"),
        (([1.0], 2, (3, 3)), r"low < high, not \(3, 3\)"),
        (([1.0], 2, (3, 0)), "low < high"),
        (([1.0], 2, (0, 1, 2)), "low < high"),
        (([1.0], [1, 1]), "no rising edges"),
        (([1.0], [1]), "no rising edges"),
        (([1.0], (20, 0, 100)), r"bins=n, range=\(low, high\)"),
        (([1.0], 2, (0, 3), [1.0, 2.0]), "2 weights for 1 events"),
        (([1.0], 2, (0, 3), [None]), "1 of 1 weights are missing"),
        (([1.0], 2, (0, 3), [np.inf]), "1 of 1 weights are missing, NaN or infinite"),
        (([[1.0, 2.0]], 2, (0, 3), [[1.0]]), "not as many weights"),
        (([1.0], 2, (0, 3), [[1.0, 2.0]]), "not as many weights"),
    ],
)
def test_histograms_refuse_what_cannot_be_filled(arguments: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        save_histogram(tmp_path / "h.npz", *arguments)
    assert not (tmp_path / "h.npz").exists()
