"""The container tier: every script in a container of its own, for sites that want it so."""

import os
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from hepcoder.sandbox.containers.commands import run_command
from hepcoder.sandbox.containers.contained import RunningContainer, new_name, remove_leftovers
from hepcoder.sandbox.containers.engines import Container
from hepcoder.sandbox.containers.place import ContainerPlace, container_place
from hepcoder.sandbox.environment import script_environment, script_rlimits
from hepcoder.sandbox.finish import finish
from hepcoder.sandbox.folders import move_contents
from hepcoder.sandbox.follow import Followed, Follower, Tail
from hepcoder.sandbox.installation import DATA, HOME, JOB, OWN_ROOT, SCRATCH
from hepcoder.sandbox.kernel.seccomp import script_filter
from hepcoder.sandbox.records import Execution, Input, Job, Limits, Outcome, Peaks
from hepcoder.sandbox.stage import staged
from hepcoder.sandbox.users import take_over
from hepcoder.sandbox.validate import SCRIPT_NAME, check_job
from hepcoder.sandbox.watch import Breach

_NEVER_THE_SCRIPT: frozenset[Outcome] = frozenset({"time", "disk", "inodes"})


class ContainerSandbox:
    """Runs each script in a new container, which is removed after it.

    Starting one takes a second or so. The image must hold Python 3.11 or later with hepcoder's dependencies; hepcoder's
    own tools are mounted into it.
    """

    def __init__(self, container: Container) -> None:
        """Make a sandbox; no container is started before it is needed.

        Args:
            container: How containers are started here, as found by `container_probe.try_container`.
        """
        self.container = container
        self._swept = False

    @property
    def name(self) -> str:
        """Engine and image."""
        return f"{self.container.engine}:{self.container.image}"

    @property
    def lacks(self) -> tuple[str, ...]:
        """What it lacks here."""
        return self.container.lacks + (() if self._filter() is not None else ("system call filter",))

    @property
    def how(self) -> str:
        """Which program, and as whom."""
        who = "as another user" if self.container.change_user else "as this user"
        return f"{self.container.program}, {who}, a container for each script"

    def prepare(self, inputs: tuple[Input, ...], near: Path) -> None:
        """Do nothing: no container can wait for its job."""

    def close(self) -> None:
        """Do nothing: no container outlives its job."""

    def run(self, job: Job, *, cancel: threading.Event | None = None) -> Execution:
        """Run a script to its end or to the first broken limit; see `base.Sandbox.run`."""
        check_job(job, foreign_reader=self.container.change_user)
        if not self._swept:
            remove_leftovers(self.container)
            self._swept = True
        with container_place(job.folder.parent, change_user=self.container.change_user) as place:
            try:
                followed, running = self._follow(job, place, cancel)
                if place.user is not None:
                    take_over(place.job, place.user)
                move_contents(place.job, job.folder)
            except OSError as error:
                return self._failed(
                    f"the run's folder {str(job.folder)!r} cannot be filled: {error}", Peaks(wall_seconds=0)
                )
        return self._record(job, followed, running)

    def _follow(
        self, job: Job, place: ContainerPlace, cancel: threading.Event | None
    ) -> tuple[Followed, RunningContainer]:
        name = new_name()
        command = run_command(
            self.container,
            mounts=place.mounts(job.inputs),
            limits=job.limits,
            user=(os.geteuid(), os.getegid()) if place.user is None else (place.user, place.user),
            name=name,
        )
        with staged(place.job, job.script, {item.name: Path(DATA, item.name) for item in job.inputs}):
            running = RunningContainer(self.container, command, name, place.notes, self._settings(job, place))
            with running.process:
                return _Follower(running, job.limits, place.job, cancel).follow(), running

    def _settings(self, job: Job, place: ContainerPlace) -> dict[str, Any]:
        own_filter = self._filter()
        return {
            "home": HOME,
            "environment": dict(script_environment(home=HOME, scratch=SCRATCH[0], python_path=OWN_ROOT)),
            "execute": {
                "script": f"{JOB}/{SCRIPT_NAME}",
                "visible": {"read": [f"{DATA}/{item.name}" for item in job.inputs], "write": [JOB, *SCRATCH]},
            },
            "notes": place.NOTES,
            "shim": {
                "limits": dict(script_rlimits(job.limits, other_tasks=None if place.user is None else 0)),
                "uid": place.user if self.container.is_apptainer else None,  # other engines have changed the user
                "filter": None if own_filter is None else own_filter.hex(),
                "folder": JOB,
            },
        }

    def _filter(self) -> bytes | None:
        return script_filter(own_network=self.container.own_network)

    def _record(self, job: Job, followed: Followed, running: RunningContainer) -> Execution:
        said, stderr = running.messages(followed.stderr.data)
        used = said.get("cpu_seconds", followed.peaks.cpu_seconds)
        peaks = followed.peaks.model_copy(update={"cpu_seconds": used})
        followed = replace(followed, stderr=_tail(stderr, followed.stderr), peaks=peaks)
        followed.breach = followed.breach or _breach_told(job.limits, followed, killed=self._killed(said, running))
        reason = _why_not_the_script(said, followed)
        if reason:
            return self._failed(reason, peaks)
        code = os.waitstatus_to_exitcode(said.get("ended", 0))
        return finish(job, followed, code, backend=self._label, folder_as_seen=JOB)

    def _killed(self, said: dict[str, Any], running: RunningContainer) -> bool:
        """Whether memory ran out; engines may not tell of a child, and in Apptainer the counts are the whole host's."""
        return running.out_of_memory or (not self.container.is_apptainer and said.get("memory_kills", 0) > 0)

    def _failed(self, detail: str, peaks: Peaks) -> Execution:
        return Execution(outcome="sandbox_failed", exit_code=None, peaks=peaks, backend=self._label, detail=detail)

    @property
    def _label(self) -> str:
        return f"{self.name} without {', '.join(self.lacks)}" if self.lacks else self.name


class _Follower(Follower):
    """Does not take the use of the engine's own program for the job's."""

    running: RunningContainer

    def _sums(self) -> Breach | None:
        return super()._sums() if self.running.is_measured else None


def _breach_told(limits: Limits, followed: Followed, *, killed: bool) -> Breach | None:
    """Return a broken limit that was told afterwards, by the engine or by the first program inside."""
    if killed:
        return Breach("memory", f"memory: a process was killed at the limit of {limits.memory_bytes} bytes")
    used = followed.peaks.cpu_seconds or 0.0
    if used > limits.cpu_seconds:
        return Breach("cpu", f"CPU time: {used:.1f} s used, limit {limits.cpu_seconds:g} s")
    return None


def _tail(text: bytes, of: Tail) -> Tail:
    tail = Tail(max(1, len(text)))
    tail.add(text)
    tail.total = of.total if of.overflowed else len(text)
    return tail


def _why_not_the_script(said: dict[str, Any], followed: Followed) -> str:
    """Return why the sandbox is to blame, or nothing."""
    breach, spoken = followed.breach, " ".join(followed.stderr.text.split())[-500:] or "no reason was given"
    if said.get("failed"):
        return f"the script could not begin: {said['failed']}"
    if not said.get("began") and (breach is None or breach.outcome in _NEVER_THE_SCRIPT):
        return f"the container ended before the script began: {breach.detail if breach else spoken}"
    if breach is None and "ended" not in said:
        return f"the container was ended from outside while the script ran: {spoken}"
    return ""
