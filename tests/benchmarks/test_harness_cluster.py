"""A study on a Dask cluster: a scheduler and two workers, each a process of its own."""

import importlib
import importlib.util
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness_case import CountingModel, lost_attempts, write_task

from hepcoder.benchmarks.harness import dask_executor
from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.dask_executor import DaskExecutor, SchedulerLostError
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.progress import Progress
from hepcoder.benchmarks.harness.running import Conduct, run_study
from hepcoder.ledger.errors import UserError

if importlib.util.find_spec("distributed") is None:
    pytest.skip("distributed is not installed; it comes with the extra [cluster]", allow_module_level=True)

# Deprecations inside distributed are its own affair, and its sockets close when their loop ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore:sandbox 'none'"
)
CELLS = 6


class Cluster:
    """A scheduler and two workers."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "scheduler.json"
        local = [f"--local-directory={folder}", "--no-nanny", "--nthreads=1", "--no-dashboard", "--death-timeout=60"]
        self.scheduler = _start(
            "dask_scheduler", "--host=127.0.0.1", "--port=0", "--no-dashboard", f"--scheduler-file={self.file}"
        )
        self.workers = [_start("dask_worker", f"--scheduler-file={self.file}", *local) for _ in range(2)]

    @property
    def address(self) -> str:
        end = time.monotonic() + 90
        while True:
            try:
                return str(json.loads(self.file.read_text())["address"])
            except (FileNotFoundError, json.JSONDecodeError):  # not written yet, or not to its end
                assert self.scheduler.poll() is None, "the scheduler did not start"
                assert time.monotonic() < end, "the scheduler is not ready"
                time.sleep(0.1)

    def wait_for_workers(self) -> None:
        client_class: Any = importlib.import_module("distributed").Client
        with client_class(self.address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=90)

    def close(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.send_signal(signal.SIGKILL)
            process.wait()


def _start(module: str, *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", f"distributed.cli.{module}", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setenv("HEPCODER_API_KEY", "sk-loopback-0123456789")
    made = Cluster(tmp_path)
    try:
        made.wait_for_workers()
        yield made
    finally:
        made.close()


@pytest.fixture
def model() -> Iterator[CountingModel]:
    served = CountingModel(seconds=0.2)
    yield served
    served.close()


def begin(tmp_path: Path, model: CountingModel) -> StudyFolder:
    asked = {
        "tasks": [str(write_task(tmp_path / "tiny"))],
        "models": [{"name": "compatible:m", "base_url": model.address}],
        "agents": ["single"],
        "trials": CELLS,
    }
    folder = StudyFolder(tmp_path / "study")
    folder.freeze(make_study(asked, source="the test"))
    return folder


@pytest.mark.thorough
def test_two_workers_share_a_study_and_a_lost_scheduler_loses_nothing(
    tmp_path: Path, cluster: Cluster, model: CountingModel
) -> None:
    folder = begin(tmp_path, model)
    executor = DaskExecutor(cluster.address)
    assert executor.description.startswith("2 Dask workers of tcp://127.0.0.1")

    def watch(progress: Progress) -> None:
        if progress.whole.done >= 2:
            cluster.scheduler.kill()

    with pytest.raises(SchedulerLostError, match="start a scheduler and resume"):
        run_study(folder, executor, Conduct(lanes=2, scripts=2, sandbox="none", watch=watch))
    done = len(folder.results())
    assert done >= 2
    cluster.close()
    (tmp_path / "second").mkdir()
    second = Cluster(tmp_path / "second")
    try:
        second.wait_for_workers()
        outcome = run_study(folder, DaskExecutor(second.address), Conduct(lanes=2, scripts=2, sandbox="none"))
    finally:
        second.close()
    assert outcome.missing == 0
    assert [result.success for result in folder.results()] == [True] * CELLS
    # A call may have been under way when its worker was killed.
    assert len(model.bodies) - CELLS <= lost_attempts(folder)


def test_no_scheduler_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "CONNECT_SECONDS", 1.0)
    with pytest.raises(UserError, match="no Dask scheduler answers at tcp://127.0.0.1:9"):
        DaskExecutor("tcp://127.0.0.1:9")
