"""What a script left behind: regular files only, each by name, size and digest."""

import hashlib
import os
import stat
from pathlib import Path

from hepcoder.sandbox.folders import walk
from hepcoder.sandbox.records import Artifact, Limits

_CHUNK = 1024 * 1024


def collect_artifacts(
    folder: Path, limits: Limits, *, skip: frozenset[str] = frozenset()
) -> tuple[tuple[Artifact, ...], str]:
    """List the regular files below a folder, in order of their names.

    Links, pipes, sockets and devices are left out, and so is everything deeper than `folders.MAX_DEPTH` or beyond
    the limits. Only call it when no process can still write there.

    Args:
        folder: The run's own folder.
        limits: At most `files` entries are looked at; a file longer than `disk_bytes` is left out, be it sparse.
        skip: Names at the top of the folder that are not the script's.

    Returns:
        The artefacts, and one line on what was left out, empty if nothing was.
    """
    found: list[Artifact] = []
    left_out: list[str] = []
    for count, entry in enumerate(walk(folder), start=1):
        if count > limits.files:
            left_out.append(f"everything after {limits.files} entries")
            break
        if entry.name in skip or not stat.S_ISREG(entry.status.st_mode):
            continue
        artifact = _read(entry.parent, entry.name, limits.disk_bytes) if _is_text(entry.name) else None
        if artifact is None:
            left_out.append(entry.name if entry.name.isprintable() else ascii(entry.name))
        else:
            found.append(artifact)
    note = f"not collected: {', '.join(left_out[:5])}" if left_out else ""
    return tuple(sorted(found, key=lambda artifact: artifact.name)), note


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read(parent: int, name: str, max_bytes: int) -> Artifact | None:
    """Digest one file; None when it is not a regular file of at most `max_bytes` that can be read."""
    try:
        descriptor = os.open(
            name.rsplit("/", 1)[-1], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=parent
        )
    except OSError:
        return None
    with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123 - a descriptor, not a path
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > max_bytes:
                return None
            digest = hashlib.sha256()
            size = 0
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                digest.update(chunk)
        except OSError:
            return None
    return Artifact(name=name, bytes=size, sha256=digest.hexdigest())
