"""The cache folder: where weights lie, which file is verified, and one writer at a time."""

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hepcoder.agents.models.weights_table import DigestError, DiskFullError, Weights, WeightsError

LOCK_POLL_SECONDS = 0.2
NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def cache_folder() -> Path:
    """Return the folder weights are kept in: $HEPCODER_CACHE, else hepcoder in $XDG_CACHE_HOME or ~/.cache."""
    own = os.environ.get("HEPCODER_CACHE")
    if own:
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared).expanduser() if shared else Path.home() / ".cache") / "hepcoder"


def weights_path(weights: Weights) -> Path:
    """Return where these weights are kept, whether they are there or not."""
    return cache_folder() / "weights" / weights.file_name


def verified_file(weights: Weights) -> Path | None:
    """Return the cached file if its bytes are the publisher's, else None.

    A stamp beside the file spares the digest while size and modification time stay those it was written for.
    """
    path = weights_path(weights)
    if not path.is_file() or path.stat().st_size != weights.size_bytes:
        return None
    if _read_stamp(path) == _stamp(path, weights.sha256):
        return path
    if file_sha256(path) != weights.sha256:
        return None
    _write_stamp(path, weights.sha256)
    return path


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def keep(weights: Weights, partial: Path) -> Path:
    """Move a complete download to its place in the cache.

    Args:
        weights: What the file should be.
        partial: The download, on the same file system; gone afterwards, in either case.

    Raises:
        DigestError: It is another file; it was deleted.
    """
    found = file_sha256(partial)
    if found != weights.sha256:
        partial.unlink()
        msg = f"{partial.name} has SHA-256 {found}, the publisher's file has {weights.sha256}; it was deleted"
        raise DigestError(msg)
    path = weights_path(weights)
    partial.replace(path)
    _write_stamp(path, weights.sha256)
    return path


@contextmanager
def only_writer(weights: Weights, *, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock of these weights, waiting while another process has it; the kernel drops it if we die.

    Args:
        weights: Whose lock.
        on_wait: Called about five times a second while waiting.

    Raises:
        WeightsError: The cache folder cannot be written to.
    """
    path = weights_path(weights)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(path.name + ".lock").open("w", encoding="ascii")
    except OSError as error:
        msg = f"the cache folder {path.parent} cannot be written to ({error}); set HEPCODER_CACHE to another"
        raise WeightsError(msg) from error
    with lock:
        while not _locked(lock.fileno()):
            on_wait()
            time.sleep(LOCK_POLL_SECONDS)
        yield


@contextmanager
def room_for(weights: Weights, folder: Path, needed_bytes: int) -> Iterator[None]:
    """Check that a folder has room, and turn a disk that fills up on the way into its own error.

    Args:
        weights: What is being written.
        folder: Where.
        needed_bytes: Bytes still to be written.

    Raises:
        DiskFullError: There is no room, before or while writing.
    """
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise DiskFullError(_no_room(weights, folder, needed_bytes))
    try:
        yield
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        raise DiskFullError(_no_room(weights, folder, needed_bytes)) from error


def _no_room(weights: Weights, folder: Path, needed_bytes: int) -> str:
    free = shutil.disk_usage(folder).free
    return (
        f"no room for the weights of {weights.name!r} in {folder}: {needed_bytes:,} bytes to write, {free:,} free "
        "(a quota may allow less); make room or set HEPCODER_CACHE to another folder"
    )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _stamp_path(path: Path) -> Path:
    return path.with_name(path.name + ".sha256")


def _stamp(path: Path, sha256: str) -> str:
    stat = path.stat()
    return f"{sha256} {stat.st_size} {stat.st_mtime_ns}\n"


def _read_stamp(path: Path) -> str | None:
    try:
        return _stamp_path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None


def _write_stamp(path: Path, sha256: str) -> None:
    """Note that the digest was found right; a read-only cache goes without and is digested at each start."""
    try:
        _stamp_path(path).write_text(_stamp(path, sha256), encoding="utf-8")
    except OSError:
        return
