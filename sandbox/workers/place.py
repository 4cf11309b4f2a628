"""The folders that workers use on this machine."""

import itertools
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.processes import is_alive

_PREFIX = ".hepcoder-worker-"

_numbers = itertools.count(1)


def make_place(near: Path, user: int | None) -> Path:
    """Make a worker's folder with ``job`` and ``scratch`` in it, and clear away those of processes that were killed.

    Args:
        near: Where; the folder of temporary files is taken when it cannot be written.
        user: Who owns the inner folders; None for us.

    Raises:
        OSError: No folder can be made.
    """
    near = near if os.access(near, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    for stale in _stale(near):
        with suppress(OSError):
            remove_folder(stale)
    place = near / f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    place.mkdir(mode=0o711)
    for name in ("job", "scratch"):
        inner = place / name
        inner.mkdir(mode=0o700)
        if user is not None:
            os.chown(inner, user, user)
    return place


def _stale(near: Path) -> Iterator[Path]:
    for path in near.glob(f"{_PREFIX}*-*"):
        pid = path.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not is_alive(int(pid)):
            yield path
