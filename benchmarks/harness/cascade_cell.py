"""Runs the cell of a cascade: step after step, until one leaves nothing to go on with.

Each step is a run of its own with the budget that a cell has, as when the step is a task by itself. What is run never
depends on how it is graded: a step that is wrong is handed on like a right one, as it would be in an analysis.
"""

from dataclasses import dataclass
from pathlib import Path

from hepcoder.benchmarks.harness.cascade import Step
from hepcoder.benchmarks.harness.cascade_runs import (
    Ended,
    attempts_of,
    hand_over,
    obstacle,
    step_number,
    step_task,
    usable,
)
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import end_of, events_of, spoiled
from hepcoder.benchmarks.harness.sitting import Sitting, begun_runs
from hepcoder.benchmarks.suites.variant import Variant
from hepcoder.ledger.manifest import read_manifest
from hepcoder.ledger.runs import RunFolder


@dataclass(frozen=True)
class _Next:
    """What is to be done: a step, in a run that was begun or, with None, in a new one."""

    step: Step
    run: RunFolder | None


def run_steps(sitting: Sitting, steps: tuple[Step, ...]) -> bool:
    """Work on a cascade until its last step has ended, or one that left nothing usable.

    Args:
        sitting: The sitting; its keeper is replaced for each step, whose seconds are its own.
        steps: The steps.

    Returns:
        Whether it came to its end; not when it was stopped.

    Raises:
        HepcoderError: It cannot go on for a foreseen reason; it can be gone on with when that is mended.
    """
    variant = sitting.tools.variants.first(sitting.cell)
    while (todo := _next(sitting, steps)) is not None:
        own = sitting.renewed()
        before = _before(sitting, todo.step.number)
        handed = hand_over(todo.step, steps, ended_runs(before), sitting.place.path)
        if todo.run is None and obstacle(todo.step, handed):
            return True
        task = step_task(sitting.cell, todo.step, variant, handed)
        setup = own.begin(task) if todo.run is None else own.go_on(task, todo.run)
        sitting.place.has_another()
        if own.work(setup) is None:
            return False
    return True


def ended_runs(runs: tuple[RunFolder, ...]) -> tuple[Ended, ...]:
    """Each run with its end, as far as they have ended.

    Raises:
        RunError: A ledger is damaged.
    """
    found: list[Ended] = []
    for run in runs:
        end = end_of(events_of(run))
        if end is None:
            break
        found.append((run, end))
    return tuple(found)


def is_same_step(
    cell: Cell, steps: tuple[Step, ...], variant: Variant, run: RunFolder, digests: dict[str, str]
) -> bool:
    """Whether an agent would be given now what it was given in the run of a step.

    Args:
        cell: The cell.
        steps: The steps as they are now.
        variant: The data as they are now.
        run: The run.
        digests: sha256 of the data files by name.

    Raises:
        RunError: The run's manifest is damaged, or it is no run of a step.
    """
    number = step_number(run)
    if number >= len(steps):
        return False
    step = steps[number]
    manifest = read_manifest(run.manifest_path)
    task = step_task(cell, step, variant, Path())
    now = task.model_dump(mode="json", include={"prompt", "outputs"})
    then = {item.name: item.sha256 for item in manifest.inputs}
    data = {path.name: digests[path.name] for path in task.inputs if step.sources[path.name] is None}
    return (
        {path.name for path in task.inputs} == set(then)
        and all(then[name] == digest for name, digest in data.items())
        and now == {name: manifest.task.get(name) for name in now}
    )


def _before(sitting: Sitting, number: int) -> tuple[RunFolder, ...]:
    attempts = attempts_of(begun_runs(sitting.place))
    return attempts[-1].runs[:number] if attempts else ()


def _next(sitting: Sitting, steps: tuple[Step, ...]) -> _Next | None:
    attempts = attempts_of(begun_runs(sitting.place))
    if not attempts:
        return _Next(steps[0], None)
    runs = attempts[-1].runs
    step, end = steps[len(runs) - 1], end_of(events_of(runs[-1]))
    if end is None:
        return _Next(step, runs[-1])
    if usable(step, end) and len(runs) < len(steps):
        return _Next(steps[len(runs)], None)
    if not sitting.place.wants_another:
        return None
    return _Next(step if spoiled(end) else steps[0], None)
