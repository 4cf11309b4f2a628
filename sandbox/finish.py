"""Makes the record of what happened out of what was seen."""

import os
import signal
import stat
from pathlib import Path

from hepcoder.sandbox.attempts import parse_notes
from hepcoder.sandbox.collect import collect_artifacts
from hepcoder.sandbox.follow import Followed
from hepcoder.sandbox.records import Execution, Job
from hepcoder.sandbox.traceback import parse_traceback
from hepcoder.sandbox.validate import SCRIPT_NAME
from hepcoder.sandbox.verdict import find_cause
from hepcoder.sandbox.watch import Breach


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
    attempts = parse_notes(followed.notes)
    as_seen = _at_job(stderr, folder_as_seen)
    failed = exit_code != 0 or followed.breach is not None
    breach = followed.breach or _folder_gone(job)
    if breach is None and failed:
        breach = find_cause(exit_code, as_seen, job, attempts)
    artifacts, note = collect_artifacts(job.folder, job.limits, skip=frozenset({SCRIPT_NAME}))
    detail = breach.detail if breach else _ending(exit_code)
    return Execution(
        outcome=breach.outcome if breach else "finished",
        exit_code=None if breach else exit_code,
        stdout=followed.stdout.text,
        stderr=stderr,
        output_truncated=followed.stdout.overflowed or followed.stderr.overflowed,
        artifacts=artifacts,
        traceback=parse_traceback(as_seen) if failed else None,
        attempts=attempts,
        peaks=followed.peaks,
        backend=backend,
        detail="; ".join(part for part in (detail, *_inputs_gone(job), note) if part),
    )


def _at_job(text: str, folder_as_seen: str) -> str:
    return text.replace(str(Path(folder_as_seen)) + "/", "/job/")


def _folder_gone(job: Job) -> Breach | None:
    """A run's folder that somebody took away is not the script's fault, and what it held is lost."""
    try:
        status = job.folder.lstat()
    except OSError as error:
        return Breach(
            "sandbox_failed", f"the run's folder {str(job.folder)!r} vanished during the run: {error.strerror}"
        )
    if not stat.S_ISDIR(status.st_mode):
        return Breach("sandbox_failed", f"the run's folder {str(job.folder)!r} was replaced during the run")
    return None


def _inputs_gone(job: Job) -> list[str]:
    """Say which inputs are no longer there: what the script read of them may be cut short."""
    gone = [item.name for item in job.inputs if not os.access(item.path, os.F_OK)]
    more = f" and {len(gone) - 5} more" if len(gone) > 5 else ""
    return [f"disappeared during the run: {', '.join(map(repr, gone[:5]))}{more}"] if gone else []


def _ending(exit_code: int) -> str:
    if exit_code == -signal.SIGKILL:
        return "killed by SIGKILL, perhaps by the machine's own out-of-memory killer"
    if exit_code < 0:
        try:
            return f"killed by {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"killed by signal {-exit_code}"
    return f"exit code {exit_code}" if exit_code else ""
