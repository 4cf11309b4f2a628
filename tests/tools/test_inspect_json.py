"""JSON documents as inputs."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.ledger.errors import InputError
from hepcoder.tools import read_events
from hepcoder.tools.inspect import inspect_input

ROWS = [{"name": "a", "value": 1.5, "n": [1, 2]}, {"name": "b", "value": 2.5, "n": []}]


def written(folder: Path, document: object, name: str = "in.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(document))
    return path


def test_each_object_of_a_list_is_an_event(tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    assert read_events(path).to_list() == ROWS
    facts = inspect_input(path)
    assert (facts.kind, facts.entries) == ("json", 2)
    assert [column.name for column in facts.tables[0].columns] == ["name", "value", "n"]


def test_lists_of_one_length_are_columns(tmp_path: Path) -> None:
    path = written(tmp_path, {"observed": [3, 4], "background": [2.5, 4.5]})
    assert read_events(path).to_list() == [{"observed": 3, "background": 2.5}, {"observed": 4, "background": 4.5}]


def test_any_other_object_is_one_event(tmp_path: Path) -> None:
    document = {"lumi": 3.2, "bins": [1, 2, 3]}
    assert read_events(written(tmp_path, document)).to_list() == [document]


def test_it_may_be_compressed(tmp_path: Path) -> None:
    path = tmp_path / "in.json.gz"
    path.write_bytes(gzip.compress(json.dumps(ROWS).encode()))
    assert read_events(path).to_list() == ROWS


@pytest.mark.parametrize("document", [[], {}, [1, 2], [[1], [2]], [{}, {}]])
def test_without_names_it_is_refused(tmp_path: Path, document: object) -> None:
    with pytest.raises(InputError, match="holds no values with names"):
        inspect_input(written(tmp_path, document))


def test_a_cut_document_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps(ROWS)[:-5])
    with pytest.raises(InputError, match="truncated or damaged"):
        inspect_input(path)


@given(st.lists(st.fixed_dictionaries({"x": st.integers(-9, 9), "y": st.floats(-9, 9)}), min_size=1, max_size=6))
def test_rows_come_back_as_they_were(tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, float]]) -> None:
    path = written(tmp_path_factory.mktemp("json"), rows)
    assert read_events(path).to_list() == rows
