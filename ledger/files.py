"""Writing whole files so that nobody ever sees half of one."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from hepcoder.ledger.errors import StorageError


def reason(error: OSError) -> str:
    """The system's words for an error, without paths: ``No space left on device``."""
    return error.strerror or type(error).__name__


def temporary_beside(path: Path) -> Path:
    """A name that no other process uses, hidden and in the same folder, so that a rename is atomic."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def write_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """Put a file in place, complete and on disk, or leave things as they were.

    Args:
        path: Where it goes; a file already there is replaced. The folder must exist.
        chunks: The content, in order.

    Raises:
        StorageError: The file cannot be written; names it and the reason.
    """
    temporary = temporary_beside(path)
    try:
        with temporary.open("xb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        message = f"{path} cannot be written: {reason(error)}; free space or choose another runs folder"
        raise StorageError(message) from error
