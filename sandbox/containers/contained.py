"""A job in a container while it runs: how it is started, what it reports, how it is ended and removed."""

import hashlib
import json
import os
import platform
import re
import secrets
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.containers.commands import LABEL
from hepcoder.sandbox.containers.engines import Container, client_environment
from hepcoder.sandbox.follow import RunningProcess
from hepcoder.sandbox.installation import INSIDE
from hepcoder.sandbox.processes import PROC, descendants, is_alive, stat_fields
from hepcoder.sandbox.records import Limits
from hepcoder.sandbox.starter import start_process
from hepcoder.sandbox.watch import Usage, cpu_seconds, measure

_ENGINE_SECONDS = 20.0
_STARTED = 19  # field of /proc/PID/stat, counted from the state: when the process began


class RunningContainer(RunningProcess):
    """A job in a container; see `follow.Running`.

    Attributes:
        out_of_memory: Whether the kernel killed one of its processes at the engine's limit; known once it has ended.
    """

    def __init__(
        self, container: Container, command: list[str], name: str, notes: int, settings: Mapping[str, Any]
    ) -> None:
        """Start it.

        Args:
            container: How containers are started.
            command: As `engine_commands.run_command` made it.
            name: The container's own.
            notes: Our end of the pipe for attempts.
            settings: Of the first program inside, without its mark.

        Raises:
            SandboxError: The engine's program cannot be started.
        """
        self.out_of_memory = False
        self._container = container
        self._name = name
        self._mark = f"\0{secrets.token_hex(16)}\0"
        super().__init__(_start(command), self._end)
        self.streams = replace(self.streams, notes=notes)
        self._write((json.dumps({**settings, "mark": self._mark}) + "\n").encode())

    def _write(self, data: bytes) -> None:
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):  # the engine has ended already, and says why on stderr
                self.process.stdin.write(data)
                self.process.stdin.flush()

    def usage(self, limits: Limits) -> Usage:
        """Return what the job's processes use now; nothing where they are not our descendants."""
        first = self._first_program() if self._container.is_apptainer else None
        return Usage((), 0.0, 0, 0) if first is None else measure(first, limits, {first: cpu_seconds(first)})

    @property
    def is_measured(self) -> bool:
        """Whether the job's processes can be seen from here."""
        return self._container.is_apptainer

    def _first_program(self) -> int | None:
        for pid in descendants(self.process.pid):
            with suppress(OSError):
                words = (PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
                if words[0].rpartition(b"/")[2].startswith(b"python") and f"{INSIDE}/container.py".encode() in words:
                    return pid
        return None

    def _end(self) -> None:
        """End everything inside, ask what happened, and remove the container."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()  # the first program inside ends with it, whatever else fails
        inside = descendants(self.process.pid) if self._container.is_apptainer else ()
        if self.process.poll() is None:
            if not self._container.is_apptainer:
                ask(self._container, "kill", "--signal", "KILL", self._name)
            _kill(*inside)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if not self._container.is_apptainer:
            self.out_of_memory = (
                ask(self._container, "inspect", "--format", "{{.State.OOMKilled}}", self._name) == "true"
            )
            ask(self._container, "rm", "--force", "--volumes", self._name)

    def messages(self, stderr: bytes) -> tuple[dict[str, Any], bytes]:
        """Take what the first program inside said out of stderr.

        Returns:
            Its messages as one record, and what the script wrote; before the first message the engine spoke.
        """
        mark = re.escape(self._mark.encode())
        pieces = re.split(mark + rb"([^\0]*)" + mark, stderr)
        said: dict[str, Any] = {}
        for text in pieces[1::2]:
            with suppress(ValueError):
                said |= json.loads(text)
        return said, b"".join(pieces[2::2]) if said else stderr


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    pipe = subprocess.PIPE
    try:
        return start_process(
            lambda: subprocess.Popen(
                command,
                env=client_environment(os.environ),
                cwd="/",
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                start_new_session=True,
            )
        )
    except OSError as error:
        message = f"{command[0]!r} cannot be started: {error.strerror}"
        raise SandboxError(message) from error


def _kill(*pids: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def ask(container: Container, *words: str) -> str | None:
    """Return what the engine's own program answers, without outer blanks; None when it fails or does not answer."""
    try:
        done = subprocess.run(
            [container.program, *words],
            env=client_environment(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ENGINE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else None


def new_name() -> str:
    """Return a name for a container that says who owns it, so that others can see when the owner has gone."""
    return f"hepcoder-{_machine()}-{os.getpid()}-{stat_fields(os.getpid())[_STARTED]}-{secrets.token_hex(4)}"


def _machine() -> str:
    where = f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - no file
    return hashlib.sha256(where.encode()).hexdigest()[:8]


def remove_leftovers(container: Container) -> None:
    """Remove containers whose owners were killed on this machine; they have ended, but the engine still lists them."""
    if container.is_apptainer:
        return
    listed = ask(container, "ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}") or ""
    for name in listed.split():
        if _owner_is_gone(name):
            ask(container, "rm", "--force", "--volumes", name)


def _owner_is_gone(name: str) -> bool:
    match = re.fullmatch(rf"hepcoder-{_machine()}-(\d+)-(\d+)-[0-9a-f]+", name)
    if match is None:
        return False
    pid, started = int(match[1]), match[2]
    try:
        return not is_alive(pid) or stat_fields(pid)[_STARTED] != started
    except (OSError, IndexError):
        return True
