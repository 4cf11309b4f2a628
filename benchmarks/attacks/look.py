"""Telling whether a file was touched, and deleting what was left."""

import os
import stat
from pathlib import Path

from hepcoder.sandbox.folders import remove_folder


def look_at(path: Path) -> object:
    """Return all that an attack could change of a file, as a value to compare; None if there is no such file."""
    try:
        status = path.lstat()
    except OSError:
        return None
    content = path.read_bytes() if stat.S_ISREG(status.st_mode) else b""
    attributes = {name: os.getxattr(path, name) for name in os.listxattr(path, follow_symlinks=False)}
    kept = ("st_mode", "st_uid", "st_gid", "st_size", "st_nlink", "st_ino", "st_mtime_ns")
    return content, sorted(attributes.items()), [getattr(status, name) for name in kept]


def remove(path: Path) -> None:
    """Delete a file, or a folder however it was left; nothing happens if it is not there."""
    if path.is_dir() and not path.is_symlink():
        remove_folder(path)
    else:
        path.unlink(missing_ok=True)
