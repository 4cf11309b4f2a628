"""One running fork server in its confinement, and the jobs that it does, one at a time."""

import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hepcoder.sandbox.environment import script_rlimits
from hepcoder.sandbox.finish import finish
from hepcoder.sandbox.folders import move_contents, remove_folder
from hepcoder.sandbox.follow import Followed, Follower, Streams
from hepcoder.sandbox.processes import descendants, pid_inside, tasks_of_user
from hepcoder.sandbox.records import Execution, Input, Job, Peaks
from hepcoder.sandbox.stage import staged
from hepcoder.sandbox.users import release_user, take_over, take_user
from hepcoder.sandbox.validate import SCRIPT_NAME
from hepcoder.sandbox.watch import cpu_seconds
from hepcoder.sandbox.workers.launch import Launcher
from hepcoder.sandbox.workers.place import make_place
from hepcoder.sandbox.workers.replies import LostWorkerError, receive, send
from hepcoder.sandbox.workers.running import RunningJob

READY_SECONDS = 60.0  # a cold disk and busy cores take ten; a broken one says so at once


@dataclass(frozen=True)
class Kind:
    """What makes one worker as good as another.

    Attributes:
        inputs: Files that its jobs may read, in order of their names.
        modules: What it has imported.
        near: A folder of the file system that the folders of its jobs are on, where its own is made.
    """

    inputs: tuple[Input, ...]
    modules: tuple[str, ...]
    near: Path = field(compare=False)
    device: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "device", self.near.stat().st_dev)


class Worker:
    """A fork server, from its start to its stop.

    Attributes:
        kind: What it is good for.
        fit: Whether it may do another job.
    """

    def __init__(self, launcher: Launcher, kind: Kind) -> None:
        """Start it; it imports its packages meanwhile.

        Args:
            launcher: Of its tier.
            kind: What it is to be good for.

        Raises:
            SandboxError: It cannot be started at all.
            OSError: Its folder cannot be made.
        """
        self.kind = kind
        self.fit = True
        self._launcher = launcher
        self._owner = os.getpid()
        self._own: tuple[int, ...] = ()  # processes of the sandbox itself, known once it is ready
        self._user = take_user() if launcher.changes_user else None
        self._place = make_place(kind.near, self._user)
        self._layout = launcher.layout(self._place, kind.inputs)
        self._confinement = launcher.settings(self._layout)
        self._keeps_inputs_apart = self._confinement["rules"] is not None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._started = launcher.start(self._place, kind.inputs, self._user, theirs.fileno())
        except BaseException:
            self._clear()
            raise
        finally:
            theirs.close()
        with suppress(LostWorkerError):  # told when it is asked whether it is ready
            send(self._control, self._settings())

    def _settings(self) -> dict[str, Any]:
        layout = self._layout
        writable = [layout.job, *layout.scratch]
        return {
            "modules": self.kind.modules,
            "job": layout.job,
            "inputs": [layout.inputs[item.name] for item in self.kind.inputs],
            "scratch": layout.scratch,
            "visible": {"read": list(layout.inputs.values()), "write": writable},
            **self._confinement,
        }

    def wait_until_ready(self) -> None:
        """Return when it takes jobs.

        Raises:
            LostWorkerError: It ended, says what makes no sense, or is not ready in time; the reason is in the text.
        """
        if self._own:
            if self._started.process.poll() is not None or not (self._place / "job").is_dir():
                message = "the fork server or its folder is gone"
                raise LostWorkerError(message)
            return
        readable, _, _ = select.select([self._control], [], [], READY_SECONDS)
        if not readable:
            message = f"the fork server is not ready after {READY_SECONDS:g} s"
            raise LostWorkerError(message)
        try:
            reply = receive(self._control)
        except LostWorkerError as error:
            self._started.stop()
            raise LostWorkerError(self._started.reason() or str(error)) from error
        if reply is None or reply.ready is None:
            message = f"the fork server said {reply} instead of being ready"
            raise LostWorkerError(message)
        self._control.setblocking(False)
        self._own = _own_processes(self._started.process.pid, reply.ready)

    def covers(self, kind: Kind) -> bool:
        """Whether it is good for jobs of a kind: of its own, or of less where Landlock keeps the rest from a job."""
        if kind == self.kind or not self._keeps_inputs_apart:
            return kind == self.kind
        fewer = set(kind.inputs) <= set(self.kind.inputs) and set(kind.modules) <= set(self.kind.modules)
        return fewer and kind.device == self.kind.device

    def run(self, job: Job, cancel: threading.Event | None) -> Execution:
        """Run a checked job whose inputs are among the worker's.

        Returns:
            What happened; `fit` is False afterwards when the worker must not be used again.
        """
        self.fit = False
        folder = self._place / "job"
        targets = {item.name: Path(self._layout.inputs[item.name]) for item in job.inputs}
        try:
            with staged(folder, job.script, targets):
                followed, running = self._follow(job, cancel)
        except (LostWorkerError, OSError) as error:
            return self._failed(str(error), Peaks(wall_seconds=0.0))
        if running.failure and not followed.breach:
            return self._failed(running.failure, followed.peaks)
        try:
            folder.chmod(0o700)  # the script may have closed it
            if self._user is not None:
                take_over(folder, self._user)
            move_contents(folder, job.folder)
        except OSError as error:
            return self._failed(f"the run's folder {str(job.folder)!r} cannot be filled: {error}", followed.peaks)
        execution = finish(job, followed, running.exit_code, backend=self.label, folder_as_seen=self._layout.job)
        self.fit = self._launcher.reusable and running.clean and execution.outcome == "finished"
        return execution

    @property
    def label(self) -> str:
        """Name of the tier and what it lacks, as recorded with every run."""
        lacks = self._launcher.lacks
        return f"{self._launcher.name} without {', '.join(lacks)}" if lacks else self._launcher.name

    def _follow(self, job: Job, cancel: threading.Event | None) -> tuple[Followed, RunningJob]:
        own = {pid: cpu_seconds(pid) for pid in self._own}
        others = 0 if self._launcher.counts_processes else tasks_of_user(os.geteuid())
        with _pipes() as (streams, theirs):
            request = {
                "script": SCRIPT_NAME,
                "inputs": [self._layout.inputs[item.name] for item in job.inputs],
                "limits": dict(script_rlimits(job.limits, other_tasks=others)),
            }
            try:
                send(self._control, request, theirs)
            finally:
                for descriptor in theirs:
                    os.close(descriptor)
            running = RunningJob(self._control, self._started, streams, own)
            return Follower(running, job.limits, self._place, cancel).follow(), running

    def _failed(self, detail: str, peaks: Peaks) -> Execution:
        return Execution(outcome="sandbox_failed", exit_code=None, peaks=peaks, backend=self.label, detail=detail)

    def stop(self) -> None:
        """End it with everything it started, and remove its folder; nothing happens the second time."""
        self.fit = False
        if self._owner != os.getpid():  # a fork of us must not end what is not its own
            return
        self._started.stop()
        self._clear()

    def _clear(self) -> None:
        self._control.close()
        with suppress(OSError):
            remove_folder(self._place)
        if self._user is not None:
            release_user(self._user)
            self._user = None


def _own_processes(root: int, server: int) -> tuple[int, ...]:
    """Return the processes of the sandbox itself: those that led to the fork server, and it."""
    found = descendants(root)
    inside = next((pid for pid in found if pid_inside(pid) == server), None)
    if inside is None:
        message = f"the fork server, process {server} inside, is not among {found}"
        raise LostWorkerError(message)
    jobs = descendants(inside)[1:]
    return tuple(pid for pid in found if pid not in jobs)


@contextmanager
def _pipes() -> Iterator[tuple[Streams, tuple[int, int, int]]]:
    """Make the pipes of a job; our ends are closed at the end, theirs are the caller's."""
    stdout, their_stdout = os.pipe()
    stderr, their_stderr = os.pipe()
    notes, their_notes = os.pipe()
    try:
        yield Streams(stdout, stderr, notes), (their_stdout, their_stderr, their_notes)
    finally:
        for descriptor in (stdout, stderr, notes):
            os.close(descriptor)
