"""A recorded run replays to the same scripts, artefacts, errors and totals, without a socket."""

from pathlib import Path

import pytest
from solving_case import GOOD, RAISES, fenced, make_task, script_model

from hepcoder.agents import Options, Solution, Supervisor
from hepcoder.graphs.task import Budget
from hepcoder.ledger.errors import InputError, ReplayMissError, RunError

OPTIONS = Options(plan="model")


def recorded(tmp_path: Path, **settings: object) -> Solution:
    model = script_model(tmp_path, "1. count", fenced(RAISES), fenced(GOOD))
    supervisor = Supervisor(model, runs=tmp_path / "runs", options=OPTIONS, **settings)  # type: ignore[arg-type]
    return supervisor.solve(make_task(tmp_path))


def replay(tmp_path: Path, run: str) -> Solution:
    *_, solution = Supervisor(runs=tmp_path / "runs").replay(run)
    assert isinstance(solution, Solution)
    return solution


@pytest.mark.usefixtures("no_sockets")
def test_a_replay_is_the_same_run_again(tmp_path: Path) -> None:
    before = recorded(tmp_path)
    (tmp_path / "replies.yaml").unlink()
    after = replay(tmp_path, before.run)
    assert after.replay_differences == ()
    assert after.run != before.run
    assert after.script == before.script
    assert after.history == before.history
    assert after.values == before.values


def test_a_run_that_ended_at_its_budget_ends_there_again(tmp_path: Path) -> None:
    task = make_task(tmp_path).model_copy(update={"budget": Budget(calls=2)})
    model = script_model(tmp_path, "1. count", fenced(RAISES), fenced(GOOD))
    before = Supervisor(model, runs=tmp_path / "runs", options=OPTIONS).solve(task)
    assert before.history[-1].name == "calls"
    assert replay(tmp_path, before.run).replay_differences == ()


def test_a_request_that_was_not_recorded_is_an_error(tmp_path: Path) -> None:
    before = recorded(tmp_path)
    events = before.folder / "trials" / "t0" / "events.jsonl"
    lines = [
        line
        for line in events.read_text().splitlines()
        if '"call_finished"' not in line or '"node":"supervise"' in line
    ]
    events.write_text("\n".join(lines) + "\n")
    with pytest.raises(ReplayMissError):
        replay(tmp_path, before.run)


def test_a_changed_input_is_named(tmp_path: Path) -> None:
    before = recorded(tmp_path)
    path = tmp_path / "photons.root"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match="photons.root"):
        replay(tmp_path, before.run)


def test_a_run_without_recording_cannot_be_replayed(tmp_path: Path) -> None:
    before = recorded(tmp_path, record=False)
    with pytest.raises(RunError, match="without recording"):
        replay(tmp_path, before.run)
