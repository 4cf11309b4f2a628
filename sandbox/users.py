"""The users that scripts run as when hepcoder itself runs as root."""

import itertools
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from hepcoder.sandbox.folders import walk

FIRST_UID = 64001
COUNT = 1400

_lock = threading.Lock()
_in_use: set[int] = set()


@contextmanager
def borrowed_user(folder: Path, *, change: bool) -> Iterator[int | None]:
    """Give a run's folder to an otherwise unused user while a script runs, and take it back afterwards.

    Args:
        folder: The run's folder.
        change: Whether to do that at all.

    Yields:
        The user's number, or None when nothing is changed.
    """
    if not change:
        yield None
        return
    before = folder.stat()
    user = _take()
    try:
        os.chown(folder, user, user)
        yield user
    finally:
        _give_back(folder, user, before)
        with _lock:
            _in_use.discard(user)


def _take() -> int:
    """Return a number that no other job of this process uses; processes begin at different numbers."""
    with _lock:
        start = os.getpid() * 16
        for step in itertools.count():
            user = FIRST_UID + (start + step) % COUNT
            if user not in _in_use:
                _in_use.add(user)
                return user
    raise AssertionError  # itertools.count never ends


def _give_back(folder: Path, user: int, before: os.stat_result) -> None:
    for entry in walk(folder):
        if entry.status.st_uid == user and not stat.S_ISLNK(entry.status.st_mode):
            name = entry.name.rpartition("/")[2]
            with suppress(OSError):
                os.chown(name, before.st_uid, before.st_gid, dir_fd=entry.parent, follow_symlinks=False)
    os.chown(folder, before.st_uid, before.st_gid)
