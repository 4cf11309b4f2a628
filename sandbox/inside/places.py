"""Which paths a script may read and write without being noted; text only, no file is touched for reading."""

import os
import re
import site
import sys
from collections.abc import Iterable, Iterator

# What the system's own libraries look at while they are imported or set up.
_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt/hepcoder"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"),
    *("/etc/lsb-release", "/etc/matplotlibrc", "/etc/mime.types", "/etc/os-release", "/etc/timezone", "/etc/xdg"),
    *("/sys/devices/system", "/sys/fs/cgroup", "/sys/kernel/mm", "/var/cache/fontconfig"),
)
_DEVICES = (
    *("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty", "/dev/shm", "/dev/fd"),  # noqa: S108
    *("/dev/stdin", "/dev/stdout", "/dev/stderr"),
)
_HOME_SECRETS = (
    *(r"\.ssh", r"\.aws", r"\.azure", r"\.gnupg", r"\.globus", r"\.kube", r"\.docker", r"\.netrc", r"\.pgpass"),
    *(r"\.git-credentials", r"\.my\.cnf", r"\.pypirc", r"\.npmrc", r"\.vault-token", r"\.huggingface", r"\.kaggle"),
    *(r"\.config/(?:gcloud|gh|hub|rclone)", r"\.local/share/keyrings", r"\.cache/huggingface/token", r"\.mozilla"),
    *(r"\.\w*history", r"\.env(?=$)", r"x509up_u\w*", r"krb5cc\w*"),  # shells; grid proxies; Kerberos tickets
)
_SECRET = re.compile(
    rf"(?:/|^)(?:{'|'.join(_HOME_SECRETS)})(?:/|$)"
    r"|^/etc/(?:passwd|shadow|gshadow|sudoers|krb5\.keytab)-?(?:/|$)"
    r"|^/proc/\w+/(?:environ|mem|maps|smaps|auxv)$"
    r"|^/proc/(?:kcore|kallsyms|kmsg|keys)$"
)
_PROCESS = re.compile(r"^/proc/(?P<who>\d+|self|thread-self)(?P<what>/.*)?$")


def is_secret(path: str) -> bool:
    """Whether a path is one where people keep keys, passwords or what they typed, wherever the home is.

    Example:
        >>> is_secret("~/.ssh/id_rsa"), is_secret("/home/me/.ssh"), is_secret("/proc/1/environ"), is_secret("a.root")
        (True, True, True, False)
    """
    return _SECRET.search(path) is not None


class Places:
    """Judges paths.

    Args:
        read: Files and folders that may be read, besides Python and what the system's libraries need.
        write: Folders that may be read and written.
        folder: The script's own folder; what it keeps there is no secret of others.
        home: Value of HOME; shown as ``~``.
    """

    def __init__(self, *, read: Iterable[str], write: Iterable[str], folder: str, home: str) -> None:
        self._folder = folder
        self._home = home.rstrip("/")
        self.python = _starts(python_places())
        self._quiet = _starts([*_SYSTEM, *_DEVICES, *read, folder]) + self.python
        self._devices = _starts(_DEVICES)
        self._write = _starts([*write, folder])

    def reading(self, path: str) -> str | None:
        """Return the name to note for a path that is read or listed; None when the script may."""
        if path[:1] != "/" or "/." in path or "//" in path:
            path = self._whole(path)
        if (path + "/").startswith(self._quiet):
            return None
        if (process := _PROCESS.match(path)) is not None:
            return self._of_process(path, process["who"], process["what"] or "")
        if is_secret(path):
            return self.shown(path)
        if (path + "/").startswith(self._write) or path == "/proc" or path.startswith("/proc/"):
            return None
        return self.shown(path)

    def writing(self, path: str) -> str | None:
        """Return the name to note for a path that is written, made, moved or removed; None when the script may."""
        path = self._whole(path)
        if (path + "/").startswith(self._devices):
            return None
        inside = (path + "/").startswith(self._write)
        if inside and os.path.islink(path):  # noqa: PTH114 - an input is a link that leads out of the script's folder
            inside = (os.path.realpath(path) + "/").startswith(self._write)
        return None if inside and not is_secret(path) else self.shown(path)

    def shown(self, path: str) -> str:
        """Return a path as people write it: from the script's own folder, or from ``~``."""
        for start, short in ((self._folder + "/", ""), (self._home + "/", "~/")):
            if path.startswith(start) and len(start) > 1:
                return short + path[len(start) :]
        return path

    def expanded(self, word: str) -> str:
        """Return a word of a shell command with the home in it written out."""
        word = word.replace("${HOME}", self._home).replace("$HOME", self._home)
        return self._home + word[1:] if word == "~" or word.startswith("~/") else word

    def _whole(self, path: str) -> str:
        path = os.path.normpath(path if path[:1] == "/" else os.path.join(os.getcwd(), path))  # noqa: PTH109, PTH118
        return path[1:] if path.startswith("//") else path

    def _of_process(self, path: str, who: str, what: str) -> str | None:
        if what.startswith("/root/"):
            return self.reading(what.removeprefix("/root"))
        own = not who.isdigit() or int(who) == os.getpid()
        return None if own and what != "/environ" else path


def python_places() -> Iterator[str]:
    """Yield where this Python and what it imports live: prefixes, packages, the search path, our own tools."""
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix, *site.getsitepackages())
    yield from (place for place in sys.path if place)
    yield from (os.path.realpath(place) for place in (sys.prefix, sys.base_prefix, sys.executable))
    rooms = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))  # noqa: PTH120
    yield from (f"{rooms}/{room}" for room in ("ledger", "sandbox", "tools"))


def _starts(places: Iterable[str]) -> tuple[str, ...]:
    return tuple({place.rstrip("/") + "/" for place in places if place.rstrip("/")})
