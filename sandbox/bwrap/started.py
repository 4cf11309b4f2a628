"""A running bwrap: how it is started, what it reports, how it is ended with everything inside it."""

import json
import os
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.processes import is_alive
from hepcoder.sandbox.starter import start_process

_GONE_SECONDS = 10.0


@dataclass(frozen=True)
class Pipes:
    """What bwrap and the shim report on, and the filter that bwrap reads.

    Attributes:
        status: Our end of bwrap's reports.
        ready: Our end of the shim's report.
        theirs: Their ends, by ``status``, ``ready`` and perhaps ``filter``; closed once they have been passed on.
    """

    status: int
    ready: int
    theirs: dict[str, int]


def open_pipes(filter_program: bytes | None) -> Pipes:
    """Make the pipes for one start.

    Args:
        filter_program: The filter that bwrap is to load, or None.
    """
    status, their_status = os.pipe()
    ready, their_ready = os.pipe()
    theirs = {"status": their_status, "ready": their_ready}
    if filter_program is not None:
        theirs["filter"], writer = os.pipe()
        os.write(writer, filter_program)  # shorter than the smallest pipe
        os.close(writer)
    for descriptor in (status, ready):
        os.set_blocking(descriptor, False)
    return Pipes(status, ready, theirs)


def start_bwrap(command: list[str], pipes: Pipes, *, keep: tuple[int, ...] = ()) -> "StartedBwrap":
    """Start bwrap with an empty environment: it is process 1 inside, where its own environment could be read.

    Args:
        command: The whole command.
        pipes: Made for this start; `StartedBwrap.stop` closes them.
        keep: Further descriptors to pass on.

    Raises:
        SandboxError: The program cannot be started.
    """
    try:
        process = start_process(
            lambda: subprocess.Popen(
                command,
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(*pipes.theirs.values(), *keep),
                start_new_session=True,
            )
        )
    except OSError as error:
        os.close(pipes.status)
        os.close(pipes.ready)
        message = f"bubblewrap at {command[0]!r} cannot be started: {error.strerror}"
        raise SandboxError(message) from error
    finally:
        while pipes.theirs:
            os.close(pipes.theirs.popitem()[1])
    return StartedBwrap(process, pipes)


class StartedBwrap:
    """A running bwrap; see `launch.Started`.

    Attributes:
        process: bwrap itself, outside.
        report: What the shim has said, once stopped: ``R``, ``E`` with a reason, or nothing if it never came to run.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", pipes: Pipes) -> None:
        self.process = process
        self.report = b""
        self._pipes: Pipes | None = pipes
        self._status = b""
        self._stderr = b""

    def stop(self, job: int | None = None) -> None:  # noqa: ARG002 - the job has no other number here
        """Kill bwrap, and return when process 1 inside is gone, and with it everything that ran there."""
        if self._pipes is None:
            return
        inner = self._inner(self._pipes)
        self.process.kill()
        self.process.wait()
        inner = inner or self._inner(self._pipes)
        until = time.monotonic() + _GONE_SECONDS
        while inner is not None and is_alive(inner) and time.monotonic() < until:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(inner, 9)
            time.sleep(0.002)
        self._close(self._pipes)

    def _close(self, pipes: Pipes) -> None:
        self.report = _read_all(pipes.ready)
        if self.process.stderr is not None:
            with self.process.stderr as stderr:
                os.set_blocking(stderr.fileno(), False)
                self._stderr = _read_all(stderr.fileno())
        os.close(pipes.status)
        os.close(pipes.ready)
        self._pipes = None

    def _inner(self, pipes: Pipes) -> int | None:
        """Return the process id, outside, of process 1 inside; None when there never was one."""
        self._status += _read_all(pipes.status)
        for line in self._status.splitlines():
            with suppress(ValueError):
                pid = json.loads(line).get("child-pid")
                if isinstance(pid, int):
                    return pid
        return None

    def reason(self) -> str:
        """Return what the shim, bwrap or the server said of a failure; call it after `stop`."""
        return (self.report.lstrip(b"RE") or self._stderr.strip()[-500:]).decode(errors="replace")


def _read_all(descriptor: int) -> bytes:
    data = b""
    with suppress(BlockingIOError):
        while chunk := os.read(descriptor, 65536):
            data += chunk
    return data
