"""Turns events of the interpreter into notes of what the script tries."""

import os
import sys
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from hepcoder.sandbox.inside.commands import judge_command
from hepcoder.sandbox.inside.places import Places
from hepcoder.sandbox.inside.processes import is_own_process

_MOST_REMEMBERED = 10_000
_OURS = os.path.dirname(__file__) + "/"  # noqa: PTH120
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_STANDARD_LIBRARY = os.path.dirname(os.__file__) + "/"  # noqa: PTH120 - no pathlib in what every open passes through
_KERNEL_CALLS = {
    "ptrace", "syscall", "process_vm_readv", "process_vm_writev", "unshare", "setns", "mount", "umount2", "pivot_root",
    "chroot", "bpf", "perf_event_open", "keyctl", "add_key", "init_module", "kexec_load", "reboot",
}  # fmt: skip
_LOOKUPS_BY_CTYPES = {
    "environ": "environment", "__environ": "environment", "kill": "process", "tgkill": "process",
    "socket": "network", "connect": "network", "getaddrinfo": "network",
}  # fmt: skip
# Through these a script's own wish to see the whole environment passes.
_PASSED_THROUGH = ("<frozen os>", "<frozen _collections_abc>", f"{_STANDARD_LIBRARY}os.py")
_SHOWERS = tuple(_STANDARD_LIBRARY + name for name in ("_collections_abc.py", "copy.py", "pprint.py", "json/"))

Handler = Callable[[tuple[Any, ...]], object]


class Watcher:
    """Judges each event by its arguments and by who caused it.

    Args:
        note: Called with kind and target of each attempt, as `records.Attempt` has them; the same may come again.
        places: Judges paths.
        script: Absolute path of the script, as its code names it.
    """

    def __init__(self, note: Callable[[str, str], None], places: Places, script: str) -> None:
        self._note = note
        self._places = places
        self._script = script
        self._local = threading.local()
        self._harmless: set[tuple[Any, ...]] = set()  # as ``open`` was called; holds while the working folder stays

    def handle(self, handler: Handler, arguments: tuple[Any, ...]) -> None:
        """Call a handler; what it does itself is not watched, and nothing it raises reaches the script."""
        if getattr(self._local, "busy", False):
            return
        self._local.busy = True
        try:
            handler(arguments)
        except Exception:  # noqa: BLE001, S110 - the arguments are the script's; an odd one must not change how it runs
            pass
        finally:
            self._local.busy = False

    def handlers(self) -> dict[str, Handler]:
        """Return what to do on which event; see https://docs.python.org/3/library/audit_events.html."""
        return {
            "open": self._open,
            **dict.fromkeys(("os.listdir", "os.scandir", "os.walk", "sqlite3.connect"), self._read),
            "os.chdir": self._enter,
            **dict.fromkeys(("os.getxattr", "os.listxattr", "glob.glob"), self._read),
            **dict.fromkeys(("os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.chown"), self._write),
            **dict.fromkeys(("os.utime", "os.truncate", "os.setxattr", "os.removexattr"), self._write),
            "os.rename": self._move,
            **dict.fromkeys(("os.link", "os.symlink"), self._link),
            "socket.__new__": self._socket,
            **dict.fromkeys(("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"), self._address),
            "socket.getaddrinfo": lambda a: self._host(*a[:2]),
            **dict.fromkeys(("socket.gethostbyname", "socket.gethostbyaddr"), lambda a: self._host(a[0], None)),
            **dict.fromkeys(("os.kill", "os.killpg"), self._signal),
            "resource.prlimit": self._signal,
            "ctypes.dlsym": self._symbol,
            "subprocess.Popen": lambda a: self._command(a[1]),
            "os.system": lambda a: self._command(["sh", "-c", a[0]]),
            **dict.fromkeys(("os.exec", "os.posix_spawn"), lambda a: self._command(a[1])),
            "os.spawn": lambda a: self._command(a[2]),
            "pty.spawn": lambda a: self._command(a[0]),
        }

    def _open(self, arguments: tuple[Any, ...]) -> None:
        path, _, flags = arguments
        if type(path) is str and arguments in self._harmless:
            return
        if isinstance(flags, int) and flags & _WRITES:
            self._write(arguments)
        elif self._read(arguments) and type(path) is str and len(self._harmless) < _MOST_REMEMBERED:
            self._harmless.add(arguments)

    def _enter(self, arguments: tuple[Any, ...]) -> None:
        self._harmless.clear()
        self._read(arguments)

    def _read(self, arguments: tuple[Any, ...]) -> bool:
        """Note a path that must not be read; return whether it may."""
        path = arguments[0]
        if isinstance(path, int) or path is None:
            return True
        target = self._places.reading(os.fsdecode(path))
        if target is not None:
            self._note("environment" if target.startswith("/proc/") and _is_own_environ(target) else "read", target)
        return target is None

    def _write(self, arguments: tuple[Any, ...]) -> None:
        path = arguments[0]
        if isinstance(path, int) or path is None:
            return
        path = os.fsdecode(path)
        target = self._places.writing(path)
        if target is None:
            return
        # Libraries try whether they can keep caches beside their code.
        if not (path + "/").startswith(self._places.python) or self._by_script((_STANDARD_LIBRARY,)):
            self._note("write", target)

    def _move(self, arguments: tuple[Any, ...]) -> None:
        self._write(arguments)
        self._write(arguments[1:])

    def _link(self, arguments: tuple[Any, ...]) -> None:
        self._read(arguments)
        self._write(arguments[1:])

    def _socket(self, arguments: tuple[Any, ...]) -> None:
        import socket

        _, family, _, _ = arguments
        if family == -1 or family == socket.AF_UNIX or not self._by_script((socket.__file__,), most=1):  # noqa: PLR1714
            return  # a connection that a library opens is noted by its address
        known = {int(one): one.name for one in socket.AddressFamily}
        self._note("network", f"a socket of {known.get(family, f'family {family}')}")

    def _address(self, arguments: tuple[Any, ...]) -> None:
        address = arguments[1]
        if isinstance(address, tuple) and len(address) >= 2 and isinstance(address[0], str):
            self._host(*address[:2])
        elif isinstance(address, str | bytes):
            path = os.fsdecode(address)
            if path and not path.startswith(("\0listener-", "\0pymp-")):  # of multiprocessing
                target = path.replace("\0", "@") if path[0] == "\0" else self._places.writing(path)
                if target is not None:
                    self._note("network", target)

    def _host(self, host: object, port: object) -> None:
        name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if isinstance(name, str) and name not in {"", "localhost" if port is None else "", os.uname().nodename}:
            self._note("network", name if port in {None, 0, "0"} else f"{name}:{port}")

    def _signal(self, arguments: tuple[Any, ...]) -> None:
        pid = arguments[0]
        if not isinstance(pid, int) or is_own_process(pid):
            return
        # A library may signal a worker of its own that is gone already.
        if self._by_script(()) or os.path.exists(f"/proc/{abs(pid)}"):  # noqa: PTH110
            self._note("process", str(pid))

    def _symbol(self, arguments: tuple[Any, ...]) -> None:
        name = arguments[1]
        kind = "kernel" if name in _KERNEL_CALLS else _LOOKUPS_BY_CTYPES.get(name)
        if kind is not None and self._by_script((f"{_STANDARD_LIBRARY}ctypes/",)):
            self._note(kind, f"ctypes ({name})")

    def _command(self, argv: str | bytes | Iterable[str | bytes]) -> None:
        words = [argv] if isinstance(argv, str | bytes) else list(argv)
        for kind, target in judge_command([os.fsdecode(word) for word in words], self._places):
            self._note(kind, target)

    def _by_script(self, passed: tuple[str, ...], *, most: int = 50) -> bool:
        """Whether the code that caused an event is the script's own, seen through some files at most so often."""
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the one way to see a caller
        while frame is not None and frame.f_code.co_filename.startswith(_OURS):
            frame = frame.f_back
        while frame is not None and most and _is_passed(frame.f_code.co_filename, passed):
            frame, most = frame.f_back, most - 1
        return frame is not None and frame.f_code.co_filename == self._script

    def watch_environment(self) -> None:
        """Note when the script itself goes through all of `os.environ`; single names are nobody's business."""
        for name in ("__iter__", "__repr__", "copy"):
            setattr(type(os.environ), name, self._told(getattr(type(os.environ), name)))

    def _told(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def told(environ: Any) -> Any:
            if self._by_script((*_PASSED_THROUGH, *_SHOWERS)):
                self.handle(lambda _: self._note("environment", "os.environ"), ())
            return method(environ)

        told.__name__ = method.__name__
        told.__qualname__ = method.__qualname__
        return told


def _is_passed(file: str, passed: tuple[str, ...]) -> bool:
    return file.startswith(passed) and "/site-packages/" not in file


def _is_own_environ(target: str) -> bool:
    return target.endswith("/environ") and target.split("/")[2] in {"self", "thread-self", str(os.getpid())}
