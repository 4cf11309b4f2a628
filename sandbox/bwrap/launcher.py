"""The bubblewrap tier: a fork server in namespaces of its own."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepcoder.sandbox.bwrap.confinement import Confinement
from hepcoder.sandbox.bwrap.mounts import job_mounts
from hepcoder.sandbox.bwrap.started import StartedBwrap, open_pipes, start_bwrap
from hepcoder.sandbox.environment import script_environment
from hepcoder.sandbox.inside.landlock import find_abi
from hepcoder.sandbox.installation import DATA, HOME, INSIDE, JOB, OWN_ROOT, SCRATCH, interpreter_places, python_roots
from hepcoder.sandbox.records import Input
from hepcoder.sandbox.workers.launch import Layout

_NOBODY = 65534
_SIGNALS_SCOPED_SINCE = 6  # ABI of Landlock; before, a job could kill the server that runs it


@dataclass(frozen=True)
class BubblewrapLauncher:
    """Starts fork servers in bubblewrap; see `launch.Launcher`.

    Attributes:
        confinement: What this machine allows, as found by `try_bwrap`.
        highest_abi: Use no later version of Landlock; None for no such bound.
    """

    confinement: Confinement
    highest_abi: int | None = None
    name: str = "bwrap"
    counts_processes: bool = True

    @property
    def how(self) -> str:
        """Which bwrap, and as whom."""
        who = "as another user" if self.changes_user else "in a user namespace"
        return f"{self.confinement.program}, {who}"

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing, for reports."""
        missing = () if self.reusable else ("Landlock with signal scopes (Linux 6.12): each script has its own server",)
        return self.confinement.lacks + missing

    @property
    def reusable(self) -> bool:
        """Whether Landlock keeps a job from its server."""
        return find_abi(self.highest_abi) >= _SIGNALS_SCOPED_SINCE

    @property
    def changes_user(self) -> bool:
        """Whether we are root."""
        return self.confinement.change_user

    def layout(self, place: Path, inputs: tuple[Input, ...]) -> Layout:  # noqa: ARG002 - the same for every place
        """Say where things lie in the sandbox."""
        return Layout(JOB, SCRATCH, HOME, {item.name: f"{DATA}/{item.name}" for item in inputs})

    def settings(self, layout: Layout) -> Mapping[str, Any]:
        """Return the Landlock rules: all that is in sight but the inputs, which each job has its own of."""
        shown = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/proc", "/dev"]
        python = {f"/{place.parts[1]}" for place in (*python_roots(), *interpreter_places())}
        rules = {
            "read": [*shown, *sorted(python)],
            "write": [layout.job, *layout.scratch],
            "devices": ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"],
            "sockets": True,
        }
        usable = find_abi(self.highest_abi) > 0
        return {"rules": rules if usable else None, "abi": self.highest_abi, "filter": None, "namespace": True}

    def start(self, place: Path, inputs: tuple[Input, ...], user: int | None, control: int) -> StartedBwrap:
        """Start bwrap, in it the shim, in its place the fork server."""
        pipes = open_pipes(self.confinement.filter_of_bwrap)
        command = self.confinement.command(
            environment=script_environment(home=HOME, scratch=SCRATCH[0], python_path=OWN_ROOT),
            mounts=job_mounts(place / "job", [(item.path, item.name) for item in inputs]),
            descriptors=pipes.theirs,
            user=user,
            argv=[sys.executable, "-s", f"{INSIDE}/server.py", str(control)],
        )
        return start_bwrap(command, pipes, keep=(control,))


def probe(confinement: Confinement, *, seconds: float) -> str:
    """Start bwrap with everything that a job needs, on a Python that does nothing.

    Args:
        confinement: What to try.
        seconds: How long it may take.

    Returns:
        Nothing if it worked, else what went wrong.

    Raises:
        SandboxError: bwrap cannot be started at all.
    """
    pipes = open_pipes(confinement.filter_of_bwrap)
    command = confinement.command(
        environment={},
        mounts=[],
        descriptors=pipes.theirs,
        user=_NOBODY if confinement.change_user else None,
        argv=[sys.executable, "-I", "-S", "-c", ""],
    )
    started = start_bwrap(command, pipes)
    try:
        started.process.wait(seconds)
    except subprocess.TimeoutExpired:
        return f"bwrap did not answer within {seconds:g} s"
    finally:
        started.stop()
    if started.report == b"R" and started.process.returncode == 0:
        return ""
    return started.reason() or "no reason was given"
