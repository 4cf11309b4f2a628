"""One process at work on a study: many cells at once, in threads, since cells wait for models most of the time."""

import os
import socket
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from hepcoder.benchmarks.harness.board import Board, Taken
from hepcoder.benchmarks.harness.cell import run_cell
from hepcoder.benchmarks.harness.control import Control, Watch
from hepcoder.benchmarks.harness.doorway import Doorway
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import Cell, cells_of
from hepcoder.benchmarks.harness.pace import Pace, PaceChange
from hepcoder.benchmarks.harness.purse import Purse
from hepcoder.benchmarks.harness.sitting import Tools
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.ledger.errors import (
    BudgetError,
    CredentialError,
    HepcoderError,
    ModelNotFoundError,
    SandboxError,
    StorageError,
)
from hepcoder.ledger.record import Record
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.folders import remove_folder

_LOOK_SECONDS = 0.2
# One at the processor, one at the disk: the threads of a process share one interpreter.
_PLACES = 2
# These would end every further cell alike.
_ENDS_ALL = (StorageError, SandboxError, BudgetError, CredentialError, ModelNotFoundError)


class ShiftOrder(Record):
    """What a process is told.

    Attributes:
        folder: The study's folder.
        lanes: Cells under way at once.
        scripts: Scripts that may run at once.
        sandbox: Tier, as for `choose_sandbox`.
        bounded: Whether the study's dollars are bounded.
    """

    folder: Path
    lanes: int
    scripts: int
    sandbox: str
    bounded: bool


class ShiftReport(Record):
    """What a process says at its end.

    Attributes:
        worker: Its name.
        done: Cells that it finished.
        broken: Cells on which the harness itself failed; ``broken.txt`` in their folders says how.
        error: Class of the error that ended it, as in `hepcoder.ledger.errors`; empty when there was none.
        message: What that error said.
    """

    worker: str
    done: int = 0
    broken: tuple[str, ...] = ()
    error: str = ""
    message: str = ""


def work_shift(order: ShiftOrder, alive: Callable[[], bool] = lambda: True) -> ShiftReport:
    """Work on a study until nothing is left, or until told otherwise.

    Args:
        order: What to do.
        alive: Asked now and then; when it says False, everything stops.
    """
    folder = StudyFolder(order.folder)
    watch = Watch(Control(order.folder), alive)
    try:
        study = folder.read()
        sandbox = choose_sandbox(order.sandbox)
        tools = Tools(
            variants=VariantStore(order.folder / "variants"),
            sandbox=sandbox,
            scratch=order.folder / "workers" / worker_name(),
            gate=threading.Semaphore(order.scripts),
            doorway=Doorway(_PLACES),
            purse=Purse(order.folder / "purse.sqlite") if order.bounded else None,
            second_grade=study.second_grade,
        )
        shift = _Shift(Board(folder, folder.missing(cells_of(study))), tools, watch, order)
        with ThreadPoolExecutor(order.lanes, thread_name_prefix="hepcoder-lane") as lanes:
            for _ in range(order.lanes):
                lanes.submit(shift.work)
        sandbox.close()
        remove_folder(tools.scratch)
        return shift.report()
    except HepcoderError as error:
        return ShiftReport(worker=worker_name(), error=error_class(error), message=str(error))
    finally:
        watch.close()


def worker_name() -> str:
    """This process, among all machines."""
    return f"{socket.gethostname()}-{os.getpid()}"


def error_class(error: HepcoderError) -> str:
    """The name of the nearest class of an error that every process knows."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "hepcoder.ledger.errors")


class _Shift:
    """What the lanes of one process share."""

    def __init__(self, board: Board, tools: Tools, watch: Watch, order: ShiftOrder) -> None:
        self._board = board
        self._tools = tools
        self._watch = watch
        self._order = order
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str | None], Pace] = {}
        self._done = 0
        self._broken: list[str] = []
        self._error: HepcoderError | None = None

    def work(self) -> None:
        """One lane: cell after cell."""
        while not self._watch.drain.is_set():
            try:
                taken = self._board.take()
            except HepcoderError as error:
                self._end(error)
                return
            if taken is None:
                if self._board.is_empty:
                    return
                time.sleep(_LOOK_SECONDS)  # all that is left waits for a place at its model
                continue
            try:
                self._run(taken)
            finally:
                taken.give_back()

    def report(self) -> ShiftReport:
        """What came of it."""
        error = self._error
        return ShiftReport(
            worker=worker_name(),
            done=self._done,
            broken=tuple(self._broken),
            error="" if error is None else error_class(error),
            message="" if error is None else str(error),
        )

    def _run(self, taken: Taken) -> None:
        try:
            content = run_cell(taken.cell, taken.place, self._tools, self._pace(taken.cell), self._watch.stop)
        except _ENDS_ALL as error:
            self._end(error)
        except Exception:  # noqa: BLE001 - a fault of ours in one cell must not cost the others
            self._break(taken)
        else:
            with self._lock:
                self._done += content is not None

    def _end(self, error: HepcoderError) -> None:
        """Begin nothing more; other cells may come to their end, or meet the same error by themselves."""
        with self._lock:
            self._error = self._error or error
        self._watch.drain.set()

    def _break(self, taken: Taken) -> None:
        with self._lock:
            self._broken.append(taken.cell.digest)
        try:
            taken.place.break_down(traceback.format_exc())
        except HepcoderError as error:
            self._end(error)

    def _pace(self, cell: Cell) -> Pace:
        """One for each vendor and address."""
        vendor = cell.model.name.partition(":")[0]
        name = (vendor, cell.model.base_url)
        with self._lock:
            if name not in self._paces:
                self._paces[name] = Pace(vendor, self._order.lanes, tell=partial(_log, self._order.folder))
            return self._paces[name]


def _log(folder: Path, change: PaceChange) -> None:
    """Note when a vendor slowed us down, and to what; for people."""
    path = folder / "workers" / f"{worker_name()}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    line = f'{{"at": {time.time():.3f}, {change.model_dump_json()[1:]}\n'
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
