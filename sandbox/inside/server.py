"""The fork server: imports the analysis packages once, then runs each job in a fork of itself.

It talks over one SOCK_SEQPACKET socket, a JSON object a message. The host sends the settings first, then jobs, one at
a time, each with three descriptors (stdout, stderr, notes). The server answers ``{"ready": pid}`` once, and for each
job ``{"started": pid}`` or ``{"failed": reason}``, and at its end ``{"ended": wait status, ...}``. It ends when the
socket does.
"""

import ctypes
import json
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from hepcoder.sandbox.inside.execute import execute
from hepcoder.sandbox.inside.fidelity import needs_fresh_interpreter
from hepcoder.sandbox.inside.filter import install_filter
from hepcoder.sandbox.inside.landlock import Rules, make_ruleset, restrict
from hepcoder.sandbox.inside.preload import preload, reseed
from hepcoder.sandbox.inside.scratch import given, wipe
from hepcoder.sandbox.inside.sweep import become_guard, sweep_descendants, sweep_namespace

MESSAGE_BYTES = 1024 * 1024
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 1, 4
_NOTES, _TELL, _RULESET = 100, 101, 102  # away from the numbers that scripts get

Job = Mapping[str, Any]

_LIBC = ctypes.CDLL(None)


class Server:
    """Serves jobs until the control socket closes.

    Attributes:
        control: The socket.
        settings: What the host sent first, by name:
            modules: What to import.
            job: The folder to work in.
            inputs: All files that jobs may read; a job may be given fewer.
            scratch: Folders that are wiped after each job.
            rules: Of Landlock, as keyword arguments of `Rules`, or null where there is none.
            abi: The highest version of Landlock to use, or null.
            filter: The seccomp program for jobs as hex, or null when it is loaded already.
            namespace: Whether all processes in sight are ours.
            visible: As `execute` takes it.
    """

    def __init__(self, control: socket.socket, settings: Mapping[str, Any]) -> None:
        self.control = control
        self.settings = settings
        self._given = given(settings["scratch"])
        self._own = preload(settings["modules"])
        wipe(self._given)
        self._sweep = sweep_namespace if settings["namespace"] else sweep_descendants
        if not settings["namespace"]:
            become_guard()
        _LIBC.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # a job has our user and must not look into us

    def serve(self) -> Callable[[], NoReturn]:
        """Serve jobs. Returns in a fork only, with what the fork has to do then; ends the process otherwise."""
        news: dict[str, Any] = {"ready": os.getpid()}
        while True:
            told, tell = os.pipe()
            child = os.fork()  # ahead of time, since it takes longer than all the rest of a start
            if child == 0:
                os.close(told)
                return self._job(tell)
            os.close(tell)
            self._say(**news)
            news = self._follow(child, told)

    def _follow(self, child: int, told: int) -> dict[str, Any]:
        """Wait for a fork's job and for its end, clean up after it, and return what is to be said of it."""
        with open(told, "rb") as pipe:
            report = pipe.read()
        if not report and self._is_alone():
            os._exit(0)
        if report == b"R":
            self._say(started=child)
        else:
            self._say(failed=report[1:].decode(errors="replace") or "the fork ended before the script began")
        self._wait(child)
        _, status, usage = os.wait4(child, 0)
        swept = self._sweep()
        return {
            "ended": status,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_rss_bytes": usage.ru_maxrss * 1024,
            "clean": swept and wipe(self._given),
        }

    def _is_alone(self) -> bool:
        """Whether the host is gone."""
        try:
            return not self.control.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False

    def _wait(self, child: int) -> None:
        """Return when the child has ended; end everything when the host is gone or says anything meanwhile."""
        ended = os.pidfd_open(child)
        try:
            ready, _, _ = select.select([ended, self.control.fileno()], [], [])
            if ended not in ready:
                self._sweep()
                os._exit(0)
        finally:
            os.close(ended)

    def _say(self, **message: Any) -> None:
        try:
            self.control.sendall(json.dumps(message).encode())
        except OSError:
            self._sweep()
            os._exit(0)

    def _job(self, tell: int) -> Callable[[], NoReturn]:
        """Be the next job: get ready, wait for it, give up everything that it must not have, and report."""
        os.setsid()
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.environ["PWD"] = self.settings["job"]
        needs_fresh_interpreter(b"import numpy as np\nnp.random.normal()", self._own)  # its pages are ours from now on
        every = tuple(self.settings["inputs"])
        ruleset = self._ruleset(every)
        if self.settings["filter"] is not None:
            install_filter(bytes.fromhex(self.settings["filter"]))
        message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE_BYTES, 3)
        if not message:
            os._exit(0)
        job = json.loads(message)
        if ruleset is not None and tuple(job["inputs"]) != every:
            os.close(ruleset)
            ruleset = self._ruleset(tuple(job["inputs"]))
        self.control.detach()  # else its number would be closed again, whoever has it then
        stdout, stderr, notes = descriptors
        _keep_only(stdout, stderr, notes, tell, ruleset)
        try:
            return self._confined(job, ruleset=None if ruleset is None else _RULESET)
        except (OSError, ValueError) as error:
            os.write(_TELL, b"E" + str(error).encode())
            os._exit(125)

    def _ruleset(self, inputs: tuple[str, ...]) -> int | None:
        if self.settings["rules"] is None:
            return None
        return make_ruleset(Rules(**self.settings["rules"]).with_inputs(inputs), highest_abi=self.settings["abi"])

    def _confined(self, job: Job, ruleset: int | None) -> Callable[[], NoReturn]:
        for name, value in job["limits"].items():
            _lower(getattr(resource, f"RLIMIT_{name}"), value)
        os.chdir(self.settings["job"])
        _LIBC.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        if ruleset is not None:
            restrict(ruleset)
            os.close(ruleset)
        script = f"{self.settings['job']}/{job['script']}"
        afresh = needs_fresh_interpreter(Path(script).read_bytes(), self._own)
        os.set_inheritable(_NOTES, afresh)
        reseed()
        os.write(_TELL, b"R")
        os.close(_TELL)
        return partial(_execute_afresh if afresh else execute, script, _NOTES, self.settings["visible"])


def _keep_only(stdout: int, stderr: int, notes: int, tell: int, ruleset: int | None) -> None:
    """Put the descriptors of a job in their places and close every other one."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.dup2(notes, _NOTES)
    os.dup2(tell, _TELL, inheritable=False)
    if ruleset is not None:
        os.dup2(ruleset, _RULESET, inheritable=False)
    os.closerange(3, _NOTES)
    os.closerange(_TELL + 1 if ruleset is None else _RULESET + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (allowed, allowed))


def _execute_afresh(script: str, notes: int, visible: Mapping[str, Any]) -> NoReturn:
    arguments = json.dumps({"script": script, "notes": notes, "visible": visible})
    program = str(Path(__file__).with_name("execute.py"))
    os.execv(sys.executable, [sys.executable, "-s", program, arguments])  # noqa: S606 - replacing this process is the purpose


def main() -> None:
    """Serve on the descriptor that the first argument names; in a fork, run the job."""
    del sys.path[0]  # else this folder's modules could hide others
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    settings = json.loads(control.recv(MESSAGE_BYTES))
    Server(control, settings).serve()()


if __name__ == "__main__":
    main()
