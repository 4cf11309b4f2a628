"""One thread that lives as long as the process and starts every sandbox.

The kernel's parent-death signal, which lets a sandbox die with us, follows the *thread* that started it. A sandbox
started from a worker of a thread pool would be killed when the pool shrinks.
"""

import os
import queue
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future

_Start = Callable[[], "subprocess.Popen[bytes]"]


class _Starter:
    def __init__(self) -> None:
        self.pid = os.getpid()
        self._tasks: queue.SimpleQueue[tuple[_Start, Future[subprocess.Popen[bytes]]]] = queue.SimpleQueue()
        threading.Thread(target=self._serve, name="hepcoder-sandbox-starter", daemon=True).start()

    def _serve(self) -> None:
        while True:
            start, future = self._tasks.get()
            try:
                future.set_result(start())
            except BaseException as error:  # noqa: BLE001 - handed to the caller, who raises it
                future.set_exception(error)

    def submit(self, start: _Start) -> Future[subprocess.Popen[bytes]]:
        future: Future[subprocess.Popen[bytes]] = Future()
        self._tasks.put((start, future))
        return future


_lock = threading.Lock()
_starters: list[_Starter] = []


def start_process(start: _Start) -> subprocess.Popen[bytes]:
    """Call `start` in the long-lived thread and return the process it made.

    Args:
        start: Makes the process; called once, from the starter thread.

    Raises:
        OSError: The program could not be started; whatever `start` raises is raised here.
    """
    with _lock:
        if not _starters or _starters[0].pid != os.getpid():  # a forked child has no starter thread
            _starters[:] = [_Starter()]
        starter = _starters[0]
    return starter.submit(start).result()
