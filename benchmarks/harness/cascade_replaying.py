"""A cascade once more from its recordings: every step on what the replayed steps before it leave."""

import threading
from pathlib import Path

from hepcoder.agents.manifests import make_manifest, refuse_changed
from hepcoder.agents.replay import differences
from hepcoder.agents.setup import name_inputs
from hepcoder.agents.trial import TrialSetup, run_trial
from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.cascade_cell import ended_runs
from hepcoder.benchmarks.harness.cascade_judging import judge_chain
from hepcoder.benchmarks.harness.cascade_runs import Attempt, attempts_of, hand_over, step_task
from hepcoder.benchmarks.harness.folder import CellFolder
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.tasks import steps_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.graphs.task import Task
from hepcoder.ledger.manifest import read_manifest, write_manifest
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox


def replay_chain(
    cell: Cell,
    place: CellFolder,
    number: int,
    scratch: Path,
    *,
    variants: VariantStore,
    sandbox: Sandbox,
    second: bool,
) -> tuple[CellResult, tuple[str, ...]]:
    """Do an attempt at a cascade again; no socket is opened.

    Args:
        cell: The cell.
        place: Its recorded folder; only read.
        number: Which attempt, from 1.
        scratch: Folder to work in.
        variants: The data.
        sandbox: Where scripts run.
        second: Whether the scripts run once more on fresh data, after a pass.

    Returns:
        What came of it now, and each way in which a run differs from the recorded one.

    Raises:
        HepcoderError: It cannot be replayed.
    """
    steps = steps_of(cell.task)
    recorded = attempts_of(place.runs())[number - 1]
    runs = recorded.runs[: recorded.first]
    told: list[str] = []
    for step, source in zip(steps[recorded.first :], recorded.own, strict=False):
        handed = hand_over(step, steps, ended_runs(runs), scratch / f"{cell.digest}-{number}")
        task = step_task(cell, step, variants.first(cell), handed)
        run = replay_run(cell, task, source, scratch / cell.digest, sandbox)
        told += [f"{step.task.id}: {each}" for each in differences(source, run)]
        runs = (*runs, run)
    attempt = Attempt(recorded.first, runs)
    return judge_chain(cell, steps, attempt, number, variants=variants, sandbox=sandbox, second=second), tuple(told)


def replay_run(cell: Cell, task: Task, source: RunFolder, folder: Path, sandbox: Sandbox) -> RunFolder:
    """Do a recorded run again.

    Args:
        cell: The cell that it belongs to.
        task: The request, as it is now.
        source: The recorded run.
        folder: Where the new run's folder is made.
        sandbox: Where scripts run.

    Raises:
        InputError: An input is not what it was.
        ReplayMissError: The recording does not hold a request.
        HepcoderError: The ledger or the disk failed.
    """
    named = name_inputs(task.inputs)
    refuse_changed(named, read_manifest(source.manifest_path).inputs)
    setup = TrialSetup(
        run=RunFolder.create(folder, source.id),
        task=task.model_copy(update={"budget": task.budget.model_copy(update={"seconds": None})}),
        inputs=named,
        model=cell.model.name,
        options=cell.options,
        sandbox=sandbox,
        mode="replay",
        base_url=cell.model.base_url,
        source=source,
    )
    write_manifest(setup.run.manifest_path, make_manifest(setup))
    run_trial(setup, lambda _: None, threading.Event())
    return setup.run
