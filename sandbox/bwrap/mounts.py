"""Which files of this machine a sandbox sees, as arguments of bubblewrap."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.installation import (
    DATA,
    HOME,
    JOB,
    OWN_ROOT,
    hidden_folders,
    interpreter_places,
    own_rooms,
    python_roots,
)

_LINKED_AT_ROOT = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
_FROM_ETC = ("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "fonts")
_MIB = 1024 * 1024


def system_mounts(*, open_scratch: bool) -> list[str]:
    """Return the arguments that show the system, Python and our tools, all read-only, and give a private /tmp.

    Args:
        open_scratch: Whether /tmp and /dev/shm must be writable for another user than the one who starts bwrap.

    Raises:
        SandboxError: This Python cannot be shown, since its prefix is the whole file system.
    """
    mode = ["--perms", "1777"] if open_scratch else []
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in _LINKED_AT_ROOT:
        arguments += _at_root(Path("/", name))
    for name in _FROM_ETC:
        arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    arguments += ["--proc", "/proc", "--dev", "/dev", *mode, "--size", str(64 * _MIB), "--tmpfs", "/dev/shm"]  # noqa: S108
    arguments += ["--remount-ro", "/dev", *mode, "--size", str(256 * _MIB), "--tmpfs", "/tmp"]  # noqa: S108
    arguments += [*mode, "--dir", HOME]
    return arguments + _python_mounts() + _own_mounts()


def _at_root(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.is_dir() else []


def _interpreter_mounts(shown: Iterable[Path]) -> list[str]:
    """Show the interpreter at each link that leads to it from `sys.executable`, and nothing around such a link."""
    arguments: list[str] = []
    for place in interpreter_places():
        if not any(place.is_relative_to(root) for root in shown):
            arguments += [*_parents(place), "--ro-bind", os.path.realpath(sys.executable), str(place)]
    return arguments


def _python_mounts() -> list[str]:
    """Show Python, hide the rest of hepcoder; an inner folder comes after the one around it, so that it wins."""
    roots = python_roots()
    if roots[0] == Path("/"):
        message = f"the Python at {sys.executable!r} has the prefix '/'; use one in a virtual environment"
        raise SandboxError(message)
    shown = {Path("/usr"), *roots}
    hidden = {place for place in hidden_folders() if _innermost(place, shown) is not None}
    arguments: list[str] = []
    closed: list[str] = []
    for place in sorted(hidden | set(roots), key=_depth):
        if place not in hidden:
            arguments += [*_parents(place), "--ro-bind", str(place), str(place)]
        elif _innermost(place, shown | hidden) not in hidden:  # else it is hidden already
            arguments += ["--tmpfs", str(place)]
            closed += [] if any(root.is_relative_to(place) for root in roots) else ["--remount-ro", str(place)]
    return arguments + closed + _interpreter_mounts(shown)


def _depth(place: Path) -> int:
    return len(place.parts)


def _innermost(place: Path, folders: Iterable[Path]) -> Path | None:
    """Return the innermost of some folders that lies around a place, or None."""
    around = [folder for folder in folders if folder in place.parents]
    return max(around, key=_depth, default=None)


def _parents(place: Path) -> list[str]:
    parents = [parent for parent in reversed(place.parents) if parent != Path("/")]
    if parents and parents[0] == Path("/usr"):
        return []
    return [word for parent in parents for word in ("--perms", "0755", "--dir", str(parent))]


def _own_mounts() -> list[str]:
    arguments: list[str] = []
    for parent in ("/opt", OWN_ROOT, f"{OWN_ROOT}/hepcoder"):
        arguments += ["--perms", "0755", "--dir", parent]
    for room, place in own_rooms().items():
        arguments += ["--ro-bind", place, f"{OWN_ROOT}/hepcoder/{room}"]
    return arguments


def job_mounts(folder: Path, inputs: Iterable[tuple[Path, str]]) -> list[str]:
    """Return the arguments that show one job: its folder, writable, and its inputs, each a file of its own.

    Args:
        folder: The run's folder.
        inputs: Path here and name there.
    """
    arguments = ["--bind", str(folder), JOB, "--perms", "0755", "--dir", DATA]
    for path, name in inputs:
        arguments += ["--ro-bind", str(path.resolve()), f"{DATA}/{name}"]
    return arguments
