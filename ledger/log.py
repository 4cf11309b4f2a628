"""The append-only event log of one trial: a line an event, one writer a file."""

import fcntl
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from hepcoder.ledger.chain import link
from hepcoder.ledger.errors import RunBusyError, RunError, StorageError
from hepcoder.ledger.events import Body, Event, NodeName
from hepcoder.ledger.files import reason
from hepcoder.ledger.reading import DamagedLine, EventLog, read_chained, read_events

__all__ = ["EVENTS_FILE", "DamagedLine", "EventLog", "TrialLog", "read_events"]

EVENTS_FILE = "events.jsonl"


class TrialLog:
    """Appends to the log of one trial; safe to share between threads.

    Opening takes an exclusive lock that ends with the process, however it ends. A log that was cut short is kept as it
    is; the next event begins on a line of its own and takes the number after all lines of the file.

    Args:
        folder: The trial's folder; made when it is missing.
        trial: Id of the trial, written into each event.

    Raises:
        RunBusyError: Another writer has this log open.
        RunError: The log belongs to another trial.
        StorageError: The folder or file cannot be made or opened.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from hepcoder.ledger.events import NodeStarted
        >>> with TemporaryDirectory() as folder, TrialLog(Path(folder), "t1") as log:
        ...     log.append(NodeStarted(), node="code", step=1).seq
        0
    """

    def __init__(self, folder: Path, trial: str) -> None:
        self.path = folder / EVENTS_FILE
        self.trial = trial
        self._lock = threading.RLock()
        self._subscribers: list[Callable[[Event], None]] = []
        self._fd: int | None = _open_locked(self.path)
        try:
            log, self._prev = read_chained(self.path)
            self._refuse_other_trial(log)
            size = os.fstat(self._fd).st_size
            self._torn = size > 0 and os.pread(self._fd, 1, size - 1) != b"\n"
        except BaseException:
            os.close(self._fd)
            raise
        self._events = list(log.events)
        self.damaged = log.damaged
        self._seq = _next_seq(log)

    @property
    def events(self) -> tuple[Event, ...]:
        """All events: those on disk when the log was opened, and those appended since."""
        with self._lock:
            return tuple(self._events)

    def subscribe(self, callback: Callable[[Event], None]) -> None:
        """Call `callback` with each event after it is written, in order, in the thread that appends.

        The log is held meanwhile: the callback must not wait for another thread that appends. What it raises goes to
        the caller of `append`; the event is on record all the same.
        """
        with self._lock:
            self._subscribers.append(callback)

    def append(self, body: Body, *, node: NodeName, step: int) -> Event:
        """Write one event; when this returns, it survives the death of the process.

        Args:
            body: What happened.
            node: The node at work, or ``run`` outside of any.
            step: How many nodes had been entered, this one included; 0 before the first.

        Returns:
            The event as it was written.

        Raises:
            StorageError: It could not be written (disk full, file gone, log closed); the log is as it was before.
            ValueError: The body holds text that is not valid Unicode.
        """
        with self._lock:
            event = Event(seq=self._seq, at=datetime.now(UTC), trial=self.trial, node=node, step=step, body=body)
            line, digest = link(event.model_dump_json().encode(), self._prev)
            self._write(line)
            self._prev = digest
            self._seq += 1
            self._events.append(event)
            for callback in self._subscribers:
                callback(event)
        return event

    def close(self) -> None:
        """Bring the log to disk and give up the lock; a second call does nothing.

        Raises:
            StorageError: The disk did not take it; the lock is given up all the same.
        """
        with self._lock:
            if self._fd is None:
                return
            fd, self._fd = self._fd, None
            try:
                os.fsync(fd)
            except OSError as error:
                raise self._storage_error(error) from error
            finally:
                os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self, line: bytes) -> None:
        if self._fd is None:
            message = f"{self.path} is closed; open the trial again to go on"
            raise StorageError(message)
        data = b"\n%b\n" % line if self._torn else b"%b\n" % line
        size = os.fstat(self._fd).st_size
        try:
            written = os.write(self._fd, data)
            if written < len(data):  # a nearly full disk takes a part; asking again says why it took no more
                os.write(self._fd, data[written:])
        except OSError as error:
            self._undo(size)
            raise self._storage_error(error) from error
        self._torn = False

    def _undo(self, size: int) -> None:
        fd = self._fd
        if fd is not None:
            with suppress(OSError):
                os.ftruncate(fd, size)
            self._torn = self._torn or os.fstat(fd).st_size != size

    def _storage_error(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} cannot be written: {reason(error)}; free space or check the disk, then resume"
        )

    def _refuse_other_trial(self, log: EventLog) -> None:
        if log.events and log.events[0].trial != self.trial:
            message = (
                f"{self.path} holds trial {log.events[0].trial!r}, not {self.trial!r}; use that trial's own folder"
            )
            raise RunError(message)


def _open_locked(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        message = f"{path} cannot be opened for writing: {reason(error)}; choose another runs folder"
        raise StorageError(message) from error
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(fd)
        message = f"{path} is being written by another process; wait for it or stop it, then try again"
        raise RunBusyError(message) from error
    except OSError as error:
        os.close(fd)
        message = f"{path} cannot be locked: {reason(error)}; choose a runs folder on a file system with locks"
        raise StorageError(message) from error
    return fd


def _next_seq(log: EventLog) -> int:
    return max([len(log.events) + len(log.damaged), *(event.seq + 1 for event in log.events[-1:])])
