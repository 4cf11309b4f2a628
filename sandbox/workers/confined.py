"""The sandbox of every tier that confines a fork server."""

import threading
from contextlib import suppress
from pathlib import Path

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.records import Execution, Input, Job, Peaks
from hepcoder.sandbox.validate import check_job
from hepcoder.sandbox.workers.launch import Launcher
from hepcoder.sandbox.workers.packages import modules_for
from hepcoder.sandbox.workers.pool import WorkerPool
from hepcoder.sandbox.workers.replies import LostWorkerError
from hepcoder.sandbox.workers.worker import Kind, Worker

MOST_IDLE = 2


class ConfinedSandbox:
    """Runs each script in a fork of a server that has imported the analysis packages already.

    A worker does one job at a time; several at once have a worker each. One is used again only for jobs with the same
    inputs, and never after a job that broke a limit. About 120 MB of memory wait with each idle one.
    """

    def __init__(self, launcher: Launcher) -> None:
        """Make a sandbox; no process is started before it is needed.

        Args:
            launcher: Of the tier, seen to work here.
        """
        self.launcher = launcher
        self._pool = WorkerPool(self._start, MOST_IDLE)

    @property
    def name(self) -> str:
        """Name of the tier."""
        return self.launcher.name

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it lacks here."""
        return self.launcher.lacks

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script to its end or to the first broken limit; see `base.Sandbox.run`."""
        check_job(job, foreign_reader=self.launcher.changes_user)
        kind = Kind(_sorted(job.inputs), modules_for(job.script), job.folder.parent)
        try:
            worker = self._pool.take(kind)
        except LostWorkerError as error:
            detail = f"the sandbox ended before the script began: {error}"
            peaks = Peaks(wall_seconds=0.0)
            return Execution(outcome="sandbox_failed", exit_code=None, peaks=peaks, backend=self.name, detail=detail)
        try:
            execution = worker.run(job, cancel)
        finally:
            self._pool.give_back(worker)
        if execution.outcome not in {"finished", "cancelled", "sandbox_failed"}:
            self.prepare(job.inputs, job.folder.parent)  # whoever broke a limit will try again
        return execution

    def prepare(self, inputs: tuple[Input, ...], near: Path) -> None:
        """Start a worker and do not wait for it; see `base.Sandbox.prepare`."""
        with suppress(SandboxError, OSError):  # told by `run`
            self._pool.prepare(Kind(_sorted(inputs), modules_for(""), near))

    def close(self) -> None:
        """Stop the workers that wait."""
        self._pool.close()

    def _start(self, kind: Kind) -> Worker:
        try:
            return Worker(self.launcher, kind)
        except OSError as error:
            message = f"no folder for a sandbox can be made near {str(kind.near)!r}: {error.strerror}"
            raise SandboxError(message) from error


def _sorted(inputs: tuple[Input, ...]) -> tuple[Input, ...]:
    return tuple(sorted(inputs, key=lambda item: item.name))
