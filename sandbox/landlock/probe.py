"""Finds out by running it whether Landlock and the system call filter can confine scripts here."""

import os
import tempfile
from pathlib import Path

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.inside.landlock import find_abi
from hepcoder.sandbox.kernel.seccomp import script_filter
from hepcoder.sandbox.landlock.launcher import TRUNCATION_SEEN_SINCE, LandlockLauncher, LandlockSandbox, closed_folder
from hepcoder.sandbox.records import Job, Limits
from hepcoder.sandbox.root import changes_user
from hepcoder.sandbox.tier import Tried
from hepcoder.sandbox.workers.replies import LostWorkerError
from hepcoder.sandbox.workers.worker import Kind, Worker

_NAME = "landlock"
_PROBE = Limits(wall_seconds=20.0, cpu_seconds=20.0)

# Runs as any script does, and tells what it could do that none may.
_ESCAPE = """
import os, signal, socket

def attempt(name, action):
    try:
        action()
    except OSError:
        return
    print(name)

attempt("read a file", lambda: open({canary!r}).read())
attempt("list a folder", lambda: os.listdir({folder!r}))
attempt("write a file", lambda: open({folder!r} + "/written", "w"))
attempt("empty a file", lambda: os.truncate({canary!r}, 0))
attempt("open a socket", lambda: socket.socket())
attempt("signal another process", lambda: os.kill({pid}, 0))
attempt("set the setuid bit", lambda: os.chmod("script.py", 0o4755))
os.chmod("script.py", 0o600)
if os.stat("script.py").st_mode & 0o777 == 0o600:
    print("change the mode of a file")
"""


def try_landlock(highest_abi: int | None = None) -> Tried:
    """Run a script in this tier that tries what scripts must not be able to do.

    Args:
        highest_abi: Use no later version of Landlock; None for no such bound.
    """
    abi = find_abi(highest_abi)
    if abi == 0:
        return Tried(_NAME, None, "the kernel has no Landlock, or was started without it")
    if abi < TRUNCATION_SEEN_SINCE:
        reason = f"Landlock ABI {abi} is too old: before {TRUNCATION_SEEN_SINCE} (Linux 6.2) scripts could empty inputs"
        return Tried(_NAME, None, reason)
    if script_filter(own_network=False) is None:
        return Tried(_NAME, None, f"there is no system call filter for {os.uname().machine}")
    try:
        launcher = LandlockLauncher(highest_abi=highest_abi, changes_user=changes_user())
        reason = _probe(launcher)
    except (SandboxError, LostWorkerError, OSError) as error:
        reason = str(error)
    if reason:
        return Tried(_NAME, None, f"it is there but does not work: {reason}")
    return Tried(_NAME, LandlockSandbox(launcher), "")


def _probe(launcher: LandlockLauncher) -> str:
    """Return what went wrong, or nothing.

    Raises:
        SandboxError: Nothing can be started.
        LostWorkerError: The fork server does not get ready.
        OSError: There is no place for its files.
    """
    with tempfile.TemporaryDirectory(prefix="hepcoder-probe-") as made:
        near = Path(made)
        near.chmod(0o755)
        if launcher.changes_user and (closed := closed_folder(near)) is not None:
            return f"files are made in {str(near.parent)!r}, and {str(closed)!r} is closed to others; set TMPDIR"
        folder = near / "job"
        folder.mkdir()
        canary = near / "canary.txt"
        canary.write_text("the canary sings")
        canary.chmod(0o666)
        script = _ESCAPE.format(canary=str(canary), folder=str(near), pid=os.getpid())
        worker = Worker(launcher, Kind((), (), near))
        try:
            worker.wait_until_ready()
            execution = worker.run(Job(script=script, folder=folder, limits=_PROBE), None)
        finally:
            worker.stop()
    if not execution.ok:
        return execution.detail or execution.stderr[-500:]
    could = ", ".join(execution.stdout.splitlines())
    return f"a script could {could}" if could else ""
