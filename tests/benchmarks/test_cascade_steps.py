"""Cascades that do not fit together are refused and named; attempts are told from the names of their runs."""

from pathlib import Path
from typing import Any

import pytest
from cascade_case import ROUNDING, write_suite
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.benchmarks.harness.cascade import read_steps, with_steps
from hepcoder.benchmarks.harness.cascade_runs import attempts_of
from hepcoder.benchmarks.suites.errors import SuiteError, SuiteNotFoundError
from hepcoder.benchmarks.suites.loading import load_task
from hepcoder.benchmarks.suites.mutation import catch_rate
from hepcoder.ledger.errors import RunError
from hepcoder.ledger.runs import RunFolder


def test_the_steps_and_where_their_files_come_from(tmp_path: Path) -> None:
    steps = read_steps(load_task(write_suite(tmp_path) / "whole"))
    assert [step.task.id for step in steps] == ["pick", "add", "mean"]
    assert [dict(step.sources) for step in steps] == [{"values.csv": None}, {"picked.csv": 0}, {"sums.csv": 1}]
    assert "value > 33 GeV" in steps[0].prompt({"threshold": 33})


def test_an_ordinary_task_has_none_and_keeps_its_digest(tmp_path: Path) -> None:
    task = load_task(write_suite(tmp_path) / "add")
    assert read_steps(task) == ()
    assert with_steps(task) is task


def test_a_change_of_a_step_is_a_change_of_the_cascade(tmp_path: Path) -> None:
    suite = write_suite(tmp_path)
    before = with_steps(load_task(suite / "whole")).digest
    path = suite / "mean" / "task.yaml"
    path.write_text(path.read_text().replace("Read sums.csv", "Please read sums.csv"))
    assert with_steps(load_task(suite / "whole")).digest != before


def test_the_grader_of_the_toy_tells_right_from_wrong(tmp_path: Path) -> None:
    suite = write_suite(tmp_path)
    for name in ("pick", "add", "mean", "whole"):
        report = catch_rate(load_task(suite / name), seeds=(1,))
        assert report.wrong == (), name


@pytest.mark.parametrize(
    ("task", "changes", "error", "words"),
    [
        ("whole", {"steps": ["pick", "nowhere"]}, SuiteNotFoundError, "there is no task"),
        ("whole", {"steps": ["pick", "pick"]}, SuiteError, "has the step 'pick' twice"),
        ("whole", {"steps": ["pick", "whole"]}, SuiteError, "is a cascade itself"),
        ("whole", {"steps": ["add", "mean"]}, SuiteError, "'add' of chain/whole needs 'picked.csv'"),
        ("whole", {"constants": None, "prompt": "x"}, SuiteError, "the prompt of step 'pick' uses threshold"),
        ("whole", {"steps": ["pick", "add"]}, SuiteError, "has the output 'result.json', which no step"),
        ("mean", {"outputs": ["result.json:mean[MeV]"]}, SuiteError, "which no step has with the same names"),
        (
            "mean",
            {"outputs": ["picked.csv:mean[GeV]"], "grading": {"picked.csv:mean": ROUNDING}},
            SuiteError,
            "'picked.csv' of chain/whole comes from more than one place",
        ),
    ],
)
def test_steps_that_do_not_fit_are_refused(
    tmp_path: Path, task: str, changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    suite = write_suite(tmp_path, **{task: changes})
    with pytest.raises(error, match=words):
        read_steps(load_task(suite / "whole"))


def runs(numbers: list[int]) -> list[RunFolder]:
    return [RunFolder(Path(f"20260101T0000{at:02d}.000Z-step{n + 1}-x-0000")) for at, n in enumerate(numbers)]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_every_run_is_in_one_attempt_and_each_chain_has_no_hole(begins: list[int]) -> None:
    numbers: list[int] = []
    have = 0
    for begin in begins:
        first = min(begin, have)
        numbers += range(first, 5)
        have = 5
    found = attempts_of(runs(numbers))
    assert [run for attempt in found for run in attempt.own] == runs(numbers)
    assert all([run.id[25] for run in attempt.runs] == list("12345") for attempt in found)


def test_a_cell_with_a_hole_or_another_run_is_named() -> None:
    with pytest.raises(RunError, match="is step 3, but step 2 is not there"):
        attempts_of(runs([0, 2]))
    with pytest.raises(RunError, match="is no step of it"):
        attempts_of([RunFolder(Path("20260101T000000.000Z-other-0000"))])
