"""Whole studies against a loopback model: done once, paused, spoiled, bounded, graded again, replayed."""

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from harness_case import RAISES, CountingModel, right_script, write_task

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.archive import open_study, write_archive
from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.executors import ThreadExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.benchmarks.harness.outcome import events_of
from hepcoder.benchmarks.harness.progress import Progress
from hepcoder.benchmarks.harness.purse import dollars_of
from hepcoder.benchmarks.harness.regrading import regrade
from hepcoder.benchmarks.harness.replaying import replay_study
from hepcoder.benchmarks.harness.running import Conduct, Interrupts, Outcome, run_study
from hepcoder.benchmarks.harness.study import Study
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.ledger.errors import BudgetError, RunBusyError, RunError

# The model answers with a script, whatever it is asked.
OPTIONS = {"plan": "rules", "reply_tokens": 1000, "techniques": {"typed_selection": False, "cross_check": False}}
AGENTS = ["supervisor", "plain", "single"]
pytestmark = pytest.mark.filterwarnings("ignore:sandbox 'none'")


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    monkeypatch.delenv("HEPCODER_BASE_URL", raising=False)
    task_of.cache_clear()
    yield
    task_of.cache_clear()


@pytest.fixture
def model() -> Iterator[CountingModel]:
    served = CountingModel()
    yield served
    served.close()


def ask(tmp_path: Path, model: CountingModel, **asked: Any) -> Study:
    entry = {"name": "compatible:m", "base_url": model.address, **asked.pop("entry", {})}
    tasks = asked.pop("tasks", None) or [str(write_task(tmp_path / "tiny"))]
    return make_study(
        {"tasks": tasks, "models": [entry], "options": OPTIONS, **asked},
        source="the test",
    )


def begin(tmp_path: Path, study: Study) -> StudyFolder:
    folder = StudyFolder(tmp_path / "study")
    folder.freeze(study)
    return folder


def run(folder: StudyFolder, **settings: Any) -> Outcome:
    return run_study(folder, ThreadExecutor(), Conduct(**{"lanes": 4, "scripts": 2, "sandbox": "none", **settings}))


def by_agent(results: tuple[CellResult, ...]) -> dict[str, list[CellResult]]:
    return {agent: [result for result in results if result.key.agent == agent] for agent in AGENTS}


def test_every_agent_passes_with_a_right_model_and_running_again_does_nothing(
    tmp_path: Path, model: CountingModel
) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=AGENTS))
    outcome = run(folder, sandbox="auto")
    assert (outcome.missing, outcome.broken, outcome.restarts) == (0, {}, 0)
    results = folder.results()
    assert [(result.grade, result.second_grade, result.calls) for result in results] == [("pass", "pass", 1)] * 3
    assert [(result.input_tokens, result.output_tokens, result.usd) for result in results] == [(100, 50, None)] * 3
    assert all((folder.path / str(result.run) / "manifest.json").is_file() for result in results)
    assert outcome.progress.whole.passed == len(model.bodies) == 3
    run(folder)
    assert len(model.bodies) == 3


def test_the_baselines_ask_as_often_as_they_may(tmp_path: Path) -> None:
    raising = CountingModel(lambda _: f"```python\n{RAISES}```\n")
    folder = begin(tmp_path, ask(tmp_path, raising, agents=["plain", "single"]))
    run(folder)
    rows = by_agent(folder.results())
    raising.close()
    assert [(row.calls, row.failures, row.grade) for row in rows["plain"]] == [
        (4, ("execution.exception",) * 4, "fail")
    ]
    assert [(row.calls, row.failures, row.grade) for row in rows["single"]] == [(1, ("execution.exception",), "fail")]
    last = [body["messages"] for body in raising.bodies if len(body["messages"]) == 4][-1]
    assert "the detector is on fire" in last[-1]["content"]


def test_a_reply_without_code_is_a_try(tmp_path: Path) -> None:
    mute = CountingModel(lambda _: "I would rather not.")
    folder = begin(tmp_path, ask(tmp_path, mute, agents=["plain", "single"]))
    run(folder)
    rows = by_agent(folder.results())
    mute.close()
    assert rows["plain"][0].failures == ("coder.no_code",) * 4
    assert (rows["plain"][0].calls, rows["single"][0].calls) == (4, 1)


def test_without_data_nothing_succeeds(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=AGENTS, controls=["no_data"]))
    run(folder)
    found = {(result.key.data, result.success) for result in folder.results()}
    assert found == {("full", True), ("none", False)}
    manifests = [json.loads(path.read_text()) for path in folder.path.glob("cells/*/*/manifest.json")]
    assert sorted(len(manifest["inputs"]) for manifest in manifests) == [0, 0, 0, 1, 1, 1]


def test_a_script_that_knows_the_answer_fails_on_fresh_data(tmp_path: Path) -> None:
    variants: list[str] = []

    def knowing(body: dict[str, Any]) -> str:
        (expected,) = (path.read_text() for path in tmp_path.glob("study/variants/*/expected/result.json"))
        variants.append(expected)
        return f"```python\nopen('values.csv').read()\nopen('result.json', 'w').write('{expected}')\n```\n"

    cheat = CountingModel(knowing)
    folder = begin(tmp_path, ask(tmp_path, cheat, agents=["single"]))
    run(folder)
    (result,) = folder.results()
    cheat.close()
    assert (result.grade, result.second_grade, result.success) == ("pass", "fail", False)
    assert result.reasons[0].startswith("on fresh data: ")


def test_a_pause_lets_cells_end_and_the_rest_goes_on_later(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=["single"], trials=6))
    interrupts = Interrupts()

    def watch(progress: Progress) -> None:
        if progress.whole.done:
            interrupts.order = "drain"

    outcome = run(folder, lanes=1, watch=watch, interrupts=interrupts)
    assert 0 < outcome.missing < 6
    assert not list(folder.path.glob("cells/*/*/trials/*/work"))
    assert run(folder).missing == 0
    assert len(model.bodies) == 6


def test_a_stop_leaves_cells_that_go_on_without_paying_again(tmp_path: Path) -> None:
    slow = CountingModel(seconds=1.0)
    folder = begin(tmp_path, ask(tmp_path, slow, agents=["single"], trials=2))
    interrupts = Interrupts()

    def watch(progress: Progress) -> None:
        if slow.most_at_once:
            interrupts.order = "stop"

    assert run(folder, watch=watch, interrupts=interrupts).missing > 0
    assert run(folder).missing == 0
    slow.close()
    attempts = [call for result in folder.results() for call in [result.calls]]
    assert all(result.grade == "pass" for result in folder.results())
    assert sum(attempts) >= len({json.dumps(body) for body in slow.bodies})


def test_a_vendor_that_asks_to_slow_down_is_obeyed_and_nobody_is_marked_down(tmp_path: Path) -> None:
    refusals = iter([True, True])

    def busy(body: dict[str, Any]) -> str | tuple[int, dict[str, str]]:
        return (429, {"retry-after": "0.2"}) if next(refusals, False) else right_script(body)

    vendor = CountingModel(busy, seconds=0.05)
    folder = begin(tmp_path, ask(tmp_path, vendor, agents=["single"], trials=4))
    run(folder)
    vendor.close()
    results = folder.results()
    assert [result.success for result in results] == [True] * 4
    assert sum(result.failures.count("provider.rate_limit") for result in results) == 2
    assert sum(result.calls for result in results) == len(vendor.bodies) == 6
    told = [json.loads(line) for path in folder.path.glob("workers/*.jsonl") for line in path.read_text().splitlines()]
    assert told
    assert told[0]["limit"] == 2.0


def test_a_model_with_one_place_has_one_cell_under_way(tmp_path: Path) -> None:
    small = CountingModel(seconds=0.1)
    folder = begin(tmp_path, ask(tmp_path, small, agents=["single"], trials=4, entry={"in_flight": 1}))
    run(folder)
    small.close()
    assert small.most_at_once == 1


def test_dollars_are_never_overdrawn_and_more_of_them_go_on(tmp_path: Path, model: CountingModel) -> None:
    # A call costs $0.0002; $0.0020 are set aside for its reply, and about $0.0003 for its prompt.
    priced = ask(tmp_path, model, agents=["single"], trials=5, entry={"price": "1,2"}, max_usd="0.0028")
    folder = begin(tmp_path, priced)
    with pytest.raises(BudgetError, match=r"raise it with --max-usd"):
        run(folder)
    served = len(model.bodies)
    assert 0 < served < 5
    spent = sum(dollars_of(events_of(found)) for place in folder.places() for found in place.runs())
    assert Decimal(spent) <= Decimal("0.0028")
    folder.freeze(folder.read().model_copy(update={"max_usd": Decimal(1)}))
    assert run(folder).missing == 0
    assert len(model.bodies) == 5
    assert {result.infrastructure for result in folder.results()} == {False}


def test_a_budget_already_spent_is_refused_before_anything(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=["single"], entry={"price": "1,2"}))
    run(folder)
    grown = folder.read().model_copy(update={"trials": 2, "max_usd": Decimal("0.0001")})
    folder.freeze(grown)
    with pytest.raises(BudgetError, match="are spent already"):
        run(folder)
    assert len(model.bodies) == 1


def test_a_half_written_cell_is_gone_on_with(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=["single"]))
    run(folder)
    (place,) = folder.places()
    before = folder.results()
    (place.path / "result.json").unlink()
    (place.path / "20990101T000000.000Z-tiny-0000" / "trials").mkdir(parents=True)
    shutil.rmtree(folder.path / "variants")
    run(folder)
    assert folder.results() == before
    assert len(model.bodies) == 1


def test_a_damaged_result_is_named(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=["single"]))
    run(folder)
    (place,) = folder.places()
    (place.path / "result.json").write_text('{"cell": ')
    with pytest.raises(RunError, match=r"result\.json is damaged; remove it, and resume"):
        run(folder)


def test_a_spoiled_cell_is_kept_apart_and_paid_for_when_tried_again(tmp_path: Path) -> None:
    refusal: tuple[int, dict[str, str]] = (400, {})
    answers = iter([refusal])
    vendor = CountingModel(lambda body: next(answers, None) or right_script(body))
    folder = begin(tmp_path, ask(tmp_path, vendor, agents=["single"]))
    run(folder)
    (spoiled,) = folder.results()
    assert (spoiled.grade, spoiled.infrastructure, spoiled.success) == (None, True, None)
    (place,) = folder.places()
    place.try_again()
    run(folder)
    vendor.close()
    first, second = folder.results()
    assert first == spoiled
    assert (second.attempt, second.grade, second.calls) == (2, "pass", 1)


def test_a_fault_of_ours_in_one_cell_costs_no_other(tmp_path: Path, model: CountingModel) -> None:
    good, bad = write_task(tmp_path / "tiny"), write_task(tmp_path / "tiny", "bad")
    (bad / "make.py").write_text("def make(folder, seed, constants, null=False):\n    raise RuntimeError('no beam')\n")
    folder = begin(tmp_path, ask(tmp_path, model, tasks=[str(good), str(bad)], agents=["single"]))
    outcome = run(folder)
    assert outcome.missing == 1
    assert "no beam" in next(iter(outcome.broken.values()))
    assert [result.grade for result in folder.results()] == ["pass"]


def test_two_processes_cannot_conduct_one_study(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model))
    with folder.lock(), pytest.raises(RunBusyError, match="another process conducts"):
        run(folder)


def test_a_grader_that_changed_is_applied_without_a_call(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=["single"], trials=2))
    run(folder)
    reference = tmp_path / "tiny" / "count" / "reference.py"
    reference.write_text(reference.read_text().replace("max(values)", "-max(values)"))
    task_of.cache_clear()
    with pytest.raises(RunError, match=r"tiny/count changed since.*bench regrade"):
        run(folder)
    rows = regrade(folder, everything=False, sandbox="none")
    assert [(row.action, row.before, row.after) for row in rows] == [("regraded", "pass", "fail")] * 2
    assert run(folder).missing == 0
    assert len(model.bodies) == 2
    assert regrade(folder, everything=False, sandbox="none") == ()


def test_another_prompt_must_be_run_again(tmp_path: Path, model: CountingModel) -> None:
    folder = begin(tmp_path, ask(tmp_path, model, agents=["single"]))
    run(folder)
    path = tmp_path / "tiny" / "count" / "task.yaml"
    path.write_text(path.read_text().replace("Read the column", "Please read the column"))
    task_of.cache_clear()
    (row,) = regrade(folder, everything=False, sandbox="none")
    assert (row.action, row.before) == ("rerun", "pass")
    assert run(folder).missing == 0
    assert len(model.bodies) == 2
    assert len(folder.places()) == 2


@pytest.mark.usefixtures("no_sockets_but_unix")
def test_an_archive_is_replayed_without_a_model_and_gives_the_same(
    recorded: tuple[Path, tuple[CellResult, ...]],
) -> None:
    archive, results = recorded
    with open_study(archive) as folder:
        assert folder.results() == results
        rows = replay_study(folder, sandbox="none")
    assert [row.differences for row in rows] == [()] * len(results)
    assert [row.skipped for row in rows] == [""] * len(results)


def test_a_replay_that_differs_says_how(recorded: tuple[Path, tuple[CellResult, ...]]) -> None:
    with open_study(recorded[0]) as folder:
        place = folder.cell(cells_of(folder.read())[0].digest)
        content = place.read()
        assert content is not None
        changed = content.attempts[0].model_copy(update={"calls": 9})
        place.write(content.model_copy(update={"attempts": (changed,)}))
        rows = replay_study(folder, sandbox="none")
    assert [row.differences for row in rows if row.differences] == [("calls: recorded 9, replayed 1",)]


@pytest.fixture
def recorded(tmp_path: Path, model: CountingModel) -> tuple[Path, tuple[CellResult, ...]]:
    folder = begin(tmp_path, ask(tmp_path, model, agents=AGENTS))
    run(folder)
    path = tmp_path / "study.tar.xz"
    assert write_archive(folder, path) == 3
    again = tmp_path / "again.tar.xz"
    write_archive(folder, again)
    assert path.read_bytes() == again.read_bytes()
    return path, folder.results()


@pytest.fixture
def no_sockets_but_unix(monkeypatch: pytest.MonkeyPatch, recorded: object) -> None:
    """After the recording is made, no connection to any address may be opened."""
    import socket

    connect = socket.socket.connect

    def refuse(self: socket.socket, address: Any) -> None:
        if not isinstance(address, str | bytes):
            message = f"a connection to {address} was opened"
            raise AssertionError(message)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", refuse)
