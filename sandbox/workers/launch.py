"""What a tier of the sandbox has to provide: how a fork server is started within its confinement."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hepcoder.sandbox.records import Input


@dataclass(frozen=True)
class Layout:
    """Where things lie as a script sees them.

    Attributes:
        job: Its working folder.
        scratch: Folders for temporary files, wiped after each job.
        home: Its HOME, in the first of these.
        inputs: Path of each input, by name.
    """

    job: str
    scratch: tuple[str, ...]
    home: str
    inputs: Mapping[str, str]


class Started(Protocol):
    """A fork server that was started."""

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        """The outermost process, with a pipe for stderr."""
        ...

    def stop(self, job: int | None = None) -> None:
        """Kill it with everything it started, and return when all is gone.

        Args:
            job: Process and group of the job that runs, as the server told it; None when it told of none.
        """
        ...

    def reason(self) -> str:
        """Return what it said of why it cannot run; empty if it said nothing. Call it when it has ended."""
        ...


class Launcher(Protocol):
    """Starts fork servers within one kind of confinement."""

    @property
    def name(self) -> str:
        """Name of the tier."""
        ...

    @property
    def how(self) -> str:
        """How it confines here, in a few words."""
        ...

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it lacks, here or by its nature."""
        ...

    @property
    def reusable(self) -> bool:
        """Whether a fork server may run a second job: only where a job cannot reach it."""
        ...

    @property
    def changes_user(self) -> bool:
        """Whether scripts run as another user than we."""
        ...

    @property
    def counts_processes(self) -> bool:
        """Whether the kernel's bound on processes can be had for a worker alone; else it counts all of the user's."""
        ...

    def layout(self, place: Path, inputs: tuple[Input, ...]) -> Layout:
        """Say where things will lie as a script sees them.

        Args:
            place: The worker's own folder on this machine; ``job`` in it is the job's folder, ``scratch`` is for
                temporary files where the tier has no place of its own for them.
            inputs: Files that a script may read.
        """
        ...

    def settings(self, layout: Layout) -> Mapping[str, Any]:
        """Return what the fork server must know of the confinement: ``rules``, ``abi``, ``filter``, ``namespace``."""
        ...

    def start(self, place: Path, inputs: tuple[Input, ...], user: int | None, control: int) -> Started:
        """Start a fork server.

        Args:
            place: As for `layout`.
            inputs: As for `layout`.
            user: Whom to become, or None.
            control: Its end of the control socket; ours to close afterwards.

        Raises:
            SandboxError: It cannot be started.
        """
        ...
