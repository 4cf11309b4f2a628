"""Cascades in a study: each step on the agent's own outputs, gone on with, spoiled, graded again, replayed."""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cascade_case import asked_text, right_step, write_suite
from harness_case import Answer, CountingModel, lost_attempts

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.archive import open_study, write_archive
from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.cascade_replaying import replay_chain
from hepcoder.benchmarks.harness.executors import ThreadExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.benchmarks.harness.regrading import regrade
from hepcoder.benchmarks.harness.running import Conduct, Interrupts, Outcome, run_study
from hepcoder.benchmarks.harness.tasks import steps_of, task_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.ledger.manifest import read_manifest
from hepcoder.sandbox.choose import choose_sandbox

PROGRAM = """
import sys, warnings
from pathlib import Path
from hepcoder.benchmarks.harness.executors import ThreadExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.running import Conduct, run_study

warnings.simplefilter("ignore")
run_study(StudyFolder(Path(sys.argv[1])), ThreadExecutor(), Conduct(lanes=2, scripts=2, sandbox="none"))
"""
pytestmark = pytest.mark.filterwarnings("ignore:sandbox 'none'")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("HEPCODER_BASE_URL", raising=False)
    task_of.cache_clear()
    steps_of.cache_clear()
    yield
    task_of.cache_clear()
    steps_of.cache_clear()


@pytest.fixture
def serve() -> Iterator[Callable[..., CountingModel]]:
    made: list[CountingModel] = []

    def make(answer: Callable[[dict[str, Any]], Answer] = right_step, seconds: float = 0.0) -> CountingModel:
        made.append(CountingModel(answer, seconds))
        return made[-1]

    yield make
    for model in made:
        model.close()


def begin(tmp_path: Path, model: CountingModel, **asked: Any) -> StudyFolder:
    suite = tmp_path / "chain" if (tmp_path / "chain").is_dir() else write_suite(tmp_path)
    study = make_study(
        {
            "tasks": [str(suite / "whole")],
            "models": [{"name": "compatible:m", "base_url": model.address}],
            "agents": ["single"],
            "options": {"plan": "rules", "reply_tokens": 1000},
            **asked,
        },
        source="the test",
    )
    folder = StudyFolder(tmp_path / "study")
    folder.freeze(study)
    return folder


def run(folder: StudyFolder, **settings: Any) -> Outcome:
    return run_study(folder, ThreadExecutor(), Conduct(**{"lanes": 4, "scripts": 2, "sandbox": "none", **settings}))


def verdicts(result: CellResult) -> dict[str, tuple[str | None, str | None]]:
    return {row.step: (row.grade, row.second_grade) for row in result.steps}


def test_each_step_gets_what_the_own_earlier_steps_left(tmp_path: Path, serve: Callable[..., CountingModel]) -> None:
    model = serve()
    folder = begin(tmp_path, model)
    assert run(folder).missing == 0
    (result,) = folder.results()
    assert (result.grade, result.second_grade, result.reasons) == ("pass", "pass", ())
    assert verdicts(result) == dict.fromkeys(("pick", "add", "mean"), ("pass", "pass"))
    assert (result.calls, result.input_tokens, result.output_tokens) == (3, 300, 150)
    assert [row.calls for row in result.steps] == [1, 1, 1]
    assert len(model.bodies) == 3
    (place,) = folder.places()
    manifests = [read_manifest(found.manifest_path) for found in place.runs()]
    given = [{item.name for item in manifest.inputs} for manifest in manifests]
    assert given == [{"values.csv"}, {"picked.csv"}, {"sums.csv"}]
    assert not (place.path / "handed").exists()
    assert run(folder).missing == 0
    assert len(model.bodies) == 3


def test_a_wrong_step_is_handed_on_and_named(tmp_path: Path, serve: Callable[..., CountingModel]) -> None:
    def slips(body: dict[str, Any]) -> str:
        return right_step(body).replace("sum(values)", "max(values)")

    folder = begin(tmp_path, serve(slips))
    run(folder)
    (result,) = folder.results()
    assert (result.status, result.grade, result.calls) == ("unverified", "fail", 3)
    assert verdicts(result) == {"pick": ("pass", None), "add": ("fail", None), "mean": (None, None)}
    assert result.reasons[0].startswith("add: sums.csv:total")
    assert "mean: not graded, since add is not right" in result.reasons
    assert result.reasons[-1].startswith("end to end: result.json:mean")


def test_a_step_that_leaves_nothing_ends_the_chain(tmp_path: Path, serve: Callable[..., CountingModel]) -> None:
    def gives_up(body: dict[str, Any]) -> str:
        return "```python\nraise RuntimeError('no')\n```\n" if "total / n" in asked_text(body) else right_step(body)

    def stops(body: dict[str, Any]) -> str:
        return "```python\nraise RuntimeError('no')\n```\n" if "the number of" in asked_text(body) else right_step(body)

    late, early = serve(gives_up), serve(stops)
    folder, other = begin(tmp_path / "late", late), begin(tmp_path / "early", early)
    run(folder)
    run(other)
    (result,), (broken,) = folder.results(), other.results()
    assert verdicts(result) == {"pick": ("pass", None), "add": ("pass", None), "mean": ("fail", None)}
    assert result.reasons == ("mean: the agent gave up: execution.exception",)
    assert broken.reasons == ("add: the agent gave up: execution.exception", "mean: not reached")
    assert (broken.status, broken.grade, broken.failures) == ("failed", "fail", ("execution.exception",))
    assert [row.run is None for row in broken.steps] == [False, False, True]
    assert len(early.bodies) == 2


def test_what_cannot_be_opened_is_handed_to_nobody(tmp_path: Path, serve: Callable[..., CountingModel]) -> None:
    model = serve(lambda body: right_step(body).replace("in values if", "in values[:1] if").replace("> ", "> 1e9 + "))
    folder = begin(tmp_path, model)
    run(folder)
    (result,) = folder.results()
    assert (result.grade, result.infrastructure) == ("fail", False)
    assert "add: it could not begin: 'picked.csv' has a header but no line of data" in result.reasons
    assert verdicts(result) == {"pick": ("fail", None), "add": ("fail", None), "mean": (None, None)}
    assert len(model.bodies) == 1


@pytest.mark.thorough
def test_a_script_that_only_knew_the_answer_fails_on_fresh_data(
    tmp_path: Path, serve: Callable[..., CountingModel]
) -> None:
    def knowing(body: dict[str, Any]) -> str:
        if "total / n" not in asked_text(body):
            return right_step(body)
        (expected,) = (path.read_text() for path in tmp_path.glob("study/variants/*/expected/result.json"))
        return f"```python\nopen('sums.csv').read()\nopen('result.json', 'w').write('{expected}')\n```\n"

    folder = begin(tmp_path, serve(knowing))
    run(folder)
    (result,) = folder.results()
    assert (result.grade, result.second_grade, result.success) == ("pass", "fail", False)
    assert verdicts(result) == {"pick": ("pass", "pass"), "add": ("pass", "pass"), "mean": ("pass", "fail")}
    assert result.reasons[0].startswith("on fresh data: mean: result.json:mean")


@pytest.mark.thorough
def test_a_stop_between_steps_repeats_no_paid_call(tmp_path: Path, serve: Callable[..., CountingModel]) -> None:
    model = serve(seconds=0.6)
    folder = begin(tmp_path, model)
    interrupts = Interrupts()

    def watch(_: Any) -> None:
        if len(model.bodies) == 1:
            interrupts.order = "stop"

    assert run(folder, watch=watch, interrupts=interrupts).missing == 1
    begun = len(model.bodies)
    shutil.rmtree(folder.path / "variants")
    assert run(folder).missing == 0
    (result,) = folder.results()
    assert result.grade == "pass"
    assert 1 <= begun < 3
    assert len({json.dumps(body) for body in model.bodies}) == 3
    assert result.calls >= len(model.bodies)


@pytest.mark.thorough
def test_killed_between_or_in_steps_no_recorded_call_is_paid_again(
    tmp_path: Path, serve: Callable[..., CountingModel]
) -> None:
    model = serve(seconds=0.5)
    folder = begin(tmp_path, model, trials=2)
    (tmp_path / "program.py").write_text(PROGRAM)
    for calls in (2, 4):
        end = time.monotonic() + 120
        with subprocess.Popen([sys.executable, tmp_path / "program.py", folder.path]) as process:
            while len(model.bodies) < calls and process.poll() is None and time.monotonic() < end:
                time.sleep(0.02)
            process.kill()
        assert len(model.bodies) >= calls, "the study made no calls"
    assert run(folder).missing == 0
    results = folder.results()
    assert [result.success for result in results] == [True, True]
    times = Counter(json.dumps(body) for body in model.bodies)
    assert len(times) == 6
    # Only a call whose answer had not come when the process died may have been sent a second time.
    assert sum(times.values()) - 6 <= lost_attempts(folder)


def test_a_spoiled_step_is_tried_again_and_the_earlier_ones_are_kept(
    tmp_path: Path, serve: Callable[..., CountingModel]
) -> None:
    refusals = iter([True])

    def refuses_once(body: dict[str, Any]) -> Answer:
        return (400, {}) if "the number of" in asked_text(body) and next(refusals, False) else right_step(body)

    model = serve(refuses_once)
    folder = begin(tmp_path, model)
    run(folder)
    (spoiled,) = folder.results()
    assert (spoiled.grade, spoiled.infrastructure, spoiled.success) == (None, True, None)
    folder.places()[0].try_again()
    run(folder)
    first, second = folder.results()
    assert first == spoiled
    assert (first.calls, second.calls, len(model.bodies)) == (2, 2, 4)
    assert (second.attempt, second.grade) == (2, "pass")
    assert [row.calls for row in second.steps] == [1, 1, 1]
    assert second.steps[0].run == first.steps[0].run


@pytest.mark.thorough
def test_without_data_the_chain_does_not_pass(tmp_path: Path, serve: Callable[..., CountingModel]) -> None:
    folder = begin(tmp_path, serve(), controls=["no_data"])
    run(folder)
    assert {(result.key.data, result.success) for result in folder.results()} == {("full", True), ("none", False)}


@pytest.mark.thorough
def test_a_grader_of_a_step_that_changed_is_applied_without_a_call(
    tmp_path: Path, serve: Callable[..., CountingModel]
) -> None:
    model = serve()
    folder = begin(tmp_path, model)
    run(folder)
    reference = tmp_path / "chain" / "add" / "reference.py"
    reference.write_text(reference.read_text().replace("sum(values)", "-sum(values)"))
    task_of.cache_clear()
    steps_of.cache_clear()
    rows = regrade(folder, everything=False, sandbox="none")
    assert [(row.action, row.before, row.after) for row in rows] == [("regraded", "pass", "fail")]
    assert run(folder).missing == 0
    path = tmp_path / "chain" / "mean" / "task.yaml"
    path.write_text(path.read_text().replace("Read sums.csv", "Please read sums.csv"))
    task_of.cache_clear()
    steps_of.cache_clear()
    (row,) = regrade(folder, everything=False, sandbox="none")
    assert row.action == "rerun"
    assert len(model.bodies) == 3


def test_an_archive_of_a_cascade_is_replayed_without_a_model(
    tmp_path: Path, serve: Callable[..., CountingModel]
) -> None:
    model = serve()
    folder = begin(tmp_path, model)
    run(folder)
    archive = tmp_path / "study.tar.xz"
    write_archive(folder, archive)
    sandbox = choose_sandbox("none")
    with open_study(archive) as found:
        (cell,) = cells_of(found.read())
        replayed, different = replay_chain(
            cell,
            found.cell(cell.digest),
            1,
            tmp_path / "scratch",
            variants=VariantStore(tmp_path / "variants"),
            sandbox=sandbox,
            second=True,
        )
    sandbox.close()
    (recorded,) = folder.results()
    assert different == ()
    assert len(model.bodies) == 3

    def told(result: CellResult) -> dict[str, Any]:
        return result.model_dump(exclude={"run": True, "seconds": True, "steps": {"__all__": {"run", "seconds"}}})

    assert told(replayed) == told(recorded)
