"""Finds and ends the processes of a job from the host, by the name that the job gave itself."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from hepcoder.sandbox.processes import is_alive

_GRACE_SECONDS = 0.5


def processes_called(name: str) -> list[int]:
    """Return the living processes of this machine with a name; threads of one process count once."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            with suppress(OSError):
                if (place / "comm").read_text(encoding="utf-8", errors="replace").strip() == name:
                    found.append(int(place.name))
    return [pid for pid in found if is_alive(pid)]


def end_processes(name: str) -> int:
    """Kill what is left of a job and return how many processes that were; 0 is what should be.

    A process that is just about to go is waited for.
    """
    until = time.monotonic() + _GRACE_SECONDS
    while processes_called(name) and time.monotonic() < until:
        time.sleep(0.02)
    left = processes_called(name)
    while remaining := processes_called(name):
        for pid in remaining:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    return len(left)
