"""The users that scripts run as when hepcoder itself runs as root."""

import itertools
import os
import stat
import threading
from contextlib import suppress
from pathlib import Path

from hepcoder.sandbox.folders import walk

FIRST_UID = 64001
COUNT = 1400

_lock = threading.Lock()
_in_use: set[int] = set()


def take_user() -> int:
    """Return a number that nothing else of this process uses; processes begin at different numbers."""
    with _lock:
        start = os.getpid() * 16
        for step in itertools.count():
            user = FIRST_UID + (start + step) % COUNT
            if user not in _in_use:
                _in_use.add(user)
                return user
    raise AssertionError  # itertools.count never ends


def release_user(user: int) -> None:
    """Let a number be taken again; call it when no process has it any more."""
    with _lock:
        _in_use.discard(user)


def take_over(folder: Path, user: int) -> None:
    """Make everything of a user in a folder ours; links stay as they are. No process may still write there."""
    for entry in walk(folder):
        if entry.status.st_uid == user and not stat.S_ISLNK(entry.status.st_mode):
            name = entry.name.rpartition("/")[2]
            with suppress(OSError):
                os.chown(name, os.geteuid(), os.getegid(), dir_fd=entry.parent, follow_symlinks=False)
