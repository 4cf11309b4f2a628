"""Makes the record of what happened out of what was seen."""

import signal
from pathlib import Path

from hepcoder.sandbox.collect import collect_artifacts
from hepcoder.sandbox.follow import Followed
from hepcoder.sandbox.records import Execution, Job, Outcome, Traceback
from hepcoder.sandbox.traceback import parse_traceback
from hepcoder.sandbox.validate import SCRIPT_NAME
from hepcoder.sandbox.watch import Breach

_FILE_TOO_LARGE = "[Errno 27]"
_BY_SIGNAL: dict[int, tuple[Outcome, str]] = {
    signal.SIGXCPU: ("cpu", "CPU time: one process used more than all of them may"),
    signal.SIGXFSZ: ("disk", "disk: one file grew longer than all of them may be"),
    signal.SIGSYS: ("forbidden", "the script made a system call that the sandbox forbids"),
}


def finish(job: Job, followed: Followed, exit_code: int, *, backend: str, folder_as_seen: str) -> Execution:
    """Return the record of a script that was started.

    Args:
        job: What ran.
        followed: How it went.
        exit_code: Of the script; a negative signal number when a signal ended it.
        backend: Name of the backend and what it lacks.
        folder_as_seen: The run's folder as the script saw it; replaced by ``/job`` in the traceback.
    """
    stderr = followed.stderr.text
    traceback = parse_traceback(_at_job(stderr, folder_as_seen)) if exit_code != 0 or followed.breach else None
    breach = followed.breach or _breach_inside(exit_code, traceback, job)
    artifacts, note = collect_artifacts(job.folder, job.limits, skip=frozenset({SCRIPT_NAME}))
    detail = breach.detail if breach else _ending(exit_code)
    return Execution(
        outcome=breach.outcome if breach else "finished",
        exit_code=None if breach else exit_code,
        stdout=followed.stdout.text,
        stderr=stderr,
        output_truncated=followed.stdout.overflowed or followed.stderr.overflowed,
        artifacts=artifacts,
        traceback=traceback,
        peaks=followed.peaks,
        backend=backend,
        detail="; ".join(part for part in (detail, note) if part),
    )


def _at_job(text: str, folder_as_seen: str) -> str:
    return text.replace(str(Path(folder_as_seen)) + "/", "/job/")


def _breach_inside(exit_code: int, traceback: Traceback | None, job: Job) -> Breach | None:
    """Recognise a limit that the kernel kept inside the script, so that the same limit has one name."""
    if -exit_code in _BY_SIGNAL:
        return Breach(*_BY_SIGNAL[-exit_code])
    if traceback is None:
        return None
    if traceback.exception in {"MemoryError", "_ArrayMemoryError"}:
        return Breach(
            "memory",
            f"memory: {traceback.message or 'an allocation'} does not fit; limit {job.limits.memory_bytes} bytes",
        )
    if traceback.exception == "OSError" and _FILE_TOO_LARGE in traceback.message:
        return Breach("disk", f"disk: one file grew beyond the limit of {job.limits.disk_bytes} bytes")
    return None


def _ending(exit_code: int) -> str:
    if exit_code == -signal.SIGKILL:
        return "killed by SIGKILL, perhaps by the machine's own out-of-memory killer"
    if exit_code < 0:
        try:
            return f"killed by {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"killed by signal {-exit_code}"
    return f"exit code {exit_code}" if exit_code else ""
