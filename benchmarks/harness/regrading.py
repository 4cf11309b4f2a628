"""Grading again what is on record, and telling what must be run again, after a task or its grader has changed."""

import threading
from collections.abc import Callable, Iterator
from typing import Literal

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.benchmarks.harness.cell import finish_cell, is_same_work
from hepcoder.benchmarks.harness.folder import CellFile, CellFolder, StudyFolder
from hepcoder.benchmarks.harness.matrix import Cell, cells_of
from hepcoder.benchmarks.harness.shared_sandbox import SharedSandbox
from hepcoder.benchmarks.harness.study import Study
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.ledger.errors import RunBusyError
from hepcoder.ledger.record import Record
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.folders import remove_folder


class Regraded(Record):
    """What became of one cell.

    Attributes:
        key: What it measured.
        action: ``regraded``: its artefacts were graded anew. ``rerun``: the agent would be given something else now, so
            that it must be run again; its old run is kept, and stays paid for. ``kept``: not done yet; it goes on.
        before: Its grade, with that on fresh data; None where there was none.
        after: The same now.
    """

    key: CellKey
    action: Literal["regraded", "rerun", "kept"]
    before: str | None = None
    after: str | None = None


def regrade(
    folder: StudyFolder, *, everything: bool, sandbox: str = "auto", watch: Callable[[Regraded], None] = lambda _: None
) -> tuple[Regraded, ...]:
    """Grade the cells of changed tasks again, or say that they must be run again; no model is asked.

    Args:
        folder: The study. Afterwards it names the tasks as they are now.
        everything: Grade the cells of all other tasks again, too.
        sandbox: Where scripts run once more on fresh data.
        watch: Called with each cell.

    Raises:
        RunError: There is no study, it is damaged, or another process conducts it.
        SuiteError: A task is gone or not usable.
        SandboxError: No sandbox can start.
    """
    lock = folder.lock()
    if not lock.take():
        message = f"another process conducts the study {folder.path}; wait for it, or stop it"
        raise RunBusyError(message)
    scratch = folder.path / "workers" / "regrade"
    whole = choose_sandbox(sandbox)
    try:
        study = folder.read()
        renewed = study.model_copy(
            update={"tasks": tuple(e.model_copy(update={"digest": task_of(e).digest}) for e in study.tasks)}
        )
        shared = SharedSandbox(whole, scratch, threading.Semaphore(1), lambda _: None)
        found = []
        for row in _rows(folder, study, renewed, shared, everything=everything):
            watch(row)
            found.append(row)
        folder.freeze(renewed)
        return tuple(found)
    finally:
        whole.close()
        remove_folder(scratch)
        lock.release()


def _rows(
    folder: StudyFolder, study: Study, renewed: Study, sandbox: SharedSandbox, *, everything: bool
) -> Iterator[Regraded]:
    variants = VariantStore(folder.path / "variants")
    for before, after in zip(cells_of(study), cells_of(renewed), strict=True):
        old, new = folder.cell(before.digest), folder.cell(after.digest)
        if before.digest == after.digest and not everything:
            continue
        if not old.path.is_dir() and not new.path.is_dir():
            continue
        yield _row(after, old if old.path.is_dir() else new, new, variants, sandbox, second=renewed.second_grade)


def _row(
    cell: Cell, old: CellFolder, new: CellFolder, variants: VariantStore, sandbox: SharedSandbox, *, second: bool
) -> Regraded:
    content = old.read()
    before = None if content is None else _grades(content)
    runs = [run for run in old.runs() if run.manifest_path.is_file()]
    variant = variants.first(cell)
    if not all(is_same_work(cell, variant, run) for run in runs):
        return Regraded(key=cell.key, action="rerun", before=before)
    if old != new:
        old.path.rename(new.path)
    if content is None:
        return Regraded(key=cell.key, action="kept")
    after = _grades(finish_cell(cell, new, variants, sandbox, second=second))
    return Regraded(key=cell.key, action="regraded", before=before, after=after)


def _grades(content: CellFile) -> str:
    return grades_of(content.attempts[-1])


def grades_of(result: CellResult) -> str:
    """The grade of a cell in words, with that on fresh data where it is not the same."""
    first, second = result.grade or "spoiled", result.second_grade
    return first if second in (None, first) else f"{first}, on fresh data {second}"
