"""A running fork server that is its own guard: what it starts stays below it, and is ended with it from outside."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.processes import descendants, group_of, is_alive
from hepcoder.sandbox.starter import start_process

_GONE_SECONDS = 10.0
_PAUSE = 0.002
_MOST_TOLD = 500


def start_guarded(
    command: list[str], environment: Mapping[str, str], *, ready: tuple[int, int], control: int
) -> "StartedGuard":
    """Start a fork server under the user of this process or, if the command says so, another.

    Args:
        command: The whole command.
        environment: The whole environment.
        ready: Both ends of the pipe that the shim reports on; ours to keep, theirs to close.
        control: Its end of the control socket, passed on.

    Raises:
        SandboxError: The program cannot be started.
    """
    ours, theirs = ready
    try:
        process = start_process(
            lambda: subprocess.Popen(
                command,
                env=dict(environment),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs, control),
                start_new_session=True,
            )
        )
    except OSError as error:
        os.close(ours)
        message = f"Python at {command[0]!r} cannot be started: {error.strerror}"
        raise SandboxError(message) from error
    finally:
        os.close(theirs)
    os.set_blocking(ours, False)
    return StartedGuard(process, ours)


class StartedGuard:
    """A running guard; see `launch.Started`.

    Attributes:
        process: The guard, which is the fork server.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", ready: int) -> None:
        self.process = process
        self._ready: int | None = ready
        self._told = b""

    def stop(self, job: int | None = None) -> None:
        """Kill the guard and all below it, and return when they are gone.

        The guard is held first: it can start nothing then, and still inherits every orphan. It is killed last, so
        that none gets away. A job cannot leave its process group, all of which one signal reaches at once.
        """
        if self._ready is None:
            return
        until = time.monotonic() + _GONE_SECONDS
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGSTOP)
        if job is not None:  # its orphans are no longer below a guard that was killed
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(job, signal.SIGKILL)
        while time.monotonic() < until:
            self._kill(descendants(self.process.pid)[1:])
            if not any(is_alive(pid) for pid in descendants(self.process.pid)[1:]):
                break
            time.sleep(_PAUSE)
        self.process.kill()
        self.process.wait()
        self._close(self._ready)

    def _kill(self, pids: Iterable[int]) -> None:
        for group in {group for pid in pids if (group := group_of(pid)) is not None} - {self.process.pid}:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def _close(self, ready: int) -> None:
        report = _read_all(ready).removeprefix(b"R")
        if self.process.stderr is not None:
            with self.process.stderr as stderr:
                os.set_blocking(stderr.fileno(), False)
                self._told = report.removeprefix(b"E") or _read_all(stderr.fileno()).strip()[-_MOST_TOLD:]
        os.close(ready)
        self._ready = None

    def reason(self) -> str:
        """Return what the shim or the server said of a failure; call it after `stop`."""
        return self._told.decode(errors="replace")


def _read_all(descriptor: int) -> bytes:
    data = b""
    with suppress(BlockingIOError):
        while chunk := os.read(descriptor, 65536):
            data += chunk
    return data
