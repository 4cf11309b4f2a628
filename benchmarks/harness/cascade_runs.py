"""Which run of a cascade's cell is which step of which attempt, read from the folders alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from hepcoder.benchmarks.harness.cascade import Step
from hepcoder.benchmarks.harness.folder import CellFolder
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import lay_out
from hepcoder.benchmarks.suites.variant import Variant
from hepcoder.graphs.task import Task
from hepcoder.ledger.errors import InputError, RunError, StorageError
from hepcoder.ledger.events import TrialFinished
from hepcoder.ledger.files import reason
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.records import Limits
from hepcoder.tools.inspect import inspect_input

Ended: TypeAlias = tuple[RunFolder, TrialFinished]

_STEP = re.compile(r"Z-step(\d+)-")
_HANDED = "handed"


@dataclass(frozen=True)
class Attempt:
    """One attempt at a cascade.

    Attributes:
        first: Number of the first step that it ran itself; those before are of the attempt before it, which something
            that does not count against the model had ended.
        runs: A run for each step that was begun, from step 0.
    """

    first: int
    runs: tuple[RunFolder, ...]

    @property
    def own(self) -> tuple[RunFolder, ...]:
        """The runs that it made and paid for itself."""
        return self.runs[self.first :]


def step_number(run: RunFolder) -> int:
    """The number of the step that a run does, from 0.

    Raises:
        RunError: It is no run of a step.
    """
    found = _STEP.search(run.id)
    if found is None:
        message = f"{run.path} is in the cell of a cascade and is no step of it; remove it"
        raise RunError(message)
    return int(found[1]) - 1


def attempts_of(runs: Iterable[RunFolder]) -> tuple[Attempt, ...]:
    """The attempts that runs, oldest first, belong to.

    Raises:
        RunError: A run is no step, or a step before it is missing.
    """
    attempts: list[Attempt] = []
    for run in runs:
        number = step_number(run)
        before = attempts[-1] if attempts else Attempt(0, ())
        if number > len(before.runs):
            message = f"{run.path} is step {number + 1}, but step {len(before.runs) + 1} is not there; remove the cell"
            raise RunError(message)
        whole = (*before.runs[:number], run)
        if attempts and number == len(before.runs):
            attempts[-1] = Attempt(before.first, whole)
        else:
            attempts.append(Attempt(number, whole))
    return tuple(attempts)


def step_task(cell: Cell, step: Step, variant: Variant, handed: Path) -> Task:
    """The request of a step as the agent is given it.

    Args:
        cell: The cell.
        step: The step.
        variant: The cascade's data and constants.
        handed: Folder with the outputs of earlier steps.
    """
    return Task(
        id=f"step{step.number + 1}-{cell.key.suite}-{cell.key.task}-{step.task.id}"[:64],
        prompt=step.prompt(variant.constants),
        inputs=tuple(
            path
            for name, source in step.sources.items()
            for path in [variant.data / name if source is None else handed / name]
            if source is not None or cell.key.data != "none"
        ),
        outputs=step.task.contract,
        limits=cell.limits or Limits(),
        budget=cell.budget,
    )


def hand_over(step: Step, steps: Sequence[Step], ended: Sequence[Ended], place: Path) -> Path:
    """Lay out the outputs of earlier steps that a step needs; the same bytes each time.

    Args:
        step: The step.
        steps: All steps.
        ended: Run and end of each earlier step.
        place: Folder of the cell, in which they are laid out.

    Returns:
        The folder with them.

    Raises:
        StorageError: One cannot be read or written.
        DigestError: One was changed.
    """
    folder = place.absolute() / _HANDED / str(step.number + 1)
    needed = {name for name, source in step.sources.items() if source is not None}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for source, (run, end) in enumerate(ended):
            lay_out(run, end.outputs, [each for each in steps[source].task.contract if each.file in needed], folder)
    except OSError as error:
        message = f"the inputs of a step cannot be written to {folder}: {reason(error)}; free space, then resume"
        raise StorageError(message) from error
    return folder


def obstacle(step: Step, folder: Path) -> str:
    """Why a step cannot begin on what earlier steps left in a folder, or an empty text.

    No agent is asked about a file that cannot be opened, such as a table without rows.
    """
    for name, source in step.sources.items():
        if source is not None:
            try:
                inspect_input(folder / name)
            except InputError as error:
                return f"it could not begin: {str(error).replace(str(folder / name), name)}"
    return ""


def handed_folder(place: CellFolder) -> Path:
    """Where the files that steps hand on lie; can be removed when the cell is done."""
    return place.path / _HANDED


def usable(step: Step, end: TrialFinished) -> bool:
    """Whether a step left all that it was asked for, right or wrong."""
    return end.status != "failed" and all(output.file in end.outputs for output in step.task.contract)
