"""What goes into a sandbox and what comes out."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from hepcoder.ledger.record import Record

GIB = 1024**3
MIB = 1024**2

Outcome = Literal[
    "finished",
    "time",
    "cpu",
    "memory",
    "disk",
    "inodes",
    "processes",
    "output_flood",
    "forbidden",
    "cancelled",
    "sandbox_failed",
]


def default_memory_bytes() -> int:
    """Return the memory that a job may use unless said otherwise: 4 GiB, on a small machine half of what it has."""
    try:
        installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 4 * GIB
    return max(64 * MIB, min(4 * GIB, installed // 2)) if installed > 0 else 4 * GIB


class Limits(Record):
    """Bounds on one job, for all its processes together unless said otherwise.

    Attributes:
        wall_seconds: Time from start to end.
        cpu_seconds: CPU time summed over processes.
        memory_bytes: Resident memory summed over processes; see `default_memory_bytes`.
        disk_bytes: Bytes on disk in the run's own folder.
        files: Files and folders in the run's own folder.
        processes: Processes and threads alive at once.
        output_bytes: Bytes of stdout and of stderr, each.
    """

    wall_seconds: float = Field(default=120.0, gt=0, le=7 * 86400)
    cpu_seconds: float = Field(default=240.0, gt=0)
    memory_bytes: int = Field(default_factory=default_memory_bytes, ge=64 * MIB)
    disk_bytes: int = Field(default=GIB, ge=MIB)
    files: int = Field(default=5000, ge=10)
    processes: int = Field(default=64, ge=1)
    output_bytes: int = Field(default=MIB, ge=1024)


class Input(Record):
    """An input file as the script sees it.

    Attributes:
        path: Absolute path on this machine; a regular file, mounted read-only.
        name: File name in the script's working folder.
    """

    path: Path
    name: str


class Job(Record):
    """One script to run.

    Attributes:
        script: Python source.
        folder: The run's own folder on this machine, empty before the run; the only writable place.
        inputs: Files that the script may read, each under its name in the working folder.
        limits: Bounds.
    """

    script: str
    folder: Path
    inputs: tuple[Input, ...] = ()
    limits: Limits = Limits()


class Artifact(Record):
    """A regular file that the script left in its folder.

    Attributes:
        name: Path relative to the folder, with ``/``.
        bytes: Size.
        sha256: Digest of the content.
    """

    name: str
    bytes: int
    sha256: str


class Traceback(Record):
    """The last exception of a script, read from its stderr.

    Attributes:
        exception: Class name without module, such as ``KeyError``.
        message: The text after it.
        line: Line of the script nearest to the failure, or None if the script is not in the traceback.
        text: The traceback, shortened, free of memory addresses and host paths.
    """

    exception: str
    message: str
    line: int | None
    text: str


class Attempt(Record):
    """Something that a script tried to reach and must not.

    It tells what the code is like; it is no boundary, since a script can get round being noticed.

    Attributes:
        kind: What sort of thing: files to read or write outside its own, sockets, other processes, the whole
            environment, or the kernel.
        target: What it was: a path, an address, a process, a call; cut at 200 characters.
    """

    kind: Literal["read", "write", "network", "process", "environment", "kernel"]
    target: str


class Peaks(Record):
    """The most that a job used; None where it could not be measured."""

    wall_seconds: float
    cpu_seconds: float | None = None
    memory_bytes: int | None = None
    disk_bytes: int | None = None
    processes: int | None = None


class Execution(Record):
    """What happened to a job.

    Attributes:
        outcome: ``finished`` when the script ended by itself, whatever its exit code; the name of the limit that
            stopped it; ``sandbox_failed`` when the sandbox broke, which is never the script's fault.
        exit_code: The script's exit code, negative signal number when a signal ended it; None unless finished.
        stdout: Captured text, decoded as UTF-8 with replacement; the tail is kept when it is too long.
        stderr: The same for stderr.
        output_truncated: Whether some of stdout or stderr was dropped.
        artifacts: Regular files left in the folder; links, pipes and sockets are never followed.
        traceback: The script's last exception, or None.
        attempts: What the script tried to reach and must not, each once, in order; empty says little.
        peaks: What it used.
        backend: Name of the backend and what it lacks here, such as ``bwrap`` or ``none``.
        detail: One line for people, such as which limit with both numbers.
    """

    outcome: Outcome
    exit_code: int | None
    stdout: str = ""
    stderr: str = ""
    output_truncated: bool = False
    artifacts: tuple[Artifact, ...] = ()
    traceback: Traceback | None = None
    attempts: tuple[Attempt, ...] = ()
    peaks: Peaks
    backend: str
    detail: str = ""

    @property
    def ok(self) -> bool:
        """Whether the script ran to its end with exit code 0; says nothing of its results."""
        return self.outcome == "finished" and self.exit_code == 0
