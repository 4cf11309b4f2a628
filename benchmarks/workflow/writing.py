"""Writes the folder of a workflow: rules, settings, the request of each step, and the data."""

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hepcoder.benchmarks.fetching.release import DIPHOTON
from hepcoder.benchmarks.harness.cascade import Step
from hepcoder.benchmarks.harness.study import TaskEntry
from hepcoder.benchmarks.harness.tasks import find_tasks, steps_of, task_of
from hepcoder.benchmarks.suites.constants import Value, draw_constants
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import make_variant
from hepcoder.ledger.errors import StorageError, TaskError
from hepcoder.ledger.files import reason

RULES = Path(__file__).parent / "cascade.smk"
CONFIG = "config.yaml"
PROFILE = "profiles/default/config.yaml"
# What `snakemake` does there without being told; a rule that was cut is done again.
_HABITS = {"cores": 1, "rerun-incomplete": True, "printshellcmds": True}


@dataclass(frozen=True)
class Order:
    """What a workflow is asked to be.

    Attributes:
        task: The cascade, ``suite/task`` or the path of its folder.
        seed: Draws the constants and, unless there are data, makes them.
        data: Folder with files of the names that the cascade reads, or that they are published under; None makes them.
        constants: Values by name that hold in place of drawn ones; only with `data`, as they have no right answer.
        options: Of `hepcoder workflow step`, by name without dashes.
    """

    task: str
    seed: int
    data: Path | None
    options: Mapping[str, Any]
    constants: Mapping[str, Value]


def write_workflow(order: Order, folder: Path) -> tuple[Path, ...]:
    """Write a workflow that `snakemake` in the folder runs.

    Args:
        order: What it is to be.
        folder: Made when missing; a workflow that is there already is left as it is.

    Returns:
        The files written, data last.

    Raises:
        TaskError: The task is no cascade, data are missing, or the folder holds something.
        SuiteError: The task is unknown or not usable.
        StorageError: The folder cannot be written.
    """
    (entry,) = find_tasks((), (order.task,))
    steps = steps_of(entry)
    if not steps:
        message = f"{entry.name} is no cascade; its task.yaml has no steps"
        raise TaskError(message)
    if folder.exists() and any(folder.iterdir()):
        message = f"{folder} is not empty; name a new folder with --to, or run snakemake there"
        raise TaskError(message)
    task = task_of(entry)
    _check_data(task, order)
    try:
        (folder / "tasks").mkdir(parents=True)
        constants = _made(task, order, folder) if order.data is None else _linked(task, order, folder)
        (folder / "Snakefile").write_bytes(RULES.read_bytes())
        for step in steps:
            _write_yaml(folder / _task_file(step), _request(step, constants))
        _write_yaml(folder / CONFIG, _settings(entry, steps, order))
        (folder / PROFILE).parent.mkdir(parents=True)
        _write_yaml(folder / PROFILE, _HABITS)
    except OSError as error:
        message = f"the workflow cannot be written to {folder}: {reason(error)}; name another folder with --to"
        raise StorageError(message) from error
    files = (
        "Snakefile",
        CONFIG,
        PROFILE,
        *(_task_file(step) for step in steps),
        *(f"data/{name}" for name in task.inputs),
    )
    return tuple(folder / name for name in files)


def _made(task: BenchTask, order: Order, folder: Path) -> Mapping[str, Value]:
    """Make the data and return the constants; the right answers are not kept."""
    variant = make_variant(task, order.seed, folder / ".making")
    variant.data.rename(folder / "data")
    shutil.rmtree(variant.folder)
    return variant.constants


def _linked(task: BenchTask, order: Order, folder: Path) -> Mapping[str, Value]:
    """Link the data that there are and return the constants."""
    (folder / "data").mkdir()
    for name in task.inputs:
        (folder / "data" / name).symlink_to(_found(order.data or Path(), name).absolute())
    drawn = draw_constants(task.constants, task=task.drawn_as or task.name, seed=order.seed)
    return {**drawn, **order.constants}


def _found(data: Path, name: str) -> Path:
    """Where a file of the cascade is, under its own name or that which it is published under."""
    published = next((file.file_name for file in DIPHOTON if file.alias == name), name)
    return data / name if (data / name).is_file() else data / published


def _check_data(task: BenchTask, order: Order) -> None:
    data = order.data
    missing = [name for name in task.inputs if data is not None and not _found(data, name).is_file()]
    if missing:
        message = f"{data} has no {', '.join(missing)}, which {task.name} reads; put them there"
        raise TaskError(message)
    unknown = sorted(set(order.constants) - set(task.constants))
    if unknown:
        message = f"{task.name} has no constant {', '.join(unknown)}; there are {', '.join(task.constants)}"
        raise TaskError(message)
    if order.constants and data is None:
        message = "constants can be set only for data that there are (--data); those that are made draw their own"
        raise TaskError(message)


def _settings(entry: TaskEntry, steps: tuple[Step, ...], order: Order) -> dict[str, Any]:
    return {
        "cascade": entry.name if entry.folder is None else str(entry.folder),
        "digest": entry.digest,
        "seed": order.seed,
        "graded": order.data is None,
        "hepcoder": _command(),
        "options": dict(order.options),
        "steps": {
            step.task.id: {
                "task": _task_file(step),
                "inputs": [_place(steps, step, name) for name in step.task.inputs],
                "outputs": [f"results/{step.task.id}/{output.file}" for output in step.task.contract],
            }
            for step in steps
        },
    }


def _command() -> str:
    """How a rule calls us: by name where that is found, else by where we are installed."""
    return "hepcoder" if shutil.which("hepcoder") else str(Path(sys.executable).with_name("hepcoder"))


def _place(steps: tuple[Step, ...], step: Step, name: str) -> str:
    source = step.sources[name]
    return f"data/{name}" if source is None else f"results/{steps[source].task.id}/{name}"


def _request(step: Step, constants: Mapping[str, Value]) -> dict[str, Any]:
    """The request without its inputs, which the rule names."""
    return {"id": step.task.id, "prompt": step.prompt(constants), "outputs": list(step.task.outputs)}


def _task_file(step: Step) -> str:
    return f"tasks/{step.task.id}.yaml"


def _write_yaml(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
