"""The tiers that the corpus is run on: the sandboxes, and for scale what most projects do instead."""

import hashlib
import os
import platform
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Literal

from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Artifact, Execution, Input, Job, Peaks

TIERS = ("plain", "bwrap", "landlock", "none")


class PlainSubprocess:
    """Runs a script by `subprocess.run` in the job's folder, with a time limit and nothing else."""

    name = "plain"
    lacks = ("everything but a time limit",)

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script to its end or until the time limit; cancelling it is not possible."""
        del cancel
        for item in job.inputs:
            (job.folder / item.name).symlink_to(item.path)
        (job.folder / "script.py").write_text(job.script, encoding="utf-8")
        started = time.monotonic()
        try:
            done = subprocess.run(
                [sys.executable, "script.py"],
                cwd=job.folder,
                capture_output=True,
                timeout=job.limits.wall_seconds,
                check=False,
            )
            code, stdout, stderr = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as error:
            code, stdout, stderr = None, error.stdout or b"", error.stderr or b""
        peaks = Peaks(wall_seconds=time.monotonic() - started)
        for item in job.inputs:
            (job.folder / item.name).unlink(missing_ok=True)
        return Execution(
            outcome="time" if code is None else "finished",
            exit_code=code,
            stdout=stdout.decode(errors="replace"),
            stderr=stderr.decode(errors="replace"),
            artifacts=_collect(job.folder),
            peaks=peaks,
            backend=self.name,
        )

    def prepare(self, inputs: tuple[Input, ...], near: Path) -> None:
        """Do nothing: each script starts from scratch."""

    def close(self) -> None:
        """Do nothing: nothing waits."""


def _collect(folder: Path) -> tuple[Artifact, ...]:
    """Take up what a script left as one does who expects no harm: follow links, read everything."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "script.py"]
    contents = [(str(path.relative_to(folder)), path.read_bytes()) for path in files]
    return tuple(
        Artifact(name=name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest()) for name, data in contents
    )


def open_tier(name: str) -> Sandbox:
    """Return the sandbox of a tier.

    Args:
        name: One of `TIERS`.

    Raises:
        SandboxError: It cannot start here; says why and the way out.
        ValueError: There is no such tier.
    """
    if name == "plain":
        return PlainSubprocess()
    if name not in TIERS:
        message = f"there is no tier {name!r}; there are {', '.join(TIERS)}"
        raise ValueError(message)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # that "none" is unsafe is what is to be shown
        return choose_sandbox(name)


def versions(tier: str) -> dict[str, str]:
    """Return the versions of the programs that a tier is made of, by name."""
    found = {"python": platform.python_version()}
    if tier == "bwrap":
        told = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True)  # noqa: S607 - as found
        found["bubblewrap"] = told.stdout.split()[-1]
    return found


def identity() -> Literal["root", "user"]:
    """Return who this process is: ``root`` or ``user``."""
    return "root" if os.geteuid() == 0 else "user"
