"""The contract that every sandbox backend keeps."""

import threading
from pathlib import Path
from typing import Protocol

from hepcoder.sandbox.records import Execution, Input, Job


class Sandbox(Protocol):
    """Runs foreign Python under limits and says what happened.

    The script's working folder is `Job.folder`; each input appears in it under its name. It sees no network, no
    environment of the caller, no other file of the user, and may write nowhere but in its folder. It may import the
    installed packages and ``hepcoder.tools`` with what that needs, and no other part of hepcoder.
    """

    @property
    def name(self) -> str:
        """Name of the tier."""
        ...

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it lacks here, each in a few words; empty when nothing is missing."""
        ...

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script to its end or to the first broken limit.

        All its processes are gone when this returns. May be called from any thread, several at once.

        Args:
            job: What to run.
            cancel: Set by another thread to stop the job; the outcome is then ``cancelled``.

        Returns:
            What happened, also when the script failed or was stopped, and also when the sandbox broke half-way.

        Raises:
            SandboxError: The sandbox cannot start at all.
            TaskError: The job is not runnable: an input is gone, a name clashes, the folder is missing.
        """
        ...

    def prepare(self, inputs: tuple[Input, ...], near: Path) -> None:
        """Get ready in the background for scripts with these inputs; a hint, which may be ignored.

        Args:
            inputs: What the scripts will read.
            near: A folder on the file system where their folders will be.
        """
        ...

    def close(self) -> None:
        """End what waits for further scripts; nothing happens the second time, and `run` may still be called."""
        ...
