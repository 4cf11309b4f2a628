"""Locks on files that end with the process, however it ends."""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from hepcoder.ledger.errors import StorageError
from hepcoder.ledger.files import reason


class Claim:
    """An exclusive lock; as a context manager it ends with the block.

    Args:
        path: The lock's file; made when missing, with its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self, *, wait: bool = False) -> bool:
        """Take the lock; False when another process or thread has it and `wait` is not set.

        Raises:
            StorageError: The file cannot be made or locked.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise self._failed(error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        except OSError as error:
            os.close(descriptor)
            raise self._failed(error) from error
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Give the lock up; a second call does nothing."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    def __enter__(self) -> Self:
        self.take(wait=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _failed(self, error: OSError) -> StorageError:
        message = f"{self.path} cannot be locked: {reason(error)}; free space, or put the study on a disk with locks"
        return StorageError(message)
