"""What the disk and other processes may do to a run."""

import subprocess
import sys
from pathlib import Path

import pytest
from solving_case import GOOD, RAISES, fenced, make_task, script_model

from hepcoder.agents import Options, Solution, Supervisor
from hepcoder.ledger.errors import RunBusyError, RunError
from hepcoder.ledger.log import TrialLog
from hepcoder.ledger.runs import list_runs

OPTIONS = Options(plan="rules")

# A file-size limit stands in for a full disk: the write fails in the same way, without being root.
FULL_DISK = """
import resource, sys
from pathlib import Path
from hepcoder.agents import Options, Supervisor
from hepcoder.graphs.task import Task
from hepcoder.ledger.errors import StorageError

task, model, runs, size = sys.argv[1:]
stream = Supervisor(model, runs=runs, options=Options(plan="rules")).stream(Task.model_validate_json(task))
next(stream)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
try:
    for item in stream:
        pass
except StorageError as error:
    print("STORAGE", error)
"""


def test_a_full_disk_is_named_and_the_run_goes_on_when_there_is_room(tmp_path: Path) -> None:
    model = script_model(tmp_path, fenced(RAISES), fenced(GOOD))
    task = make_task(tmp_path).model_dump_json()
    arguments = [sys.executable, "-c", FULL_DISK, task, model, str(tmp_path / "runs"), "60000"]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=120, check=False)
    assert "STORAGE" in done.stdout, done.stderr
    (run,) = list_runs(tmp_path / "runs")
    *_, solution = Supervisor(runs=tmp_path / "runs").resume(run.id)
    assert isinstance(solution, Solution)
    assert solution.status == "unverified"


def test_a_run_that_is_being_worked_on_is_busy(tmp_path: Path) -> None:
    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs", options=OPTIONS)
    solution = supervisor.solve(make_task(tmp_path))
    with TrialLog(solution.folder / "trials" / "t0", "t0"), pytest.raises(RunBusyError):
        list(supervisor.resume(solution.run))


def test_two_runs_at_once_in_one_folder(tmp_path: Path) -> None:
    model = script_model(tmp_path, fenced(GOOD))
    task = make_task(tmp_path)
    streams = [Supervisor(model, runs=tmp_path / "runs", options=OPTIONS).stream(task) for _ in range(2)]
    for stream in streams:
        next(stream)
    solutions = [list(stream)[-1] for stream in streams]
    assert all(isinstance(item, Solution) and item.status == "unverified" for item in solutions)
    assert len(list_runs(tmp_path / "runs")) == 2


def test_a_runs_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(RunError, match="runs"):
        Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs").solve(make_task(tmp_path))


def test_a_damaged_line_is_skipped_and_the_rest_is_read(tmp_path: Path) -> None:
    supervisor = Supervisor(script_model(tmp_path, fenced(GOOD)), runs=tmp_path / "runs", options=OPTIONS)
    solution = supervisor.solve(make_task(tmp_path))
    events = solution.folder / "trials" / "t0" / "events.jsonl"
    lines = events.read_text().splitlines(keepends=True)
    lines[1] = lines[1][:40] + "\n"
    events.write_text("".join(lines))
    *_, again = supervisor.resume(solution.run)
    assert isinstance(again, Solution)
    assert again.values == solution.values
