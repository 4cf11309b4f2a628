"""One sandbox for many cells at once: as many scripts as there are cores, and nobody shuts it but its owner."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.folders import move_contents, remove_folder
from hepcoder.sandbox.records import Execution, Input, Job

_LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class SharedSandbox:
    """A cell's share of a sandbox.

    Attributes:
        whole: The sandbox.
        scratch: Folder of this process in which scripts run: a worker that waits for its next script has its own files
            beside that of its last one, which must not be in a cell that is done meanwhile. On the file system of the
            cells; made when missing.
        gate: Lets so many scripts run at once.
        excuse: Told how long a script had to wait for others.
    """

    whole: Sandbox
    scratch: Path
    gate: threading.Semaphore
    excuse: Callable[[float], None]

    @property
    def name(self) -> str:
        """Name of the tier."""
        return self.whole.name

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it lacks here."""
        return self.whole.lacks

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script when it is its turn; see `Sandbox.run`."""
        asked = time.monotonic()
        while not self.gate.acquire(timeout=_LOOK_SECONDS):
            if cancel is not None and cancel.is_set():
                return self.whole.run(job, cancel=cancel)  # which says at once that it was cancelled
        try:
            self.excuse(time.monotonic() - asked)
            return self._run(job, cancel)
        finally:
            self.gate.release()

    def _run(self, job: Job, cancel: threading.Event | None) -> Execution:
        self.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.scratch))
        try:
            execution = self.whole.run(job.model_copy(update={"folder": folder}), cancel=cancel)
            move_contents(folder, job.folder)
        finally:
            remove_folder(folder)
        return execution

    def prepare(self, inputs: tuple[Input, ...], near: Path) -> None:
        """Do nothing: workers made ready for cells that still wait for their models would use up the memory."""

    def close(self) -> None:
        """Do nothing: others are still at work."""
