"""Holds the limits of a job against what the machine has."""

import os
import resource
from pathlib import Path

from pydantic import ValidationError

from hepcoder.ledger.errors import TaskError
from hepcoder.sandbox.records import Limits

_KERNEL_BOUNDS = ("/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max")


def check_limits(limits: Limits, folder: Path) -> None:
    """Ensure that the limits make sense here: a limit above what there is would never be met, or never be kept.

    Args:
        limits: Of a job.
        folder: Where its folder is or will be; need not exist yet.

    Raises:
        TaskError: A limit is not positive, or above its bound or the machine's; names it with both numbers.
    """
    try:
        Limits.model_validate(limits.model_dump())  # a copy with changes is not checked when it is made
    except ValidationError as error:
        first = error.errors()[0]
        message = f"the limit {first['loc'][0]} = {first['input']!r} is out of bounds: {first['msg']}"
        raise TaskError(message) from error
    memory = _installed_memory()
    if memory is not None and limits.memory_bytes > memory:
        message = f"the limit memory_bytes = {limits.memory_bytes} is above this machine's {memory} bytes; lower it"
        raise TaskError(message)
    free = free_bytes(folder)
    if free is not None and limits.disk_bytes > free:
        message = (
            f"the limit disk_bytes = {limits.disk_bytes} is above the {free} bytes free at {str(folder)!r}; "
            "make room there, choose another folder, or lower it"
        )
        raise TaskError(message)
    most = most_processes()
    if most is not None and limits.processes > most:
        message = f"the limit processes = {limits.processes} is above the {most} that this machine allows; lower it"
        raise TaskError(message)


def free_bytes(folder: Path) -> int | None:
    """Return the bytes that may still be written at a folder or where it will be made; None when that is not known."""
    for place in (folder, *folder.parents):
        try:
            status = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return status.f_bavail * status.f_frsize if status.f_blocks else None  # not a place where files are kept
    return None


def most_processes() -> int | None:
    """Return how many processes and threads this user may have at most; None when that is not known."""
    bounds = [int(text) for name in _KERNEL_BOUNDS if (text := _read(name)).isdigit()]
    own = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    if own != resource.RLIM_INFINITY and os.geteuid() != 0:  # it does not hold for root
        bounds.append(own)
    return min(bounds, default=None)


def _installed_memory() -> int | None:
    try:
        pages = os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") if pages > 0 else None


def _read(name: str) -> str:
    try:
        return Path(name).read_text().strip()
    except OSError:
        return ""
