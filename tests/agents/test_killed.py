"""A run killed in any node goes on where it was, and nothing is paid twice."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from solving_case import GOOD, RAISES, fenced, make_task, script_model

from hepcoder.agents import Options, Solution, Supervisor
from hepcoder.ledger.events import CallFinished, CallStarted, Event
from hepcoder.ledger.log import read_events
from hepcoder.ledger.runs import list_runs

OPTIONS = Options(plan="model")
REPLIES = ("1. count photons", fenced(RAISES), fenced(GOOD))
NODES = ("inspect", "supervise", "code", "check", "execute", "verify", "debug")

# Dies at the first event of a kind within a node, in the middle of the write's callback: as hard as it can be.
DRIVER = """
import os, signal, sys, threading
from pathlib import Path
from hepcoder.agents import Options
from hepcoder.agents.setup import make_setup
from hepcoder.agents.trial import run_trial
from hepcoder.graphs.task import Task

task, model, runs, node, kind = sys.argv[1:]

def emit(item):
    if item.node == node and getattr(item, "body", item).kind == kind:
        os.kill(os.getpid(), signal.SIGKILL)

setup = make_setup(Task.model_validate_json(task), inputs=(), outputs=(), model=model, runs=Path(runs), sandbox="auto",
                   base_url=None, record=True, options=Options(plan="model"))
run_trial(setup, emit, threading.Event())
"""


def kill_in(tmp_path: Path, node: str, kind: str) -> str:
    model = script_model(tmp_path, *REPLIES)
    task = make_task(tmp_path).model_dump_json()
    arguments = [sys.executable, "-c", DRIVER, task, model, str(tmp_path / "runs"), node, kind]
    assert subprocess.run(arguments, timeout=120, check=False).returncode == -signal.SIGKILL
    (run,) = list_runs(tmp_path / "runs")
    return run.id


def resume(tmp_path: Path, run: str) -> Solution:
    *_, solution = Supervisor(runs=tmp_path / "runs", options=OPTIONS).resume(run)
    assert isinstance(solution, Solution)
    return solution


def events_of(tmp_path: Path, run: str) -> tuple[Event, ...]:
    return read_events(tmp_path / "runs" / run / "trials" / "t0" / "events.jsonl").events


@pytest.mark.parametrize(
    "node", [node if node == "execute" else pytest.param(node, marks=pytest.mark.thorough) for node in NODES]
)
def test_killed_at_the_door_of_each_node(tmp_path: Path, node: str) -> None:
    run = kill_in(tmp_path, node, "node_started")
    solution = resume(tmp_path, run)
    assert solution.status == "unverified"
    assert len([e for e in events_of(tmp_path, run) if isinstance(e.body, CallStarted)]) == len(REPLIES)


@pytest.mark.parametrize(
    "node", ["code", *(pytest.param(node, marks=pytest.mark.thorough) for node in ("supervise", "debug"))]
)
def test_an_answer_that_was_paid_is_not_paid_again(tmp_path: Path, node: str) -> None:
    run = kill_in(tmp_path, node, "call_finished")
    solution = resume(tmp_path, run)
    assert solution.status == "unverified"
    finished = [e.body for e in events_of(tmp_path, run) if isinstance(e.body, CallFinished) and not e.body.replayed]
    assert len(finished) == len(REPLIES)
    assert solution.totals.attempts == len(REPLIES)


def test_a_call_cut_short_is_told_as_lost(tmp_path: Path) -> None:
    run = kill_in(tmp_path, "code", "call_started")
    solution = resume(tmp_path, run)
    assert solution.status == "unverified"
    assert solution.totals.lost_attempts == 1
    *_, again = Supervisor(runs=tmp_path / "runs").replay(solution.run)
    assert isinstance(again, Solution)
    assert again.replay_differences == ()


@pytest.mark.thorough
def test_killed_after_the_script_ran(tmp_path: Path) -> None:
    run = kill_in(tmp_path, "execute", "executed")
    assert resume(tmp_path, run).status == "unverified"


def test_resuming_a_finished_run_gives_its_solution_again(tmp_path: Path) -> None:
    supervisor = Supervisor(script_model(tmp_path, *REPLIES), runs=tmp_path / "runs", options=OPTIONS)
    solution = supervisor.solve(make_task(tmp_path))
    again = resume(tmp_path, solution.run)
    assert again.values == solution.values
    assert again.totals == solution.totals


def test_a_stop_is_clean_and_can_be_resumed(tmp_path: Path) -> None:
    supervisor = Supervisor(script_model(tmp_path, *REPLIES), runs=tmp_path / "runs", options=OPTIONS)
    stream = supervisor.stream(make_task(tmp_path))
    for item in stream:
        if isinstance(item, Event) and item.node == "execute":
            break
    stream.close()  # type: ignore[attr-defined]
    (run,) = list_runs(tmp_path / "runs")
    assert events_of(tmp_path, run.id)[-1].body.kind == "interrupted"
    assert resume(tmp_path, run.id).status == "unverified"
