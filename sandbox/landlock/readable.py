"""Which files of this machine scripts may read where all of them are in sight: the system, Python, and our tools."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.installation import hidden_folders, interpreter_places, own_rooms, python_roots

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"),
    *("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives", "/etc/fonts", "/etc/localtime"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/loadavg", "/proc/uptime", "/proc/version"),
    *("/proc/filesystems", "/proc/sys/vm/overcommit_memory", "/proc/sys/kernel/pid_max"),
)
# Of the script's own process; not its view of the network, which is the whole machine's.
_OWN_PROCESS = ("auxv", "cmdline", "comm", "environ", "fd", "limits", "maps", "smaps", "stat", "statm", "status")


@dataclass(frozen=True)
class Readable:
    """What may be read, as `inside.landlock.Rules` takes it.

    Attributes:
        read: Files and folders.
        listed: Folders of which no more than names may be seen.
    """

    read: tuple[str, ...]
    listed: tuple[str, ...]


def readable_places() -> Readable:
    """Return what every script may read.

    Raises:
        SandboxError: This Python cannot be shown, since its prefix is the whole file system.
    """
    roots = {Path("/usr"), *(root.resolve() for root in python_roots())}
    if Path("/") in roots:
        message = "this Python has the prefix '/'; use one in a virtual environment"
        raise SandboxError(message)
    python = open_up(roots, hidden_folders())
    interpreters = {os.path.realpath(place) for place in interpreter_places()}
    own_process = (f"/proc/self/{name}" for name in _OWN_PROCESS)
    system = (place for place in _SYSTEM if place != "/usr")
    read = (*system, *own_process, *sorted(interpreters), *python.read, *own_rooms().values())
    return Readable(read, python.listed)


def open_up(roots: Iterable[Path], hidden: Iterable[Path]) -> Readable:
    """Return what of some folders may be read when others in them may not.

    A root that lies in a hidden folder is shown all the same. Links in a folder that is not shown as a whole are left
    out: what they lead to is shown or not by its own place.

    Args:
        roots: Folders to show, with links resolved.
        hidden: Folders to hide, with links resolved.
    """
    closed = set(hidden)
    read: list[str] = []
    listed: list[str] = []
    pending = sorted(roots)
    while pending:
        place = pending.pop()
        if place in closed:
            continue
        if not any(place in folder.parents for folder in closed):
            read.append(str(place))
            continue
        listed.append(str(place))
        pending += sorted(entry for entry in place.iterdir() if not entry.is_symlink())
    return Readable(tuple(read), tuple(listed))
