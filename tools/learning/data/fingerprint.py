"""What tells for a record which files a classifier was trained on."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from hepcoder.tools.learning.inputs import Process


def file_digests(processes: Sequence[Process]) -> dict[str, str]:
    """SHA-256 of the contents of each file, by its path as given; all bytes are read.

    Raises:
        OSError: A file cannot be read.
    """
    return {path: _digest(Path(path)) for one in processes for path in one.files}


def digest(processes: Sequence[Process]) -> str:
    """SHA-256 over names, classes, scales and contents of the files of all processes, in their order.

    Where the files are does not matter; a file that is written anew by other software may have another digest though
    its events are the same.

    Raises:
        OSError: A file cannot be read.
    """
    together = hashlib.sha256()
    for one in processes:
        together.update(f"{one.name}\n{one.label}\n{one.scale!r}\n{len(one.files)}\n".encode())
        for path in one.files:
            together.update(_digest(Path(path)).encode())
    return together.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
