"""A study whose processes are killed: nothing recorded is paid again, nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness_case import CountingModel, lost_attempts, write_task

from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.sandbox.processes import descendants, is_alive

TRIALS = 6
PROGRAM = """
import sys, warnings
from pathlib import Path
from hepcoder.benchmarks.harness.executors import LocalExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.sandbox.processes import descendants, is_alive
from hepcoder.benchmarks.harness.running import Conduct, run_study

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    outcome = run_study(StudyFolder(Path(sys.argv[1])), LocalExecutor(2), Conduct(lanes=4, scripts=2, sandbox="none"))
    print(outcome.missing, outcome.restarts, len(outcome.broken))
"""


@pytest.fixture
def model() -> Iterator[CountingModel]:
    served = CountingModel(seconds=0.3)
    yield served
    served.close()


@pytest.fixture
def folder(tmp_path: Path, model: CountingModel, monkeypatch: pytest.MonkeyPatch) -> StudyFolder:
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    (tmp_path / "program.py").write_text(PROGRAM)
    asked = {
        "tasks": [str(write_task(tmp_path / "tiny"))],
        "models": [{"name": "compatible:m", "base_url": model.address}],
        "agents": ["plain"],
        "trials": TRIALS,
    }
    made = StudyFolder(tmp_path / "study")
    made.freeze(make_study(asked, source="the test"))
    return made


def start(folder: StudyFolder) -> "subprocess.Popen[str]":
    program = folder.path.parent / "program.py"
    return subprocess.Popen([sys.executable, program, folder.path], stdout=subprocess.PIPE, text=True)


def finish(folder: StudyFolder) -> str:
    process = start(folder)
    said, _ = process.communicate(timeout=200)
    assert process.returncode == 0
    return said


def wait_for_calls(model: CountingModel, number: int) -> None:
    end = time.monotonic() + 120
    while len(model.bodies) < number:
        assert time.monotonic() < end, "the study made no calls"
        time.sleep(0.02)


def expect_nothing_paid_twice(folder: StudyFolder, model: CountingModel) -> None:
    results = folder.results()
    assert [result.success for result in results] == [True] * TRIALS
    lost = lost_attempts(folder)
    assert sum(result.calls for result in results) == TRIALS + lost
    times = Counter(json.dumps(body) for body in model.bodies)
    assert len(times) == TRIALS
    # Only a call whose answer had not come when the process died may have been sent a second time.
    assert sum(times.values()) - TRIALS <= lost


def test_everything_killed_in_the_middle(folder: StudyFolder, model: CountingModel) -> None:
    process = start(folder)
    wait_for_calls(model, 3)
    family = set(descendants(process.pid)) - {process.pid}
    process.kill()
    process.communicate()
    end = time.monotonic() + 20
    while any(is_alive(pid) for pid in family):
        assert time.monotonic() < end, "workers must end with the process that conducts the study"
        time.sleep(0.05)
    assert len(folder.results()) < TRIALS
    assert finish(folder) == "0 0 0\n"
    expect_nothing_paid_twice(folder, model)


@pytest.mark.thorough
def test_one_worker_killed_in_the_middle(folder: StudyFolder, model: CountingModel) -> None:
    process = start(folder)
    wait_for_calls(model, 2)
    workers = [pid for pid in descendants(process.pid) if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
    said, _ = process.communicate(timeout=200)
    assert said == "0 1 0\n"
    expect_nothing_paid_twice(folder, model)
