"""What a cell may be."""

from typing import Any

import pytest
from pydantic import ValidationError
from study_case import key

from hepcoder.benchmarks.cells import CellResult


def cell(**fields: Any) -> CellResult:
    return CellResult.model_validate({"key": key("plain", "local:a", "adl/q1", 0), "task_digest": "0" * 64} | fields)


@pytest.mark.parametrize(
    ("fields", "success"),
    [
        ({"grade": "pass"}, True),
        ({"grade": "fail"}, False),
        ({"grade": "pass", "second_grade": "pass"}, True),
        ({"grade": "pass", "second_grade": "fail"}, False),
        ({"grade": "pass", "second_grade": "harness_error"}, None),
        ({"grade": "harness_error"}, None),
        ({"infrastructure": True}, None),
        ({"grade": "fail", "infrastructure": True}, None),
    ],
)
def test_only_a_measured_cell_is_right_or_wrong(fields: dict[str, Any], success: bool | None) -> None:
    result = cell(**fields)
    assert result.success is success
    assert result.counts is (success is not None)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "has no grade"),
        ({"grade": "fail", "second_grade": "pass"}, "only a pass is run a second time"),
        ({"grade": "pass", "infrastructure": True}, "was not ended by an infrastructure failure"),
        ({"grade": "pass", "usd": float("inf")}, "finite"),
        ({"grade": "pass", "calls": -1}, "greater than or equal to 0"),
        ({"grade": "pass", "attempt": 0}, "greater than 0"),
    ],
)
def test_a_cell_that_contradicts_itself_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        cell(**fields)


def test_what_is_not_known_is_none_and_survives_writing() -> None:
    result = cell(grade="fail")
    assert (result.usd, result.input_tokens, result.second_grade) == (None, None, None)
    assert CellResult.model_validate_json(result.model_dump_json()) == result
