"""A cluster: shifts on the workers of a Dask scheduler. Needs the package ``distributed``, the extra ``[cluster]``."""

import importlib
from concurrent.futures import CancelledError
from typing import Any

from hepcoder.benchmarks.harness.executors import WorkersDiedError
from hepcoder.benchmarks.harness.shift import ShiftOrder, ShiftReport, work_shift
from hepcoder.ledger.errors import HepcoderError, UserError

CONNECT_SECONDS = 15.0


class SchedulerLostError(HepcoderError):
    """The scheduler of the cluster has gone; the study's folder has all that was done."""


class DaskExecutor:
    """The workers of a Dask scheduler, one shift on each.

    The study's folder must lie on a file system that all of them share, with working locks.

    Args:
        address: The scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises:
        UserError: ``distributed`` is not installed, no scheduler answers there, or it has no workers.
    """

    def __init__(self, address: str) -> None:
        try:
            client: Any = importlib.import_module("distributed").Client
        except ImportError as error:
            message = "a cluster needs the package distributed; install it with: pip install 'hepcoder[cluster]'"
            raise UserError(message) from error
        self._address = address
        try:
            self._client = client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            message = f"no Dask scheduler answers at {address}: {error}; start one with: dask scheduler"
            raise UserError(message) from error
        self._workers: tuple[str, ...] = self._find_workers()
        self._shifts: list[Any] = []
        if not self._workers:
            self._client.close()
            message = f"the Dask scheduler at {address} has no workers; start some with: dask worker {address}"
            raise UserError(message)

    @property
    def description(self) -> str:
        """One line on where shifts run."""
        return f"{len(self._workers)} Dask workers of {self._address}"

    @property
    def processes(self) -> int:
        """How many shifts `start` begins."""
        return len(self._workers)

    def start(self, order: ShiftOrder) -> None:
        """Begin a shift on each worker that is there now.

        Raises:
            SchedulerLostError: The scheduler has gone.
        """
        self._refuse_lost()
        self._workers = self._find_workers() or self._workers
        self._shifts = [
            self._client.submit(work_shift, order, workers=[worker], allow_other_workers=True, pure=False)
            for worker in self._workers
        ]

    def poll(self) -> tuple[ShiftReport, ...] | None:
        """The reports of all shifts when all have ended; None while one goes on.

        Raises:
            WorkersDiedError: Workers died again and again under a shift.
            SchedulerLostError: The scheduler has gone.
        """
        killed: type[Exception] = importlib.import_module("distributed").KilledWorker
        self._refuse_lost()
        if not all(shift.done() for shift in self._shifts):
            return None
        try:
            return tuple(shift.result(timeout=CONNECT_SECONDS) for shift in self._shifts)
        except killed as error:
            message = f"Dask workers died: {error}"
            raise WorkersDiedError(message) from error
        except (CancelledError, OSError, TimeoutError) as error:
            self._refuse_lost()
            message = f"a shift was lost by the Dask scheduler at {self._address}: {type(error).__name__}"
            raise WorkersDiedError(message) from error

    def close(self) -> None:
        """Leave the cluster as it is."""
        self._client.close(timeout=1)

    def _find_workers(self) -> tuple[str, ...]:
        return tuple(self._client.scheduler_info(n_workers=-1)["workers"])

    def _refuse_lost(self) -> None:
        if self._client.status != "running":
            message = (
                f"the Dask scheduler at {self._address} has gone; all that was done is in the study's folder: start a "
                "scheduler and resume"
            )
            raise SchedulerLostError(message)
