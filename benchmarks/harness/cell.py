"""Runs one cell: from nothing, or from wherever it was when somebody died."""

import hashlib
import shutil
import threading
from pathlib import Path

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.cascade_cell import is_same_step, run_steps
from hepcoder.benchmarks.harness.cascade_judging import judge_chain
from hepcoder.benchmarks.harness.cascade_runs import attempts_of, handed_folder
from hepcoder.benchmarks.harness.folder import CellFile, CellFolder
from hepcoder.benchmarks.harness.judging import judge, tidy
from hepcoder.benchmarks.harness.keeper import Keeper
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import end_of, events_of
from hepcoder.benchmarks.harness.pace import Pace
from hepcoder.benchmarks.harness.sitting import Sitting, Tools, begun_runs
from hepcoder.benchmarks.harness.tasks import steps_of, task_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.benchmarks.suites.variant import Variant
from hepcoder.graphs.task import Task
from hepcoder.ledger.manifest import read_manifest
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Limits


def run_cell(cell: Cell, place: CellFolder, tools: Tools, pace: Pace, stop: threading.Event) -> CellFile | None:
    """Run a cell to its result; whoever calls holds its claim.

    Args:
        cell: The cell.
        place: Its folder.
        tools: What it works with.
        pace: Of its model's vendor.
        stop: Set to stop; the cell can then be gone on with.

    Returns:
        The result, which is on disk; None when it was stopped.

    Raises:
        HepcoderError: It cannot go on for a foreseen reason; it can be gone on with when that is mended.
    """
    steps = steps_of(cell.task)
    with tools.doorway.held() as ready:
        sitting = Sitting(cell, place, tools, Keeper(pace, tools.purse, stop, ready), stop)
        tools.variants.first(cell)
        place.make()
        if not (run_steps(sitting, steps) if steps else _run_task(sitting)):
            return None
    return finish_cell(cell, place, tools.variants, sitting.sandbox, second=tools.second_grade)


def finish_cell(cell: Cell, place: CellFolder, variants: VariantStore, sandbox: Sandbox, *, second: bool) -> CellFile:
    """Grade all attempts at a cell and write its result.

    Raises:
        HepcoderError: The task cannot be made, or the ledger or the disk failed.
    """
    content = CellFile(cell=cell, attempts=_judged(cell, place, variants, sandbox, second=second))
    for run in place.runs():
        tidy(run)
    shutil.rmtree(handed_folder(place), ignore_errors=True)
    place.write(content)
    return content


def is_same_work(cell: Cell, variant: Variant, run: RunFolder) -> bool:
    """Whether an agent would be given now what it was given in a run: prompt, contract, and every byte of its files.

    Raises:
        RunError: The run's manifest is damaged.
    """
    digests = {} if cell.key.data == "none" else {path.name: _file_digest(path) for path in variant.inputs}
    steps = steps_of(cell.task)
    if steps:
        return is_same_step(cell, steps, variant, run, digests)
    manifest = read_manifest(run.manifest_path)
    now = task_for(cell, variant).model_dump(mode="json", include={"prompt", "outputs"})
    then = {item.name: item.sha256 for item in manifest.inputs}
    return digests == then and now == {name: manifest.task.get(name) for name in now}


def task_for(cell: Cell, variant: Variant) -> Task:
    """The request as the agent is given it; without its files when the cell is the control that has no data."""
    inputs = () if cell.key.data == "none" else tuple(path.absolute() for path in variant.inputs)
    return Task(
        id=f"{cell.key.suite}-{cell.key.task}"[:64],
        prompt=variant.prompt,
        inputs=inputs,
        outputs=task_of(cell.task).contract,
        limits=cell.limits or Limits(),
        budget=cell.budget,
    )


def _run_task(sitting: Sitting) -> bool:
    """Work on an ordinary task; whether it came to its end."""
    task = task_for(sitting.cell, sitting.tools.variants.first(sitting.cell))
    run = _last_run(sitting.place)
    setup = sitting.begin(task) if run is None else sitting.go_on(task, run)
    sitting.place.has_another()
    return sitting.work(setup) is not None


def _last_run(place: CellFolder) -> RunFolder | None:
    """The run to go on with; None when a new one is to begin."""
    runs = begun_runs(place)
    if not runs:
        return None
    return None if place.wants_another and end_of(events_of(runs[-1])) is not None else runs[-1]


def _judged(
    cell: Cell, place: CellFolder, variants: VariantStore, sandbox: Sandbox, *, second: bool
) -> tuple[CellResult, ...]:
    steps = steps_of(cell.task)
    if steps:
        return tuple(
            judge_chain(cell, steps, attempt, number, variants=variants, sandbox=sandbox, second=second)
            for number, attempt in enumerate(attempts_of(place.runs()), 1)
        )
    return tuple(
        judge(cell, run, number, variants=variants, sandbox=sandbox, second=second)
        for number, run in enumerate(place.runs(), 1)
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
