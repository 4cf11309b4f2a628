"""Recognises why a script ended badly, so that the same cause has one name, whoever enforced it."""

import re
import signal
from collections.abc import Sequence
from pathlib import PurePosixPath

from hepcoder.sandbox.attempts import worst
from hepcoder.sandbox.inside.places import is_secret
from hepcoder.sandbox.records import Attempt, Job, Outcome, Traceback
from hepcoder.sandbox.traceback import parse_chain
from hepcoder.sandbox.watch import Breach

_BY_SIGNAL: dict[int, tuple[Outcome, str]] = {
    signal.SIGXCPU: ("cpu", "CPU time: one process used more than all of them may"),
    signal.SIGXFSZ: ("disk", "disk: one file grew longer than all of them may be"),
    signal.SIGSYS: ("forbidden", "forbidden: the script made a system call that the sandbox forbids"),
}
_JOB = PurePosixPath("/job")
_NUMBER = re.compile(r"\[Errno (-?\d+)\]")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")
_NO_MEMORY = re.compile(r"std::bad_alloc|[Cc]annot allocate memory|[Cc]an't allocate memory|LLVM ERROR: out of memory")
_NO_DISK = re.compile(r"\[Errno (?:28|122)\]|No space left on device|database or disk is full")
_STARTS = re.compile(r"\bfork|_posixsubprocess|\bPopen\b|\.start\(|spawn", re.IGNORECASE)
_NETWORK_ERRORS = frozenset(
    ["URLError", "gaierror", "ConnectError", "NewConnectionError", "MaxRetryError", "ConnectTimeout"]
)
_EPERM, _ENOENT, _EAGAIN, _ENOMEM, _EACCES, _EFBIG, _EROFS = 1, 2, 11, 12, 13, 27, 30
_NO_NETWORK = frozenset({97, 99, 101, 113})  # EAFNOSUPPORT, EADDRNOTAVAIL, ENETUNREACH, EHOSTUNREACH


def find_cause(exit_code: int, stderr: str, job: Job, attempts: Sequence[Attempt]) -> Breach | None:
    """Return the limit or ban that ended a script, or None when it ended for a reason of its own.

    The cause may be the last exception, one that it was raised from or after, or one that a worker process met.

    Args:
        exit_code: Of the script; a negative signal number when a signal ended it.
        stderr: What it printed, with ``/job`` for its folder.
        job: What ran.
        attempts: What it tried and must not.
    """
    if -exit_code in _BY_SIGNAL:
        return Breach(*_BY_SIGNAL[-exit_code])
    if exit_code == -signal.SIGABRT and (match := _NO_MEMORY.search(stderr)):
        return _memory(match[0], job)
    for error in parse_chain(stderr):
        for rule in (_resource, _forbidden):
            breach = rule(error, job, attempts)
            if breach is not None:
                return breach
    return None


def _resource(error: Traceback, job: Job, _: Sequence[Attempt]) -> Breach | None:
    number, text = _errno(error), f"{error.exception}: {error.message}".rstrip(": ")
    if error.exception.endswith("MemoryError") or number == _ENOMEM or _NO_MEMORY.search(error.message):
        return _memory(error.message or "an allocation", job)
    if number == _EFBIG:
        return Breach("disk", f"disk: one file grew beyond the limit of {job.limits.disk_bytes} bytes")
    if _NO_DISK.search(error.message):
        return Breach("disk", f"disk: no space is left where the script wrote ({text})")
    no_thread = error.exception == "RuntimeError" and "can't start new thread" in error.message
    if no_thread or (number == _EAGAIN and _STARTS.search(error.text)):
        return Breach("processes", f"processes: no more can be started ({text}); limit {job.limits.processes}")
    return None


def _memory(what: str, job: Job) -> Breach:
    return Breach("memory", f"memory: {what} does not fit; limit {job.limits.memory_bytes} bytes")


def _forbidden(error: Traceback, job: Job, attempts: Sequence[Attempt]) -> Breach | None:
    number, path = _errno(error), _path(error.message)
    if number in {_EPERM, _EACCES, _EROFS}:
        if path and _is_own(path, job) and number != _EROFS:
            return None
        what = path or _tried(attempts, {"process", "kernel", "network"}) or _at_line(error)
        return Breach("forbidden", f"forbidden: {what} ({error.message})")
    address = _tried(attempts, {"network"})
    refused = error.exception == "ConnectionRefusedError" and address
    if number in _NO_NETWORK or refused or (error.exception in _NETWORK_ERRORS and number is not None):
        what = address or "the network"
        return Breach("forbidden", f"forbidden: {what} ({error.message})")
    if number == _ENOENT and path and is_secret(path):
        attempt = worst(attempts)
        return Breach("forbidden", f"forbidden: {attempt.target if attempt else path} ({error.message})")
    return None


def _errno(error: Traceback) -> int | None:
    match = _NUMBER.search(error.message)
    return int(match[1]) if match else None


def _path(message: str) -> str:
    """Return the first path that a message names, or nothing."""
    match = _QUOTED.search(message)
    return (match[1] or match[2]) if match else ""


def _is_own(path: str, job: Job) -> bool:
    """Whether a path lies in the script's own folder and is no input: who made it may have closed it to himself."""
    place = PurePosixPath(path)
    if ".." in place.parts or (place.is_absolute() and not place.is_relative_to(_JOB)):
        return False
    own = place.relative_to(_JOB) if place.is_absolute() else place
    return str(own) not in {item.name for item in job.inputs}


def _tried(attempts: Sequence[Attempt], kinds: set[str]) -> str:
    last = next((one for one in reversed(attempts) if one.kind in kinds), None)
    if last is None:
        return ""
    return f"process {last.target}" if last.kind == "process" else last.target


def _at_line(error: Traceback) -> str:
    return "a call" if error.line is None else f"the call in line {error.line}"
