"""A job of a fork server while it runs."""

import os
import socket
from collections.abc import Mapping

from hepcoder.sandbox.follow import Streams
from hepcoder.sandbox.records import Limits, Peaks
from hepcoder.sandbox.watch import Usage, measure
from hepcoder.sandbox.workers.launch import Started
from hepcoder.sandbox.workers.replies import LostWorkerError, Reply, receive


class RunningJob:
    """A job of a fork server; see `follow.Running`.

    Attributes:
        streams: Our ends of its pipes.
        failure: Why the sandbox and not the script is to blame; empty once the script has begun.
    """

    def __init__(self, control: socket.socket, started: Started, streams: Streams, own: Mapping[int, float]) -> None:
        """Follow the job that was just sent.

        Args:
            control: Our end of the control socket, which does not wait.
            started: The fork server.
            streams: Our ends of the job's pipes.
            own: The sandbox's own processes with the CPU time that they had used before.
        """
        self.streams = streams
        self.failure = "the sandbox ended before the script began"
        self._control = control
        self._started = started
        self._own = own
        self._reply: Reply | None = None
        self._lost = False
        self._job: int | None = None

    def fileno(self) -> int:
        """Return a descriptor that becomes readable when the server says something."""
        return self._control.fileno()

    def ended(self) -> bool:
        """Whether the job has ended, or the server."""
        while self._reply is None and not self._lost:
            try:
                reply = receive(self._control)
            except LostWorkerError as error:
                self._lost, self.failure = True, f"the sandbox broke while the script ran: {error}"
                break
            if reply is None:
                return False
            if reply.failed is not None:
                self.failure = f"the script could not begin: {reply.failed}"
            elif reply.started is not None:
                self.failure, self._job = "", reply.started
            elif reply.ended is not None:
                self._reply = reply
        return True

    def usage(self, limits: Limits) -> Usage:
        """Return what the job's processes use now."""
        return measure(self._started.process.pid, limits, self._own)

    def used(self) -> Peaks | None:
        """Return what the kernel says the job used, once it has ended by itself."""
        if self._reply is None:
            return None
        reply = self._reply
        return Peaks(wall_seconds=0.0, cpu_seconds=reply.cpu_seconds, memory_bytes=reply.peak_rss_bytes)

    def stop(self) -> None:
        """End the whole server unless the job has ended by itself, which the server has cleaned up after."""
        if self._reply is None:
            self._started.stop(self._job)

    @property
    def exit_code(self) -> int:
        """Exit code of the script; a negative signal number when a signal ended it."""
        return os.waitstatus_to_exitcode(self._reply.ended or 0) if self._reply is not None else 0

    @property
    def clean(self) -> bool:
        """Whether nothing of the job is left."""
        return self._reply is not None and self._reply.clean
