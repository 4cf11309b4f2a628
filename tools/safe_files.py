"""Reading files that foreign code left behind: no links, no pipes, no more bytes than allowed."""

import os
import stat
from pathlib import Path, PurePosixPath

from hepcoder.ledger.failures import Failure

MAX_BYTES = 256 * 1024**2


def read_output(folder: Path, name: str, max_bytes: int = MAX_BYTES) -> bytes | Failure:
    """Read a regular file below a folder, following no link on the way.

    Args:
        folder: The folder that the script wrote to.
        name: Path relative to it, with ``/``.
        max_bytes: The most that is read; a larger file is a failure.

    Returns:
        The bytes, or what is wrong: output.missing, output.empty or output.unreadable.
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        return Failure(stage="output", name="missing", message=f"{name!r} is not a path inside the run folder")
    descriptor = -1
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        for part in parts[:-1]:
            descriptor = _step(descriptor, part, os.O_DIRECTORY)
        descriptor = _step(descriptor, parts[-1], os.O_NONBLOCK)
        return _read(descriptor, name, max_bytes)
    except FileNotFoundError:
        return Failure(stage="output", name="missing", message=f"{name} was not written; {_others(folder)}")
    except OSError as error:
        message = f"{name} cannot be read ({error.strerror}); write a plain file, not a link or a folder"
        return Failure(stage="output", name="unreadable", message=message)
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _step(parent: int, part: str, flags: int) -> int:
    child = os.open(part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | flags, dir_fd=parent)
    os.close(parent)
    return child


def _read(descriptor: int, name: str, max_bytes: int) -> bytes | Failure:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return Failure(stage="output", name="unreadable", message=f"{name} is not a regular file; write a plain file")
    if status.st_size == 0:
        return Failure(stage="output", name="empty", message=f"{name} has 0 bytes; write the result into it")
    if status.st_size > max_bytes:
        message = f"{name} has {status.st_size:,} bytes, more than the {max_bytes:,} that are read; write less"
        return Failure(stage="output", name="unreadable", message=message)
    with os.fdopen(os.dup(descriptor), "rb") as file:
        return file.read(max_bytes)


def _others(folder: Path) -> str:
    names = (
        sorted(entry.name for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False))
        if folder.is_dir()
        else []
    )
    if not names:
        return "the script wrote no file at all; save the result under exactly this name"
    shown = ", ".join(names[:8]) + (" ..." if len(names) > 8 else "")
    return f"the folder holds {shown}; save the result under exactly this name"
