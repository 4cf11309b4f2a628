"""One trial's version of a task: constants drawn, data made, right answer computed."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.constants import Value, draw_constants, stable_number
from hepcoder.benchmarks.suites.errors import VariantError
from hepcoder.benchmarks.suites.programs import compiled, maker_path, reference_source
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.ledger.record import Record

_MOST_TRIES = 40


class Variant(Record):
    """A task with its constants fixed and its files written.

    Attributes:
        suite: The suite.
        task: The task's id.
        task_digest: Digest of the task it was made from.
        seed: Seed of the trial; the constants are drawn from it.
        data_seed: Seed of the data.
        null: Whether there is nothing to be found in the data.
        constants: Values by name.
        prompt: The request with the constants filled in.
        folder: Where ``data`` (for the solver) and ``expected`` (never for the solver) lie.
        input_names: The solver's files, relative to the data folder.
    """

    suite: str
    task: str
    task_digest: str
    seed: int
    data_seed: int
    null: bool
    constants: Mapping[str, Value]
    prompt: str
    folder: Path
    input_names: tuple[str, ...]

    @property
    def data(self) -> Path:
        """Folder of the solver's files."""
        return self.folder / "data"

    @property
    def expected(self) -> Path:
        """Folder of the reference's outputs."""
        return self.folder / "expected"

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The solver's files."""
        return tuple(self.data / name for name in self.input_names)


def make_variant(
    task: BenchTask, seed: int, folder: Path, *, null: bool = False, data_seed: int | None = None
) -> Variant:
    """Write the data and the expected outputs of one trial; the same seed gives the same bytes.

    Args:
        task: The task.
        seed: Seed of the trial, any integer; draws the constants and the data.
        folder: Folder to write to, made if missing; ``data`` and ``expected`` in it are replaced.
        null: Make data with nothing to be found.
        data_seed: Seed of the data alone, to rerun a script on other data of the same constants; None takes `seed`.

    Returns:
        The variant.

    Raises:
        VariantError: The task has no null data, the maker or the reference fails or leaves a file out, or no data
            keeps the task's margin.
    """
    if null and not task.null:
        message = f"{task.name} has no null data; leave null out, or give its maker a null=True"
        raise VariantError(message)
    constants = draw_constants(task.constants, task=task.drawn_as or task.name, seed=seed)
    variant = Variant(
        suite=task.suite,
        task=task.id,
        task_digest=task.digest,
        seed=seed,
        data_seed=seed if data_seed is None else data_seed,
        null=null,
        constants=constants,
        prompt=task.prompt.format(**constants),
        folder=folder,
        input_names=task.inputs,
    )
    for number in range(_MOST_TRIES):
        _make_data(task, variant, number)
        distance = run_program(reference_source(task), task, variant, variant.expected)
        if task.margin is None or _checked(distance, task) >= task.margin:
            _check_files(variant.expected, [output.file for output in task.contract], f"the reference of {task.name}")
            return variant
    message = f"{task.name}, seed {seed}: {_MOST_TRIES} data sets came closer than {task.margin} to a cut or an edge"
    raise VariantError(message)


def run_program(source: str, task: BenchTask, variant: Variant, outputs: Path) -> Any:
    """Run the `analyse` of a reference or an edit of it on a variant's data.

    Args:
        source: The program's text.
        task: The task.
        variant: The variant whose data is read.
        outputs: Folder to write to; emptied first.

    Returns:
        What `analyse` returns.

    Raises:
        VariantError: The program failed; the cause is kept.
    """
    shutil.rmtree(outputs, ignore_errors=True)
    outputs.mkdir(parents=True)
    try:
        return compiled(source, "analyse", str(task.reference))(variant.data, outputs, dict(variant.constants))
    except Exception as error:  # a program of a suite may fail in any way; it is named, with its cause
        message = f"the reference of {task.name} failed on seed {variant.seed}: {type(error).__name__}: {error}"
        raise VariantError(message) from error


def _make_data(task: BenchTask, variant: Variant, number: int) -> None:
    shutil.rmtree(variant.data, ignore_errors=True)
    variant.data.mkdir(parents=True)
    path = maker_path(task)
    seed = stable_number(task.drawn_as or task.name, variant.data_seed, "data", number)
    options = {"null": True} if variant.null else {}
    try:
        compiled(path.read_text(encoding="utf-8"), "make", str(path))(
            variant.data, seed, dict(variant.constants), **options
        )
    except Exception as error:  # as above
        message = f"the maker of {task.name} failed on seed {variant.seed}: {type(error).__name__}: {error}"
        raise VariantError(message) from error
    _check_files(variant.data, task.inputs, f"the maker of {task.name}")


def _check_files(folder: Path, names: Any, who: str) -> None:
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        message = f"{who} did not write {', '.join(missing)}"
        raise VariantError(message)


def _checked(distance: Any, task: BenchTask) -> float:
    if not isinstance(distance, float):
        message = f"{task.name} has a margin, so its analyse must return the smallest distance, not {distance!r}"
        raise VariantError(message)
    return distance
