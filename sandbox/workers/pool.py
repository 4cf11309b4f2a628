"""Workers that wait for jobs, or are still importing their packages."""

import threading
import weakref
from collections.abc import Callable

from hepcoder.sandbox.workers.replies import LostWorkerError
from hepcoder.sandbox.workers.worker import Kind, Worker


class WorkerPool:
    """Keeps workers that are good for another job, and those that were started ahead of time.

    May be used from any thread. Its workers end with it, or with the process.
    """

    def __init__(self, start: Callable[[Kind], Worker], most_idle: int) -> None:
        """Make an empty pool.

        Args:
            start: Starts a worker, which need not be ready.
            most_idle: How many may wait at once; the one that has waited longest goes first.
        """
        self._start = start
        self._most_idle = most_idle
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        weakref.finalize(self, _stop_all, self._idle)

    def take(self, kind: Kind) -> Worker:
        """Return a worker that is good for jobs of a kind and ready for one: one that waits, or else a new one.

        Raises:
            LostWorkerError: A new one did not become ready; the reason is in the text.
            Exception: Whatever `start` raises.
        """
        while (worker := self._pop(kind)) is not None:
            if _is_ready(worker):
                return worker
        worker = self._start(kind)
        try:
            worker.wait_until_ready()
        except LostWorkerError:
            worker.stop()
            raise
        return worker

    def _pop(self, kind: Kind) -> Worker | None:
        with self._lock:
            found = next((worker for worker in self._idle if worker.covers(kind)), None)
            if found is not None:
                self._idle.remove(found)
        return found

    def give_back(self, worker: Worker) -> None:
        """Take a worker back; it waits if it may, and is stopped otherwise."""
        surplus = [worker]
        if worker.fit:
            with self._lock:
                self._idle.append(worker)
                surplus = self._idle[: -self._most_idle]
                del self._idle[: -self._most_idle]
        _stop_all(surplus)

    def prepare(self, kind: Kind) -> None:
        """Start a worker and do not wait for it, unless one is good for this kind already.

        Raises:
            Exception: Whatever `start` raises.
        """
        with self._lock:
            wanted = not any(worker.covers(kind) for worker in self._idle)
        if wanted:
            self.give_back(self._start(kind))

    def close(self) -> None:
        """Stop the workers that wait."""
        with self._lock:
            idle = self._idle[:]
            self._idle.clear()
        _stop_all(idle)


def _is_ready(worker: Worker) -> bool:
    """Wait for a worker that may have died meanwhile; stop it if it has."""
    try:
        worker.wait_until_ready()
    except LostWorkerError:
        worker.stop()
        return False
    return True


def _stop_all(workers: list[Worker]) -> None:
    for worker in workers:
        worker.stop()
