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
from hepcoder.sandbox.follow import Follower
from hepcoder.sandbox.records import Execution, Job
from hepcoder.sandbox.stage import staged
from hepcoder.sandbox.starter import start_process
from hepcoder.sandbox.validate import SCRIPT_NAME, check_job

_SHIM = Path(__file__).with_name("shim.py")


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
        with staged(job, targets) as unstage:
            with tempfile.TemporaryDirectory(prefix="hepcoder-", ignore_cleanup_errors=True) as scratch:
                try:
                    process = start_process(lambda: _start(job, scratch))
                except OSError as error:
                    message = f"Python at {sys.executable!r} cannot be started: {error.strerror}"
                    raise SandboxError(message) from error
                with process:
                    follower = Follower(process, job.limits, job.folder, 0, lambda: _stop(process), cancel)
                    followed = follower.follow()
            unstage()
            return finish(job, followed, process.returncode, backend=self.name, folder_as_seen=str(job.folder))


def _start(job: Job, scratch: str) -> "subprocess.Popen[bytes]":
    ready = os.open(os.devnull, os.O_WRONLY)
    settings = {
        "limits": script_rlimits(job.limits, count_processes=False),
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
