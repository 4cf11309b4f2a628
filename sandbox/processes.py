"""Processes of this machine and what descends from them, read from ``/proc``."""

import os
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def descendants(root: int) -> tuple[int, ...]:
    """Return a process and all its descendants, the process first."""
    found = [root]
    for pid in found:
        with suppress(OSError):
            for task in (PROC / str(pid) / "task").iterdir():
                found += _children(pid, task.name)
    return tuple(found)


def _children(pid: int, task: str) -> list[int]:
    try:
        return [int(child) for child in (PROC / str(pid) / "task" / task / "children").read_text().split()]
    except FileNotFoundError:
        return [] if (PROC / "self/task" / str(os.getpid()) / "children").exists() else _children_by_scan(pid)


def _children_by_scan(parent: int) -> list[int]:
    """Find children on a kernel without the ``children`` files."""
    found = []
    for pid in all_processes():
        with suppress(OSError, IndexError):
            if int(stat_fields(pid)[1]) == parent:
                found.append(pid)
    return found


def all_processes() -> list[int]:
    """Return every process in sight."""
    return [int(place.name) for place in PROC.iterdir() if place.name.isdigit()]


def stat_fields(pid: int) -> list[str]:
    """Return the fields of ``/proc/PID/stat`` from the state on; the name before it may hold anything.

    Raises:
        OSError: There is no such process.
    """
    return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()


def is_alive(pid: int) -> bool:
    """Whether a process exists and is not merely waiting to be reaped."""
    try:
        return stat_fields(pid)[0] not in {"Z", "X"}
    except (OSError, IndexError):
        return False


def pid_inside(pid: int) -> int | None:
    """Return the number of a process in the innermost namespace of processes that it is in; None when it is gone."""
    with suppress(OSError):
        for line in (PROC / str(pid) / "status").read_text(errors="replace").splitlines():
            if line.startswith("NSpid:"):
                return int(line.split()[-1])
    return None


def group_of(pid: int) -> int | None:
    """Return the process group of a process, None when it is gone."""
    try:
        return int(stat_fields(pid)[2])
    except (OSError, IndexError, ValueError):
        return None


def tasks_of_user(user: int) -> int:
    """Return how many processes and threads a user has."""
    count = 0
    for pid in all_processes():
        with suppress(OSError, IndexError, ValueError):
            if (PROC / str(pid)).stat().st_uid == user:
                count += int(stat_fields(pid)[17])
    return count
