"""A process of the same user that holds secrets, as the agent does: what a sandboxed script must leave alone."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_PROGRAM = """
import ctypes, json, os, signal, sys
secret = bytearray(open(sys.argv[1], 'rb').read())
address = ctypes.addressof((ctypes.c_char * len(secret)).from_buffer(secret))
watched = set(range(signal.SIGRTMIN, signal.SIGRTMAX + 1)) | {signal.SIGUSR1, signal.SIGURG, signal.SIGIO}
signal.pthread_sigmask(signal.SIG_BLOCK, watched)
parent = os.getppid()
print(json.dumps({'address': address, 'size': len(secret)}), flush=True)
while os.getppid() == parent:
    got = signal.sigtimedwait(watched, 0.2)
    if got is not None:
        with open('signals', 'a') as log:
            log.write(f'{got.si_signo}\\n')
"""


class Victim:
    """The running process.

    Attributes:
        pid: Its process id.
        address: Where its memory holds the secret.
        size: Bytes of the secret.
    """

    def __init__(self, folder: Path, *, secret: Path, environment: dict[str, str], word: str) -> None:
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(secret), word],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        if self._process.stdout is None:
            message = "the victim must be started with a pipe for stdout"
            raise ValueError(message)
        told = json.loads(self._process.stdout.readline())
        self.pid, self.address, self.size = self._process.pid, int(told["address"]), int(told["size"])
        self._before = self._state()

    def signalled(self, number: int) -> str:
        """Say so if this signal came, or if the process ended."""
        if self._process.poll() is not None:
            return f"the victim ended with {self._process.returncode}"
        time.sleep(0.02)  # a signal that was sent has to be written down
        with suppress(FileNotFoundError):
            if str(number) in (self._folder / "signals").read_text(encoding="utf-8").split():
                return f"the victim got signal {number}"
        return ""

    def changed(self, what: str) -> str:
        """Say so if one of `alive`, `stopped`, `nice`, `affinity` and `limits` is not as it was."""
        before, now = self._before[what], self._state()[what]
        if now == before:
            return ""
        return f"the victim's {what} changed" + ("" if what == "limits" else f" from {before} to {now}")

    def _state(self) -> dict[str, object]:
        place = Path("/proc", str(self.pid))
        return {
            "alive": self._process.poll() is None,
            "stopped": " T " in (place / "stat").read_text(encoding="utf-8")[:64],
            "nice": os.getpriority(os.PRIO_PROCESS, self.pid),
            "affinity": sorted(os.sched_getaffinity(self.pid)),
            "limits": (place / "limits").read_text(encoding="utf-8"),
        }

    def overwritten(self, letter: bytes) -> str:
        """Say so if a letter that is not in the secret stands in the memory that holds it."""
        with Path("/proc", str(self.pid), "mem").open("rb", buffering=0) as memory:
            memory.seek(self.address)
            return "the victim's memory was overwritten" if letter in memory.read(self.size) else ""

    def close(self) -> None:
        """End it."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
