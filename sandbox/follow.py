"""Follows a started process to its end or to the first broken limit, reading what it prints."""

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from hepcoder.sandbox.records import Limits, Peaks
from hepcoder.sandbox.watch import Breach, Usage, broken_sum, measure, measure_disk

_CHUNK = 64 * 1024
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.1
_FIRST_DISK = 0.05
_DISK_EVERY_SECONDS = 0.15
_NOTES = 256 * 1024


class Tail:
    """The last bytes of a stream.

    Attributes:
        total: Bytes seen.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._data = bytearray()
        self.total = 0

    def add(self, chunk: bytes) -> None:
        """Append bytes, dropping the oldest beyond the limit."""
        self.total += len(chunk)
        self._data += chunk
        del self._data[: -self._limit]

    @property
    def overflowed(self) -> bool:
        """Whether bytes were dropped."""
        return self.total > self._limit

    @property
    def data(self) -> bytes:
        """What was kept."""
        return bytes(self._data)

    @property
    def text(self) -> str:
        """What was kept, as UTF-8; bytes that are none are replaced."""
        return self._data.decode(errors="replace")


@dataclass
class Followed:
    """How a job ended.

    Attributes:
        breach: Why it was stopped, or None when it ended by itself.
        stdout: What it printed.
        stderr: The same for stderr.
        notes: What was noted of its attempts, as it was written.
        peaks: What it used.
    """

    breach: Breach | None
    stdout: Tail
    stderr: Tail
    notes: bytes
    peaks: Peaks


@dataclass(frozen=True)
class Streams:
    """Our ends of the pipes that a job writes to.

    Attributes:
        stdout: Of its standard output.
        stderr: Of its standard error.
        notes: Of what is noted of its attempts, or None.
    """

    stdout: int
    stderr: int
    notes: int | None = None


class Running(Protocol):
    """A job while it runs."""

    @property
    def streams(self) -> Streams:
        """What it writes to."""
        ...

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when `ended` may have changed."""
        ...

    def ended(self) -> bool:
        """Whether the job has ended."""
        ...

    def usage(self, limits: Limits) -> Usage:
        """Return what all its processes use now, without those of the sandbox itself."""
        ...

    def used(self) -> Peaks | None:
        """Return what the kernel says it used in all, once it has ended; None where nothing is known."""
        ...

    def stop(self) -> None:
        """End all processes of the job if it has not ended, and return when they are gone."""
        ...


@dataclass
class _Peak:
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    processes: int | None = None

    def add(self, seen: "_Peak | Peaks") -> None:
        """Keep the greater of each; what is unknown does not count."""
        for name in vars(self):
            values = [value for value in (getattr(self, name), getattr(seen, name)) if value is not None]
            setattr(self, name, max(values, default=None))


@dataclass
class Follower:
    """Watches one job.

    Attributes:
        running: The job.
        limits: Its bounds.
        folder: Its own folder.
        cancel: Set by another thread to stop the job.
    """

    running: Running
    limits: Limits
    folder: Path
    cancel: threading.Event | None = None
    _peak: _Peak = field(default_factory=_Peak)
    _pids: tuple[int, ...] = ()

    def follow(self) -> Followed:
        """Return when the job has ended and everything it started is gone."""
        started = time.monotonic()
        streams = self.running.streams
        stdout, stderr, notes = (Tail(limit) for limit in (self.limits.output_bytes, self.limits.output_bytes, _NOTES))
        self._tails = {streams.stdout: stdout, streams.stderr: stderr}
        self._all = self._tails | ({} if streams.notes is None else {streams.notes: notes})
        try:
            breach = self._until_end(started)
        finally:
            self.running.stop()
        for descriptor in self._all:
            self._drain(descriptor)
        breach = breach or self._flood() or self._disk(())
        wall = time.monotonic() - started
        self._peak.add(self.running.used() or _Peak())
        return Followed(breach, stdout, stderr, notes.data, Peaks(wall_seconds=wall, **vars(self._peak)))

    def _until_end(self, started: float) -> Breach | None:
        pause = _FIRST_PAUSE
        next_look, next_disk = started + _FIRST_PAUSE, started + _FIRST_DISK
        with selectors.DefaultSelector() as selector:
            selector.register(self.running, selectors.EVENT_READ)
            for descriptor in self._all:
                os.set_blocking(descriptor, False)
                selector.register(descriptor, selectors.EVENT_READ)
            while not self.running.ended():
                now = time.monotonic()
                breach = self._flood() or self._stopped(now - started)
                if not breach and now >= next_look:
                    breach = self._sums()
                    next_look, pause = now + pause, min(pause * 1.2, _LONGEST_PAUSE)
                if not breach and now >= next_disk:
                    breach = self._disk(self._pids)
                    next_disk = time.monotonic() + max(_DISK_EVERY_SECONDS, 10 * (time.monotonic() - now))
                if breach:
                    return breach
                self._read_ready(selector, max(0.0, next_look - time.monotonic()))
        return None

    def _read_ready(self, selector: selectors.BaseSelector, seconds: float) -> None:
        for key, _ in selector.select(seconds):
            if key.fd in self._all and self._read(key.fd) == b"":
                selector.unregister(key.fd)

    def _read(self, descriptor: int) -> bytes | None:
        """Read once; empty bytes at the end of the stream, None when there is nothing now."""
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return None
        self._all[descriptor].add(chunk)
        return chunk

    def _drain(self, descriptor: int) -> None:
        while self._read(descriptor):
            if self._all[descriptor].overflowed:
                return

    def _flood(self) -> Breach | None:
        for name, tail in zip(("stdout", "stderr"), self._tails.values(), strict=True):
            if tail.overflowed:
                limit = self.limits.output_bytes
                return Breach("output_flood", f"output: more than {limit} bytes on {name}")
        return None

    def _stopped(self, seconds: float) -> Breach | None:
        if self.cancel is not None and self.cancel.is_set():
            return Breach("cancelled", f"cancelled after {seconds:.1f} s")
        if seconds > self.limits.wall_seconds:
            return Breach("time", f"time: {seconds:.1f} s passed, limit {self.limits.wall_seconds:g} s")
        return None

    def _sums(self) -> Breach | None:
        usage = self.running.usage(self.limits)
        self._pids = usage.pids
        self._peak.add(_Peak(usage.cpu_seconds, usage.memory_bytes, None, usage.tasks))
        return broken_sum(usage, self.limits)

    def _disk(self, pids: tuple[int, ...]) -> Breach | None:
        use = measure_disk(self.folder, self.limits, pids)
        self._peak.add(_Peak(disk_bytes=use.bytes))
        return use.breach


class RunningProcess:
    """A job that is a process of its own.

    Attributes:
        process: Started with pipes for stdout and stderr, and as the leader of a session.
    """

    def __init__(self, process: "subprocess.Popen[bytes]", stop: Callable[[], None]) -> None:
        self.process = process
        self._stop = stop
        self._ending = os.pidfd_open(process.pid)
        self.streams = Streams(_number(process.stdout), _number(process.stderr))

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the process ends."""
        return self._ending

    def ended(self) -> bool:
        """Whether the process has ended."""
        return self.process.poll() is not None

    def usage(self, limits: Limits) -> Usage:
        """Return what the process and its descendants use now."""
        return measure(self.process.pid, limits, {})

    def used(self) -> None:
        """Return None: nothing is known but what was seen."""

    def stop(self) -> None:
        """End the process and what it left."""
        self._stop()
        os.close(self._ending)


def _number(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        message = "the process must be started with pipes for stdout and stderr"
        raise ValueError(message)
    return pipe.fileno()
