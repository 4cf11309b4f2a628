"""A running bwrap: how it is started, what it reports, how it is ended with everything inside it."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.starter import start_process
from hepcoder.sandbox.watch import is_alive

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


@contextmanager
def open_pipes(filter_program: bytes | None) -> Iterator[Pipes]:
    """Make the pipes for one start; our ends are closed at the end.

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
    try:
        yield Pipes(status, ready, theirs)
    finally:
        _close(theirs)
        os.close(status)
        os.close(ready)


def _close(descriptors: dict[str, int]) -> None:
    while descriptors:
        os.close(descriptors.popitem()[1])


def start_bwrap(command: list[str], pipes: Pipes) -> "StartedBwrap":
    """Start bwrap with an empty environment: it is process 1 inside, where its own environment could be read.

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
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=tuple(pipes.theirs.values()),
                start_new_session=True,
            )
        )
    except OSError as error:
        message = f"bubblewrap at {command[0]!r} cannot be started: {error.strerror}"
        raise SandboxError(message) from error
    _close(pipes.theirs)
    return StartedBwrap(process, pipes)


class StartedBwrap:
    """A running bwrap.

    Attributes:
        process: bwrap itself, outside.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", pipes: Pipes) -> None:
        self.process = process
        self._pipes = pipes
        self._status = b""

    def stop(self) -> None:
        """Kill bwrap, and return when process 1 inside is gone, and with it everything that ran there."""
        inner = self._inner()
        self.process.kill()
        self.process.wait()
        inner = inner or self._inner()
        if inner is None:
            return
        until = time.monotonic() + _GONE_SECONDS
        while is_alive(inner) and time.monotonic() < until:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(inner, 9)
            time.sleep(0.002)

    def _inner(self) -> int | None:
        """Return the process id, outside, of process 1 inside; None when there never was one."""
        self._status += _read_all(self._pipes.status)
        for line in self._status.splitlines():
            with suppress(ValueError):
                pid = json.loads(line).get("child-pid")
                if isinstance(pid, int):
                    return pid
        return None

    def report(self) -> bytes:
        """Return what the shim wrote: ``R``, ``E`` with a reason, or nothing if it never came to run."""
        return _read_all(self._pipes.ready)

    @property
    def exit_code(self) -> int:
        """The script's exit code; bwrap tells the end by a signal as 128 and its number."""
        code = self.process.returncode
        return 128 - code if 128 < code <= 128 + 64 else code


def _read_all(descriptor: int) -> bytes:
    data = b""
    with suppress(BlockingIOError):
        while chunk := os.read(descriptor, 65536):
            data += chunk
    return data
