"""No sandbox: a plain process with limits, for machines where nothing else works. Unsafe."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from contextlib import suppress
from pathlib import Path

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.environment import script_environment, script_rlimits
from hepcoder.sandbox.finish import finish
from hepcoder.sandbox.follow import Followed, Follower, RunningProcess
from hepcoder.sandbox.records import Execution, Input, Job, Peaks
from hepcoder.sandbox.stage import staged
from hepcoder.sandbox.starter import start_process
from hepcoder.sandbox.validate import SCRIPT_NAME, check_job

_SHIM = Path(__file__).parent / "inside" / "shim.py"


class UnsafeSandbox:
    """Runs a script as an ordinary process of this user, in its own process group and with a clean environment.

    Limits are kept, but the script can read and write whatever the user can, reach the network, see all of hepcoder,
    and leave a process behind that has left its group.
    """

    name = "none"

    def __init__(self) -> None:
        warnings.warn(
            "sandbox 'none': generated code runs with all rights of this user", category=RuntimeWarning, stacklevel=2
        )

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script to its end or to the first broken limit; see `base.Sandbox.run`."""
        check_job(job)
        targets = {item.name: item.path for item in job.inputs}
        try:
            with staged(job.folder, job.script, targets), _scratch() as scratch:
                followed, code = _follow(job, scratch, cancel)
        except FileNotFoundError as error:
            if job.folder.exists():
                raise
            peaks = Peaks(wall_seconds=0.0)
            detail = f"the run's folder {str(job.folder)!r} has vanished: {error.strerror}"
            return Execution(outcome="sandbox_failed", exit_code=None, peaks=peaks, backend=self.name, detail=detail)
        return finish(job, followed, code, backend=self.name, folder_as_seen=str(job.folder))

    @property
    def lacks(self) -> tuple[str, ...]:
        """Everything but limits."""
        return ("everything but limits",)

    def prepare(self, inputs: tuple[Input, ...], near: Path) -> None:
        """Do nothing: there is nothing to warm up."""

    def close(self) -> None:
        """Do nothing: nothing stays."""


def _scratch() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="hepcoder-", ignore_cleanup_errors=True)


def _follow(job: Job, scratch: str, cancel: threading.Event | None) -> tuple[Followed, int]:
    try:
        process = start_process(lambda: _start(job, scratch))
    except OSError as error:
        message = f"Python at {sys.executable!r} cannot be started: {error.strerror}"
        raise SandboxError(message) from error
    with process:
        running = RunningProcess(process, lambda: _stop(process))
        followed = Follower(running, job.limits, job.folder, cancel).follow()
    return followed, process.returncode


def _start(job: Job, scratch: str) -> "subprocess.Popen[bytes]":
    ready = os.open(os.devnull, os.O_WRONLY)
    settings = {
        "limits": script_rlimits(job.limits, other_tasks=None),
        "uid": None,
        "filter": None,
        "ready": ready,
        "folder": str(job.folder),
        "argv": [sys.executable, "-s", SCRIPT_NAME],
    }
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SHIM), json.dumps(settings)],
            env=dict(script_environment(home=scratch, scratch=scratch, python_path="")),
            cwd=job.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(ready,),
            start_new_session=True,
        )
    finally:
        os.close(ready)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
