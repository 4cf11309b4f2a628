"""A study on a disk that fills up: the error is named, and with room again it goes on without paying twice."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness_case import CountingModel, write_task

TRIALS = 3

# Runs in a mount namespace of its own, so that the small disk is gone when the program ends.
PROGRAM = """
import json, sys, warnings
from pathlib import Path
from harness_case import lost_attempts
from hepcoder.benchmarks.harness.asking import make_study
from hepcoder.benchmarks.harness.executors import ThreadExecutor
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.running import Conduct, run_study
from hepcoder.ledger.errors import StorageError

warnings.simplefilter("ignore")
asked, disk = json.loads(sys.argv[1]), Path(sys.argv[2])
folder = StudyFolder(disk / "study")
folder.freeze(make_study(asked, source="the test"))
conduct = Conduct(lanes=2, scripts=2, sandbox="none")
filler = disk / "filler"
with filler.open("wb", buffering=0) as file:
    try:
        while True:
            file.write(bytes(4096))
    except OSError:
        pass
said = ""
try:
    run_study(folder, ThreadExecutor(), conduct)
except StorageError as error:
    said = str(error)
done = len(folder.results())
filler.unlink()
outcome = run_study(folder, ThreadExecutor(), conduct)
good = [result.success for result in folder.results()]
print(json.dumps([said, done, outcome.missing, outcome.broken, good, lost_attempts(folder)]))
"""


@pytest.fixture
def model() -> Iterator[CountingModel]:
    served = CountingModel()
    yield served
    served.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> list[str]:
    """The beginning of a command in whose sight ``disk`` is a disk of 4 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o size=4m tmpfs "{disk}" && exec "$@"', "sh"]
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare on this machine")
    if tried.returncode != 0:
        pytest.skip(f"a small disk can be made by root only: {tried.stderr.strip()[-200:]}")
    return command


@pytest.mark.thorough
def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path, model: CountingModel, small_disk: list[str]) -> None:
    asked = {
        "tasks": [str(write_task(tmp_path / "tiny"))],
        "models": [{"name": "compatible:m", "base_url": model.address}],
        "agents": ["plain"],
        "trials": TRIALS,
        "limits": {"disk_bytes": 1 << 20},  # of 4 MB
    }
    support = str(Path(__file__).parent.parent / "support")
    ended = subprocess.run(
        [*small_disk, sys.executable, "-c", PROGRAM, json.dumps(asked), str(tmp_path / "disk")],
        env={**os.environ, "HEPCODER_API_KEY": "sk-loopback-0123456789", "PYTHONPATH": support},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    said, done, missing, broken, good, lost = json.loads(ended.stdout.splitlines()[-1])
    assert "free space" in said
    assert str(tmp_path / "disk") in said
    assert done < TRIALS
    assert (missing, broken, good) == (0, {}, [True] * TRIALS)
    # Only a call whose answer found no room on the disk is made a second time.
    assert len(model.bodies) - TRIALS <= lost
