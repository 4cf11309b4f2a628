"""Follows a started process to its end or to the first broken limit, reading what it prints."""

import os
import selectors
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from hepcoder.sandbox.records import Limits, Peaks
from hepcoder.sandbox.watch import Breach, broken_sum, measure, measure_disk

_CHUNK = 64 * 1024
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.1
_DISK_EVERY_SECONDS = 0.15


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
    def text(self) -> str:
        """What was kept, as UTF-8; bytes that are none are replaced."""
        return self._data.decode(errors="replace")


@dataclass
class Followed:
    """How a process ended.

    Attributes:
        breach: Why it was stopped, or None when it ended by itself.
        stdout: What it printed.
        stderr: The same for stderr.
        peaks: What it used.
    """

    breach: Breach | None
    stdout: Tail
    stderr: Tail
    peaks: Peaks


@dataclass
class _Peak:
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    processes: int | None = None


@dataclass
class Follower:
    """Watches one process.

    Attributes:
        process: The outermost process, with pipes for stdout and stderr.
        limits: The job's bounds.
        folder: The run's own folder.
        own_tasks: Processes of the sandbox itself, which do not count.
        stop: Ends all processes of the job and returns when they are gone.
        cancel: Set by another thread to stop the job.
    """

    process: "subprocess.Popen[bytes]"
    limits: Limits
    folder: Path
    own_tasks: int
    stop: Callable[[], None]
    cancel: threading.Event | None = None
    _peak: _Peak = field(default_factory=_Peak)
    _pids: tuple[int, ...] = ()

    def follow(self) -> Followed:
        """Return when the process has ended and everything it started is gone."""
        started = time.monotonic()
        self._streams = {
            _stream(self.process.stdout): Tail(self.limits.output_bytes),
            _stream(self.process.stderr): Tail(self.limits.output_bytes),
        }
        try:
            breach = self._until_end(started)
        finally:
            self.stop()
        for descriptor in self._streams:
            self._drain(descriptor)
        breach = breach or self._flood() or self._disk(())
        wall = time.monotonic() - started
        stdout, stderr = self._streams.values()
        return Followed(breach, stdout, stderr, Peaks(wall_seconds=wall, **vars(self._peak)))

    def _until_end(self, started: float) -> Breach | None:
        pause = _FIRST_PAUSE
        next_disk = next_look = started
        with selectors.DefaultSelector() as selector:
            for descriptor in self._streams:
                os.set_blocking(descriptor, False)
                selector.register(descriptor, selectors.EVENT_READ)
            while self.process.poll() is None:
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
        if not selector.get_map():
            time.sleep(min(seconds, _FIRST_PAUSE))
            return
        for key, _ in selector.select(seconds):
            if self._read(key.fd) == b"":
                selector.unregister(key.fd)

    def _read(self, descriptor: int) -> bytes | None:
        """Read once; empty bytes at the end of the stream, None when there is nothing now."""
        try:
            chunk = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return None
        self._streams[descriptor].add(chunk)
        return chunk

    def _drain(self, descriptor: int) -> None:
        while self._read(descriptor):
            if self._streams[descriptor].overflowed:
                return

    def _flood(self) -> Breach | None:
        for name, tail in zip(("stdout", "stderr"), self._streams.values(), strict=True):
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
        usage = measure(self.process.pid, self.limits)
        self._pids = usage.pids
        peak = self._peak
        peak.cpu_seconds = max(peak.cpu_seconds or 0.0, usage.cpu_seconds)
        peak.memory_bytes = max(peak.memory_bytes or 0, usage.memory_bytes)
        peak.processes = max(peak.processes or 0, usage.tasks - self.own_tasks)
        return broken_sum(usage, self.limits, own_tasks=self.own_tasks)

    def _disk(self, pids: tuple[int, ...]) -> Breach | None:
        use = measure_disk(self.folder, self.limits, pids)
        self._peak.disk_bytes = max(self._peak.disk_bytes or 0, use.bytes)
        return use.breach


def _stream(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        message = "the process must be started with pipes for stdout and stderr"
        raise ValueError(message)
    return pipe.fileno()
