"""Landlock: a process gives up, for itself and all that it starts, every file but the named ones.

The kernel's interface has no wrapper in the C library; the numbers are those of its headers and the same on every
processor. What one kernel can refuse is told by its ABI number: 3 (Linux 6.2) sees truncation, 4 (6.7) TCP, 5 (6.10)
device controls, 6 (6.12) signals and abstract sockets, 9 (7.1) sockets that lie in a folder.
"""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_TELL_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_FOLDER, _REMOVE_FILE, _MAKE_FOLDER, _MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_MAKE_SOCKET, _MAKE_PIPE, _MAKE_LINK = 1 << 9, 1 << 10, 1 << 12
_MOVE, _TRUNCATE, _CONTROL_DEVICE, _REACH_SOCKET = 1 << 13, 1 << 14, 1 << 15, 1 << 16

_OF_FIRST_ABI = (1 << 13) - 1
_SINCE = {2: _MOVE, 3: _TRUNCATE, 5: _CONTROL_DEVICE, 9: _REACH_SOCKET}
_TCP_SINCE, _BIND_AND_CONNECT_TCP = 4, 3
_SCOPES_SINCE, _ABSTRACT_SOCKETS_AND_SIGNALS = 6, 3

_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _CONTROL_DEVICE
_READING = _EXECUTE | _READ_FILE | _READ_FOLDER
_CHANGING = (
    _WRITE_FILE | _TRUNCATE | _REMOVE_FOLDER | _REMOVE_FILE | _MAKE_FOLDER | _MAKE_FILE | _MAKE_PIPE | _MAKE_LINK
)
_WRITING = _READING | _CHANGING | _MOVE
_USING_DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE | _CONTROL_DEVICE


@dataclass(frozen=True)
class Rules:
    """What stays reachable; a folder stands for all that lies in it, and a missing path for nothing.

    Attributes:
        read: Files and folders to read and execute.
        write: Folders in which everything may be done but making devices.
        devices: Device files to read, write and control, such as ``/dev/null``.
        sockets: Whether sockets may be made in the folders to write; process pools need that.
        listed: Folders in which, and in whose folders, names may be listed.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    sockets: bool = False
    listed: tuple[str, ...] = ()

    def with_inputs(self, paths: Iterable[str]) -> "Rules":
        """Return the same rules with more files to read."""
        return replace(self, read=(*self.read, *paths))


def find_abi(highest_abi: int | None = None) -> int:
    """Return the number of the kernel's Landlock interface, 0 where there is none or it is switched off.

    Args:
        highest_abi: Answer as a kernel would that knows no more than this; None for no such bound.
    """
    told: int = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_TELL_VERSION))
    abi = max(0, told)
    return abi if highest_abi is None else min(abi, highest_abi)


def make_ruleset(rules: Rules, highest_abi: int | None = None) -> int:
    """Return a descriptor of a ruleset; forked children may use it too, it is closed on exec.

    TCP (ABI 4), and signals and abstract sockets to processes outside (ABI 6), are refused altogether.

    Args:
        rules: What stays reachable.
        highest_abi: As for `find_abi`.

    Raises:
        OSError: The kernel refuses, or a path that exists cannot be opened; says which.
        ValueError: There is no Landlock here.
    """
    abi = find_abi(highest_abi)
    if abi < 1:
        message = "there is no Landlock here: the kernel is older than 5.13, or was started without it"
        raise ValueError(message)
    handled = _handled(abi)
    tcp = _BIND_AND_CONNECT_TCP if abi >= _TCP_SINCE else 0
    scopes = _ABSTRACT_SOCKETS_AND_SIGNALS if abi >= _SCOPES_SINCE else 0
    wanted = struct.pack("=QQQ", handled, tcp, scopes)
    size = 8 if abi < _TCP_SINCE else 16 if abi < _SCOPES_SINCE else 24  # an older kernel knows fewer of the fields
    libc = _libc()
    ruleset: int = libc.syscall(_CREATE_RULESET, wanted, ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "Landlock made no ruleset")
    try:
        for path, rights in _rights(rules):
            _allow(ruleset, path, rights & handled)
    except OSError:
        os.close(ruleset)
        raise
    return ruleset


def restrict(ruleset: int) -> None:
    """Put the calling thread, and all that it starts from now on, under a ruleset, for good.

    Nothing is given back by a later call: what counts is what every one of up to 16 rulesets allows. Other threads of
    the process stay as they are, so call it while there are none.

    Args:
        ruleset: What `make_ruleset` returned; it stays open.

    Raises:
        OSError: The kernel refuses.
    """
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, *(ctypes.c_ulong(value) for value in (1, 0, 0, 0))):
        raise OSError(ctypes.get_errno(), "no_new_privs was refused")
    if libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)):
        raise OSError(ctypes.get_errno(), "Landlock did not take the ruleset")


def _handled(abi: int) -> int:
    """Return the rights on files that an ABI can refuse."""
    handled = _OF_FIRST_ABI
    for since, right in _SINCE.items():
        handled |= right if abi >= since else 0
    return handled


def _rights(rules: Rules) -> Iterator[tuple[str, int]]:
    writing = _WRITING | (_MAKE_SOCKET | _REACH_SOCKET if rules.sockets else 0)
    kinds = (
        *((rules.read, _READING), (rules.listed, _READ_FOLDER)),
        *((rules.write, writing), (rules.devices, _USING_DEVICE)),
    )
    for paths, rights in kinds:
        for path in paths:
            yield path, rights


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, place)
        if _libc().syscall(_ADD_RULE, ctypes.c_int(ruleset), _RULE_PATH_BENEATH, rule, ctypes.c_uint32(0)):
            raise OSError(ctypes.get_errno(), "Landlock did not take the path", path)
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
