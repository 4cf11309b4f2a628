"""Conducts a study: all that is missing, through an executor, until it is done, paused, or cannot go on."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from hepcoder.agents.models.open import ready_model
from hepcoder.benchmarks.harness.claims import Claim
from hepcoder.benchmarks.harness.control import Control, Order
from hepcoder.benchmarks.harness.estimate import pricer_of
from hepcoder.benchmarks.harness.executors import Executor, WorkersDiedError
from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.matrix import Cell, cells_of
from hepcoder.benchmarks.harness.outcome import events_of
from hepcoder.benchmarks.harness.progress import Progress, Tracker
from hepcoder.benchmarks.harness.purse import Purse, dollars_of
from hepcoder.benchmarks.harness.shift import ShiftOrder, ShiftReport
from hepcoder.benchmarks.harness.study import Study
from hepcoder.benchmarks.harness.tasks import changed_tasks
from hepcoder.ledger import errors
from hepcoder.ledger.errors import HepcoderError, RunBusyError, RunError, StorageError, UserError
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.folders import remove_folder

LOOK_SECONDS = 0.25
MOST_RESTARTS = 3


@dataclass
class Interrupts:
    """What the user wants; set by a signal handler, read by `run_study`.

    Attributes:
        order: ``go``, ``drain`` or ``stop``.
    """

    order: Order = "go"


@dataclass(frozen=True)
class Conduct:
    """How a study is run, which changes nothing in it.

    Attributes:
        lanes: Cells under way at once, in all processes together.
        scripts: Scripts that may run at once, in all processes together.
        sandbox: Tier, as for `choose_sandbox`.
        watch: Called now and then with how far it is.
        interrupts: What the user wants.
    """

    lanes: int
    scripts: int
    sandbox: str = "auto"
    watch: Callable[[Progress], None] = lambda _: None
    interrupts: Interrupts = field(default_factory=Interrupts)


@dataclass(frozen=True)
class Outcome:
    """How a sitting ended.

    Attributes:
        progress: How far the study is.
        missing: Cells without a result.
        broken: Cells on which the harness itself failed, with the last line of what it said.
        restarts: How often processes died and were started again.
    """

    progress: Progress
    missing: int
    broken: dict[str, str]
    restarts: int


def run_study(folder: StudyFolder, executor: Executor, conduct: Conduct) -> Outcome:
    """Do what is missing of a frozen study.

    Args:
        folder: The study.
        executor: Where its processes run.
        conduct: How.

    Returns:
        How it ended; also when the user paused it.

    Raises:
        RunError: There is no study, it is damaged, a task has changed since its cells ran, or another process
            conducts it.
        UserError: A model cannot be used.
        BudgetError: The study's dollars are used up.
        HepcoderError: Whatever else ended it; all that was done is on disk.
    """
    study = folder.read()
    with _conducting(folder):
        refuse_changed_tasks(study)
        tracker = Tracker(folder, cells_of(study))
        left = tracker.left
        if left:
            _sweep(folder.path / "workers")
            _check_models(left)
            choose_sandbox(conduct.sandbox).close()
            fill_purse(folder, study)
        restarts = _work(folder, study, executor, conduct, tracker) if left else 0
        progress = tracker.look()
    return Outcome(progress, len(tracker.left), _broken(folder, tracker.left), restarts)


def refuse_changed_tasks(study: Study) -> None:
    """Ensure that all tasks are what they were when they joined the study.

    Raises:
        RunError: Some are not; names them and the way out.
    """
    changed = changed_tasks(study.tasks)
    if changed:
        names = ", ".join(entry.name for entry in changed)
        message = f"{names} changed since this study began; hepcoder bench regrade grades again what can be, and says "
        raise RunError(message + "which cells must be run again")


def fill_purse(folder: StudyFolder, study: Study) -> None:
    """Count what was spent so far, by all attempts at all cells, and set the bound.

    Raises:
        UserError: There is a bound, and a model without a price.
        BudgetError: All is spent.
    """
    if study.max_usd is None:
        return
    unpriced = [entry.name for entry in study.models if pricer_of(entry, study.options.price).at is None]
    if unpriced:
        names = ", ".join(unpriced)
        message = f"a bound of ${study.max_usd} cannot be kept: {names} is unpriced; give its price in the study"
        raise UserError(message)
    runs = (run for place in folder.places() for run in place.runs())
    spent = sum((dollars_of(events_of(run)) for run in runs), Decimal(0))
    Purse(folder.path / "purse.sqlite").fill(study.max_usd, spent)


class _conducting:  # noqa: N801 - reads as a verb
    """Holds the study's lock, and leaves the order ``stop`` behind, so that no stray process works on."""

    def __init__(self, folder: StudyFolder) -> None:
        self._lock: Claim = folder.lock()
        self._control = Control(folder.path)

    def __enter__(self) -> None:
        if not self._lock.take():
            message = f"another process conducts the study {self._lock.path.parent}; wait for it, or stop it"
            raise RunBusyError(message)
        try:
            self._control.give("go")
        except StorageError:
            self._lock.release()
            raise

    def __exit__(self, *_: object) -> None:
        try:
            self._control.give("stop")
        finally:
            self._lock.release()


def _work(folder: StudyFolder, study: Study, executor: Executor, conduct: Conduct, tracker: Tracker) -> int:
    """Start shifts, and start them again when processes died; returns how often they did."""
    restarts = 0
    try:
        while True:
            executor.start(_order(folder.path, study, executor.processes, conduct))
            try:
                reports = _follow(folder, executor, conduct, tracker)
            except WorkersDiedError as error:
                restarts += 1
                if restarts > MOST_RESTARTS or conduct.interrupts.order != "go":
                    error.add_note(f"{len(tracker.left)} cells are not done; nothing is lost: resume the study")
                    raise
                continue
            _raise_first(reports)
            return restarts
    finally:
        executor.close()


def _follow(folder: StudyFolder, executor: Executor, conduct: Conduct, tracker: Tracker) -> tuple[ShiftReport, ...]:
    control = Control(folder.path)
    given: Order = "go"
    began = time.monotonic()
    while True:
        reports = executor.poll()
        conduct.watch(tracker.look(time.monotonic() - began))
        if reports is not None:
            return reports
        wanted = conduct.interrupts.order
        if wanted != given:
            control.give(wanted)
            given = wanted
        time.sleep(LOOK_SECONDS)


def _order(path: Path, study: Study, processes: int, conduct: Conduct) -> ShiftOrder:
    return ShiftOrder(
        folder=path,
        lanes=max(1, -(-conduct.lanes // processes)),
        scripts=max(1, -(-conduct.scripts // processes)),
        sandbox=conduct.sandbox,
        bounded=study.max_usd is not None,
    )


def _raise_first(reports: tuple[ShiftReport, ...]) -> None:
    for report in reports:
        if report.error:
            kind: type[HepcoderError] = getattr(errors, report.error)
            raise kind(report.message)


def _check_models(cells: tuple[Cell, ...]) -> None:
    for entry in {cell.model.name: cell.model for cell in cells}.values():
        ready_model(entry.name, base_url=entry.base_url)


def _sweep(workers: Path) -> None:
    """Remove the scratch folders of processes that were killed."""
    for place in workers.glob("*"):
        if place.is_dir():
            remove_folder(place)


def _broken(folder: StudyFolder, left: tuple[Cell, ...]) -> dict[str, str]:
    told = ((cell.digest, folder.cell(cell.digest).broken) for cell in left)
    return {digest: text.strip().splitlines()[-1] for digest, text in told if text and text.strip()}
