"""Ends every process that a job has left behind, from the inside."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

from hepcoder.sandbox.processes import all_processes, descendants, group_of, is_alive

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_SECONDS = 5.0
_PAUSE = 0.002


def become_guard() -> None:
    """Inherit the orphans of every job, and sweep when the host dies: for sandboxes without processes of their own."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    signal.signal(signal.SIGTERM, _sweep_and_end)


def _sweep_and_end(number: int, frame: object) -> None:  # noqa: ARG001 - the shape of a signal handler
    sweep_descendants()
    os._exit(128 + number)


def sweep_namespace() -> bool:
    """Kill all processes in sight but the first and this one; tell whether they are gone."""

    def kill(pids: Iterable[int]) -> None:  # noqa: ARG001 - one call reaches all
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)

    return _until_none(lambda: [pid for pid in all_processes() if pid not in {1, os.getpid()}], kill)


def sweep_descendants() -> bool:
    """Kill all descendants of this process; tell whether they are gone."""

    def kill(pids: Iterable[int]) -> None:
        # A job cannot leave its group, all of which one signal reaches at once, however fast it forks.
        for group in {group for pid in pids if (group := group_of(pid)) is not None} - {os.getpgid(0)}:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    return _until_none(lambda: descendants(os.getpid())[1:], kill)


def _until_none(find: Callable[[], Iterable[int]], kill: Callable[[Iterable[int]], None]) -> bool:
    until = time.monotonic() + _SECONDS
    while True:
        _reap()
        alive = [pid for pid in find() if is_alive(pid)]
        if not alive:
            return True
        if time.monotonic() > until:
            return False
        kill(alive)
        time.sleep(_PAUSE)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
