"""Studies, cells and their digests: what is asked for, what is refused, what may grow."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from harness_case import TASK, write_task

from hepcoder.agents.options import Options
from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.estimate import estimate
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.benchmarks.harness.running import fill_purse
from hepcoder.benchmarks.harness.study import Study, grow
from hepcoder.benchmarks.harness.tasks import changed_tasks, task_of
from hepcoder.benchmarks.suites.errors import MissingReferenceError, SuiteNotFoundError, ToleranceReasonError
from hepcoder.ledger.errors import ModelNotFoundError, RunError, TaskError, UserError

LOOPBACK = {"name": "compatible:m", "base_url": "http://127.0.0.1:9/v1"}


@pytest.fixture
def task(tmp_path: Path) -> str:
    return str(write_task(tmp_path / "tiny"))


def study(task: str, **asked: Any) -> Study:
    return make_study({"tasks": [task], "models": [LOOPBACK], **asked}, source="the test")


def test_a_cell_is_named_by_all_that_its_outcome_depends_on(task: str) -> None:
    (cell,) = cells_of(study(task))
    changes: list[dict[str, Any]] = [
        {"seed": 2},
        {"agents": ["plain"]},
        {"options": {"temperature": 0.5}},
        {"budget": {"calls": 3}},
        {"models": [{**LOOPBACK, "base_url": "http://127.0.0.1:10/v1"}]},
    ]
    digests = {cells_of(study(task, **change))[0].digest for change in changes}
    assert len(digests | {cell.digest}) == len(changes) + 1


def test_what_changes_no_outcome_changes_no_name(task: str) -> None:
    (cell,) = cells_of(study(task))
    changes: list[dict[str, Any]] = [
        {"max_usd": 3},
        {"models": [{**LOOPBACK, "price": "1,2", "in_flight": 2}]},
        {"name": "other"},
    ]
    for change in changes:
        assert cells_of(study(task, **change))[0].digest == cell.digest


def test_trials_have_seeds_of_their_own_the_same_for_all(task: str) -> None:
    cells = cells_of(study(task, trials=3, agents=["supervisor", "single"]))
    seeds = {(cell.key.trial, cell.key.seed) for cell in cells}
    assert len(cells) == 6
    assert len(seeds) == len({seed for _, seed in seeds}) == 3


def test_a_study_survives_its_file(tmp_path: Path, task: str) -> None:
    made = study(task, max_usd="1.50", controls=["no_data"], options={"plan": "rules"})
    folder = StudyFolder(tmp_path / "study")
    folder.freeze(made)
    assert folder.read() == made


def test_models_and_trials_can_be_added_and_no_cell_is_lost(task: str) -> None:
    before = study(task)
    after = grow(before, make_study({"models": ["scripted:x.yaml"], "trials": 3}, source="the test", base=before))
    assert {cell.digest for cell in cells_of(before)} < {cell.digest for cell in cells_of(after)}
    assert len(cells_of(after)) == 6


def test_a_study_never_changes(task: str) -> None:
    with pytest.raises(RunError, match=r"options, budget.*begin another study"):
        grow(study(task), study(task, options={"temperature": 1.0}, budget={"calls": 1}))


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"models": []}, TaskError, "names no model"),
        ({"models": ["antropic:claude"]}, ModelNotFoundError, "did you mean anthropic"),
        ({"models": [{"nam": "x"}]}, TaskError, "neither VENDOR:MODEL nor"),
        ({"models": [LOOPBACK, LOOPBACK]}, TaskError, "compatible:m more than once"),
        ({"agents": ["planner"]}, TaskError, "there are supervisor, plain, single"),
        ({"controls": ["blind"]}, TaskError, "there are no_data, null_data"),
        ({"trials": 0}, TaskError, "trials"),
        ({"trails": 3}, TaskError, "unknown fields trails"),
        ({"tasks": "tiny"}, TaskError, "must be a list"),
        ({"tasks": []}, TaskError, "no task is named"),
        ({"suites": ["nowhere"]}, SuiteNotFoundError, "no suite 'nowhere'"),
        ({"tasks": ["nowhere/q1"]}, SuiteNotFoundError, "no suite 'nowhere'"),
    ],
)
def test_what_cannot_be_is_refused_and_named(
    task: str, asked: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        study(task, **asked)


def test_a_task_named_twice_is_refused(task: str) -> None:
    with pytest.raises(TaskError, match="tiny/count is in the study more than once"):
        study(task, tasks=[task, task])


def test_a_task_without_reference_is_refused(task: str) -> None:
    (Path(task) / "reference.py").unlink()
    with pytest.raises(MissingReferenceError, match="reference"):
        study(task)


def test_a_tolerance_without_reason_is_refused(tmp_path: Path) -> None:
    grading: dict[str, Any] = {**TASK["grading"], "result.json:largest": {"kind": "relative", "tolerance": 0.1}}
    with pytest.raises(ToleranceReasonError, match="reason"):
        study(str(write_task(tmp_path / "other", grading=grading)))


def test_a_changed_task_is_noticed(task: str) -> None:
    made = study(task)
    task_of.cache_clear()
    assert changed_tasks(made.tasks) == ()
    path = Path(task) / "task.yaml"
    path.write_text(path.read_text().replace("1.0e-09", "1.0e-08"))
    task_of.cache_clear()
    assert [entry.name for entry in changed_tasks(made.tasks)] == ["tiny/count"]


def test_a_bound_on_dollars_needs_prices(tmp_path: Path, task: str) -> None:
    with pytest.raises(UserError, match="compatible:m is unpriced; give its price"):
        fill_purse(StudyFolder(tmp_path), study(task, max_usd=1))


def test_the_estimate_counts_what_is_missing_and_says_what_is_unpriced(task: str) -> None:
    priced = {**LOOPBACK, "name": "compatible:p", "price": "2,10"}
    cells = cells_of(study(task, models=[LOOPBACK, priced], trials=4, agents=["single"]))
    unpriced, known = estimate(cells, cells[:6], [])
    assert (unpriced.usd, unpriced.cells, unpriced.done) == (None, 3, 1)
    each = (known.tokens.input * Decimal(2) + known.tokens.output * Decimal(10)) / 1_000_000
    assert (known.usd, known.cells) == (3 * each, 3)


def test_the_estimate_of_a_cascade_is_that_of_all_its_steps() -> None:
    priced = {**LOOPBACK, "name": "compatible:p", "price": "2,10"}
    cells = cells_of(study("hyy/cascade", models=[priced], agents=["single"]))
    (line,) = estimate(cells, cells, [])
    each = (line.tokens.input * Decimal(2) + line.tokens.output * Decimal(10)) / 1_000_000
    assert (line.cells, line.runs, line.usd) == (1, 6, 6 * each)


def test_a_damaged_study_is_named(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("models: [")
    with pytest.raises(RunError, match="cannot be read as a study"):
        StudyFolder(tmp_path).read()
    with pytest.raises(RunError, match="is no study"):
        StudyFolder(tmp_path / "none").read()


def test_the_agents_options_are_in_the_cell(task: str) -> None:
    cells = cells_of(study(task, agents=["plain"], trials=2, options={"seed": 7, "reply_tokens": 99}))
    asked = [Options(agent="plain", seed=7 + n, reply_tokens=99) for n in (0, 1)]
    assert [cell.options for cell in cells] == [one.settled(cells[0].model.name) for one in asked]
