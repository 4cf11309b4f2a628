"""Where a study's processes run: on this machine, or wherever an executor of the same shape puts them."""

import gc
import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import Protocol

from hepcoder.benchmarks.harness.shift import ShiftOrder, ShiftReport, work_shift
from hepcoder.ledger.errors import HepcoderError


class WorkersDiedError(HepcoderError):
    """A process of the study ended without a word; what it had begun can be gone on with."""


class Executor(Protocol):
    """Runs shifts.

    All that shifts do is on disk; an executor only starts them, and says when they ended or died.
    """

    @property
    def description(self) -> str:
        """One line on where shifts run."""
        ...

    @property
    def processes(self) -> int:
        """How many shifts `start` begins."""
        ...

    def start(self, order: ShiftOrder) -> None:
        """Begin a shift in each process.

        Raises:
            HepcoderError: None can begin.
        """
        ...

    def poll(self) -> tuple[ShiftReport, ...] | None:
        """The reports of all shifts when all have ended; None while one goes on.

        Raises:
            WorkersDiedError: A process died; shifts can be started again.
            HepcoderError: None can ever be started again.
        """
        ...

    def close(self) -> None:
        """Let go of everything; shifts that go on are not waited for."""
        ...


class ThreadExecutor:
    """This very process: nothing to start, and all that one core can do."""

    def __init__(self) -> None:
        self._threads: ThreadPoolExecutor | None = None
        self._shift: Future[ShiftReport] | None = None

    @property
    def description(self) -> str:
        """One line on where shifts run."""
        return "this process"

    @property
    def processes(self) -> int:
        """How many shifts `start` begins."""
        return 1

    def start(self, order: ShiftOrder) -> None:
        """Begin a shift."""
        self.close()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="hepcoder-shift")
        self._shift = self._threads.submit(work_shift, order)

    def poll(self) -> tuple[ShiftReport, ...] | None:
        """The report when the shift has ended; None while it goes on."""
        return (self._shift.result(),) if self._shift is not None and self._shift.done() else None

    def close(self) -> None:
        """Let go of the thread; it ends when its shift does."""
        if self._threads is not None:
            self._threads.shutdown(wait=False)
        self._threads = None


class LocalExecutor:
    """Processes on this machine, freshly started ones, so that none inherits threads or locks.

    Args:
        processes: How many.
    """

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None
        self._shifts: list[Future[ShiftReport]] = []

    @property
    def description(self) -> str:
        """One line on where shifts run."""
        return f"{self._processes} processes on this machine"

    @property
    def processes(self) -> int:
        """How many shifts `start` begins."""
        return self._processes

    def start(self, order: ShiftOrder) -> None:
        """Begin a shift in each process."""
        self.close()
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_begin)
        self._shifts = [self._pool.submit(work_shift, order) for _ in range(self._processes)]

    def poll(self) -> tuple[ShiftReport, ...] | None:
        """The reports of all shifts when all have ended; None while one goes on.

        Raises:
            WorkersDiedError: A process died.
        """
        if not all(shift.done() for shift in self._shifts):
            return None
        try:
            return tuple(shift.result() for shift in self._shifts)
        except BrokenProcessPool as error:
            message = "a process of the study was killed; perhaps the machine ran out of memory"
            raise WorkersDiedError(message) from error

    def close(self) -> None:
        """Let go of the processes; they end when their shifts do."""
        if self._pool is not None:
            self._pool.shutdown(wait=False)
        self._pool = None


def _begin() -> None:
    """Ctrl-C is for whoever conducts the study; and when that process dies, however it does, so does this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()  # modules stay: not to be looked through with each collection
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True, name="hepcoder-parent").start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)  # every event is on disk, and every lock ends with us
