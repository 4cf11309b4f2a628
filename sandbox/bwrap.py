"""The bubblewrap backend: every script in namespaces of its own, thrown away after it."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hepcoder.sandbox.confinement import Confinement
from hepcoder.sandbox.environment import script_environment
from hepcoder.sandbox.finish import finish
from hepcoder.sandbox.follow import Followed, Follower
from hepcoder.sandbox.mounts import DATA, HOME, JOB, OWN_ROOT, job_mounts
from hepcoder.sandbox.records import Execution, Job, Limits
from hepcoder.sandbox.stage import staged
from hepcoder.sandbox.started import open_pipes, start_bwrap
from hepcoder.sandbox.users import borrowed_user
from hepcoder.sandbox.validate import SCRIPT_NAME, check_job

_OWN_TASKS = 2  # bwrap outside, and bwrap as process 1 inside
_NOBODY = 65534


@dataclass
class BubblewrapSandbox:
    """Runs each script in a fresh bubblewrap sandbox.

    Attributes:
        confinement: What this machine allows, as found by `choose`.
    """

    confinement: Confinement
    name: str = field(default="bwrap", init=False)

    @property
    def label(self) -> str:
        """Name and what is missing, as recorded with every run."""
        lacks = self.confinement.lacks
        return f"{self.name} without {', '.join(lacks)}" if lacks else self.name

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script to its end or to the first broken limit; see `base.Sandbox.run`."""
        check_job(job, foreign_reader=self.confinement.change_user)
        targets = {item.name: Path(DATA, item.name) for item in job.inputs}
        with staged(job, targets) as unstage:
            with borrowed_user(job.folder, change=self.confinement.change_user) as user:
                followed, code, report = self._follow(job, user, cancel)
            unstage()
            return self._record(job, followed, code, report)

    def _follow(self, job: Job, user: int | None, cancel: threading.Event | None) -> tuple[Followed, int, bytes]:
        """Run the job; return how it went, the exit code and what the shim reported."""
        with open_pipes(self.confinement.filter_of_bwrap) as pipes:
            started = start_bwrap(self._command(job, user, pipes.theirs), pipes)
            with started.process:
                follower = Follower(started.process, job.limits, job.folder, _OWN_TASKS, started.stop, cancel)
                followed = follower.follow()
            return followed, started.exit_code, started.report()

    def _command(self, job: Job, user: int | None, descriptors: Mapping[str, int]) -> list[str]:
        return self.confinement.command(
            environment=script_environment(home=HOME, scratch="/tmp", python_path=OWN_ROOT),  # noqa: S108 - inside
            mounts=job_mounts(job.folder, [(item.path, item.name) for item in job.inputs]),
            descriptors=descriptors,
            limits=job.limits,
            user=user,
            folder=JOB,
            argv=[sys.executable, "-s", SCRIPT_NAME],
        )

    def _record(self, job: Job, followed: Followed, code: int, report: bytes) -> Execution:
        if report == b"R" or followed.breach:
            return finish(job, followed, code, backend=self.label, folder_as_seen=JOB)
        return Execution(
            outcome="sandbox_failed",
            exit_code=None,
            peaks=followed.peaks,
            backend=self.label,
            detail=f"the sandbox ended before the script began: {_reason(report, followed.stderr.text)}",
        )


def _reason(report: bytes, stderr: str) -> str:
    return report.lstrip(b"RE").decode(errors="replace") or stderr.strip()[-500:] or "no reason was given"


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
    with open_pipes(confinement.filter_of_bwrap) as pipes:
        command = confinement.command(
            environment={},
            mounts=[],
            descriptors=pipes.theirs,
            limits=Limits(),
            user=_NOBODY if confinement.change_user else None,
            folder="/",
            argv=[sys.executable, "-I", "-S", "-c", ""],
        )
        started = start_bwrap(command, pipes)
        try:
            _, stderr = started.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return f"bwrap did not answer within {seconds:g} s"
        finally:
            started.stop()
            started.process.communicate()
        report = started.report()
    if report == b"R" and started.exit_code == 0:
        return ""
    return _reason(report, stderr.decode(errors="replace"))
