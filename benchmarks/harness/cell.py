"""Runs one cell: from nothing, or from wherever it was when somebody died."""

import hashlib
import shutil
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from hepcoder.agents.manifests import refuse_changed
from hepcoder.agents.setup import make_setup, name_inputs
from hepcoder.agents.trial import TrialSetup, run_trial
from hepcoder.benchmarks.harness.folder import CellFile, CellFolder
from hepcoder.benchmarks.harness.judging import judge, tidy
from hepcoder.benchmarks.harness.keeper import Keeper
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import end_of, events_of
from hepcoder.benchmarks.harness.pace import Pace
from hepcoder.benchmarks.harness.purse import Purse
from hepcoder.benchmarks.harness.shared_sandbox import SharedSandbox
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.benchmarks.suites.variant import Variant
from hepcoder.graphs.task import Task
from hepcoder.ledger.manifest import read_manifest
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Limits


@dataclass(frozen=True)
class Tools:
    """What the cells of one process share.

    Attributes:
        variants: The data.
        sandbox: Where scripts run.
        scratch: Folder of this process in which they do.
        gate: Lets so many scripts run at once.
        purse: The study's dollars; None when they have no bound.
        second_grade: Whether the script of a cell that passed runs once more on fresh data.
    """

    variants: VariantStore
    sandbox: Sandbox
    scratch: Path
    gate: threading.Semaphore
    purse: Purse | None
    second_grade: bool


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
    variant = tools.variants.first(cell)
    place.make()
    keeper = Keeper(pace, tools.purse, stop)
    sandbox = SharedSandbox(tools.sandbox, tools.scratch, tools.gate, keeper.excuse)
    run = _last_run(place)
    whole = tools.sandbox
    setup = _begin(cell, variant, place, whole) if run is None else _continue(cell, variant, run, whole)
    place.has_another()
    if end_of(events_of(setup.run)) is None:
        run_trial(replace(setup, sandbox=sandbox), keeper.hear, stop, make_guard=keeper.make_guard)
    if end_of(events_of(setup.run)) is None:
        return None
    return finish_cell(cell, place, tools.variants, sandbox, second=tools.second_grade)


def finish_cell(cell: Cell, place: CellFolder, variants: VariantStore, sandbox: Sandbox, *, second: bool) -> CellFile:
    """Grade all attempts at a cell and write its result.

    Raises:
        HepcoderError: The task cannot be made, or the ledger or the disk failed.
    """
    attempts = tuple(
        judge(cell, run, number, variants=variants, sandbox=sandbox, second=second)
        for number, run in enumerate(place.runs(), 1)
    )
    content = CellFile(cell=cell, attempts=attempts)
    for run in place.runs():
        tidy(run)
    place.write(content)
    return content


def is_same_work(cell: Cell, variant: Variant, run: RunFolder) -> bool:
    """Whether an agent would be given now what it was given in a run: prompt, contract, and every byte of its files.

    Raises:
        RunError: The run's manifest is damaged.
    """
    manifest = read_manifest(run.manifest_path)
    now = task_for(cell, variant).model_dump(mode="json", include={"prompt", "outputs"})
    files = {} if cell.key.data == "none" else {path.name: _file_digest(path) for path in variant.inputs}
    then = {item.name: item.sha256 for item in manifest.inputs}
    return files == then and now == {name: manifest.task.get(name) for name in now}


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


def _last_run(place: CellFolder) -> RunFolder | None:
    """The run to go on with; None when a new one is to begin."""
    for run in reversed(place.runs()):
        if run.manifest_path.is_file():
            return None if place.wants_another and end_of(events_of(run)) is not None else run
        shutil.rmtree(run.path)  # killed before its manifest, so before any call
    return None


def _begin(cell: Cell, variant: Variant, place: CellFolder, sandbox: Sandbox) -> TrialSetup:
    return make_setup(
        task_for(cell, variant),
        inputs=(),
        outputs=(),
        model=cell.model.name,
        runs=place.path,
        sandbox=sandbox,
        base_url=cell.model.base_url,
        record=True,
        options=cell.options,
    )


def _continue(cell: Cell, variant: Variant, run: RunFolder, sandbox: Sandbox) -> TrialSetup:
    task = task_for(cell, variant)
    named = name_inputs(task.inputs)
    refuse_changed(named, read_manifest(run.manifest_path).inputs)
    return TrialSetup(
        run=run,
        task=task,
        inputs=named,
        model=cell.model.name,
        options=cell.options,
        sandbox=sandbox,
        mode="record",
        base_url=cell.model.base_url,
    )


def _file_digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
