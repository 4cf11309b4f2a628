"""The first program in a container: starts the script in the shim, and ends everything when the host has gone.

Its settings come on stdin as one line of JSON: ``mark``, ``home`` (a folder to make), ``environment`` (all of the
script's), ``shim`` (settings of `shim`, without ``ready`` and ``argv``), ``execute`` (arguments of `execute`, without
``notes``) and ``notes`` (a pipe's path).
Stdin then stays open for as long as the host wants the job to run.

It says what happens on stderr, each time as JSON between two marks, so that the host can take it out again:
``starting``, then ``began`` or ``failed`` with the reason, then ``ended`` with the script's wait status and what it
used. An image may hold an old Python, so nothing here is newer than 3.6.
"""

import ctypes
import json
import os
import resource
import sys
import threading
from pathlib import Path
from typing import Any, Dict, NoReturn  # noqa: UP035 - see above

_LEAST_PYTHON = (3, 11)
_PR_SET_DUMPABLE = 4
_HOST_HAS_GONE = 124


class Reporter:
    """Tells the host what happens.

    Attributes:
        mark: What no script can know, to begin and end each message with.
    """

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def say(self, **message: Any) -> None:
        """Write one message."""
        os.write(2, (self.mark + json.dumps(message) + self.mark).encode())

    def fail(self, reason: str) -> NoReturn:
        """Write why the script cannot begin, and end."""
        self.say(failed=reason)
        os._exit(1)


def _start(settings: Dict[str, Any], ready: int) -> NoReturn:  # noqa: UP006 - see above
    """Become the shim; runs in the child."""
    place = Path(__file__).parent
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        execute = json.dumps(dict(settings["execute"], notes=_open_notes(settings["notes"])))
        argv = [sys.executable, "-s", str(place / "execute.py"), execute]
        shim = json.dumps(dict(settings["shim"], ready=ready, argv=argv))
        arguments = [sys.executable, "-I", "-S", str(place / "shim.py"), shim]
        os.execve(sys.executable, arguments, settings["environment"])  # noqa: S606 - the purpose
    except OSError as error:
        os.write(ready, b"E" + str(error).encode())
    os._exit(125)


def _open_notes(path: str) -> int:
    try:
        notes = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # the engine runs in a virtual machine, through which no pipe leads
        notes = os.open(os.devnull, os.O_WRONLY)
    os.set_inheritable(notes, True)
    return notes


def _end_with_the_host() -> None:
    while os.read(0, 4096):
        pass
    os._exit(_HOST_HAS_GONE)  # as process 1 we take everything else with us


def _wait(child: int) -> int:
    """Return the child's wait status; as process 1 we also reap what others left."""
    while True:
        pid, status = os.wait()
        if pid == child:
            return status


def _kills_for_memory() -> int:
    """Return how many processes of this control group were killed for want of memory; 0 where that is not shown."""
    for place in ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"):
        try:
            lines = Path(place).read_text().splitlines()
        except OSError:
            continue
        return sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return 0


def main() -> None:
    """Run the script and report on it."""
    settings = json.loads(sys.stdin.buffer.readline())
    reporter = Reporter(settings["mark"])
    reporter.say(starting=True)
    if sys.version_info < _LEAST_PYTHON:
        version = ".".join(map(str, sys.version_info[:3]))
        reporter.fail("the image's python3 is {}, and hepcoder needs 3.11 or later".format(version))  # noqa: UP032
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # the script has our user and must not look into us
    try:
        os.makedirs(settings["home"], exist_ok=True)  # noqa: PTH103 - one call, no object
        os.chmod(settings["home"], 0o1777)  # noqa: PTH101, S103 - the script may become another user than we
    except OSError as error:
        reporter.fail(str(error))
    told, tell = os.pipe()
    os.set_inheritable(tell, True)
    child = os.fork()
    if child == 0:
        _start(settings, tell)
    os.close(tell)
    with open(told, "rb") as pipe:  # noqa: PTH123 - a descriptor
        report = pipe.read()
    if report != b"R":
        reporter.fail(report[1:].decode(errors="replace") or "the container ended before the script began")
    reporter.say(began=True)
    threading.Thread(target=_end_with_the_host, daemon=True).start()
    status = _wait(child)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    reporter.say(ended=status, cpu_seconds=usage.ru_utime + usage.ru_stime, memory_kills=_kills_for_memory())
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
