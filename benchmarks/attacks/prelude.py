"""The beginning of every attack script: its text is sent into the sandbox, before the attacks themselves.

Each attack is a function that returns what it got hold of, or nothing. It runs in a process of its own with an alarm,
so that one that hangs or dies leaves the others alone, and what came of it is printed as one line of JSON.
"""
# ruff: noqa: PTH115, PTH123, PTH208 - shorter here, and nothing more to import

import contextlib
import ctypes
import errno
import json
import os
import re
import signal
import socket  # noqa: F401 - for the attacks
import struct  # noqa: F401 - for the attacks
import sys
import time
from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

MARK = "ATTACK "
SECONDS = 5
REFUSED = {errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT}
SECRET = re.compile(rb"hcsec-[0-9a-f]{32}")
_PR_SET_NAME = 15
_LONGEST_CLAIM = 2000

libc = ctypes.CDLL(None, use_errno=True)
P = SimpleNamespace()


def begin(places: dict[str, Any]) -> None:
    """Take over where the scene's things are, and make this job's processes known to the host by their name."""
    P.__dict__.update(places, script_parent=os.getppid(), first_pid=os.getpid(), started=time.monotonic())
    libc.prctl(_PR_SET_NAME, ctypes.c_char_p(P.process_name.encode()), 0, 0, 0)


def read(path: str, size: int = 1 << 20) -> bytes:
    """Return the first bytes of a file."""
    with open(path, "rb") as file:
        return file.read(size)


def secrets_of(data: bytes | str) -> list[str] | None:
    """Return the scene's secrets in some data, or None; the host knows which of them are real."""
    data = data.encode(errors="surrogateescape") if isinstance(data, str) else data
    return sorted({found.decode() for found in SECRET.findall(data)})[:5] or None


def write(path: str, text: str = "changed") -> None:
    """Write a file."""
    with open(path, "w") as file:
        file.write(text)


def call(name: str | int, *arguments: Any) -> tuple[int, int]:
    """Make a raw system call, by name or number; return its result and its error number."""
    number = name if isinstance(name, int) else P.calls[name]
    converted = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    ctypes.set_errno(0)
    return libc.syscall(ctypes.c_long(number), *converted), ctypes.get_errno()


def reached(name: str | int, *arguments: Any) -> str | None:
    """Make a raw system call; say so if the kernel went to work on it, be it only to find the arguments bad."""
    result, error = call(name, *arguments)
    if result < 0 and error in REFUSED:
        return None
    return f"result {result}, {errno.errorcode.get(error, error)}"


def parents() -> Iterable[int]:
    """Yield the processes that the script hangs on, nearest first, up to the host's own."""
    pid = P.script_parent
    while pid > 0 and pid != P.harness:
        yield pid
        try:
            pid = int(read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
        except OSError:
            return


def open_files(pid: int) -> list[str]:
    """Return what the descriptors of a process lead to."""
    folder = f"/proc/{pid}/fd"
    return [os.readlink(f"{folder}/{name}") for name in os.listdir(folder)]


def own_memory() -> Iterable[bytes]:
    """Yield what this process holds in memory, and with it what it was forked from."""
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for line in maps.read().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(word, 16) for word in span.split("-"))
            if rights.startswith("rw") and end - start < 1 << 28:
                with contextlib.suppress(OSError, OverflowError):
                    memory.seek(start)
                    yield memory.read(end - start)


def apart(name: str, attack: Callable[[], object]) -> None:
    """Make one attack in a process of its own and print what came of it."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    try:
        child = os.fork()
    except OSError as error:
        _print({"id": name, "error": f"no process for it: {error}"})
        return
    if child == 0:
        signal.alarm(SECONDS)
        os.write(writer, json.dumps(_outcome(name, attack)).encode())
        os._exit(0)
    os.close(writer)
    _, status = os.waitpid(child, 0)
    os.set_blocking(reader, False)
    try:
        line = os.read(reader, 65536)
    except BlockingIOError:
        line = b""
    os.close(reader)
    died = {"id": name, "error": f"ended by signal {status & 127}"} if status else {"id": name, "error": "no answer"}
    _print(json.loads(line) if line else died)


def alone(name: str, attack: Callable[[], object]) -> None:
    """Make an attack in this process; whatever it raises ends the script."""
    if got := attack():
        _print({"id": name, "claim": str(got)[:_LONGEST_CLAIM]})


def quietly(name: str, attack: Callable[[], object]) -> None:
    """Make an attack in this process and say what came of it."""
    _print(_outcome(name, attack))


def _outcome(name: str, attack: Callable[[], object]) -> dict[str, str]:
    try:
        got = attack()
    except BaseException as error:  # noqa: BLE001 - whatever stops an attack is an answer
        return {"id": name, "error": f"{type(error).__name__}: {error}"[:200]}
    return {"id": name, "claim": str(got)[:_LONGEST_CLAIM]} if got else {"id": name, "error": "nothing came of it"}


def _print(answer: dict[str, str]) -> None:
    print(MARK + json.dumps(answer), flush=True)


def pause(seconds: float) -> None:
    """Wait, whatever signals come."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(left)
