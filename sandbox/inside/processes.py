"""Which processes belong to the job that this process is part of."""

import os

_MOST_ANCESTORS = 64


def is_own_process(pid: int) -> bool:
    """Whether a process, or the group of a negative number, is of this session or descends from this process.

    0 is the own group. A number that no process has is nobody's: a child keeps its own until it is waited for.

    Args:
        pid: As for `os.kill`; -1, which means every process there is, is never one's own.

    Example:
        >>> is_own_process(os.getpid()), is_own_process(-1)
        (True, False)
    """
    if pid == -1:
        return False
    pid = abs(pid)
    try:
        if pid == 0 or os.getsid(pid) == os.getsid(0):
            return True
    except ProcessLookupError:
        return False
    for _ in range(_MOST_ANCESTORS):
        if pid == os.getpid():
            return True
        if pid <= 1:
            return False
        pid = _parent(pid)
    return False


def _parent(pid: int) -> int:
    """Return the parent's number, 0 when it cannot be known."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - no pathlib here
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0
