"""A cascade: an analysis in steps, each done by the agent on what its own earlier steps left.

The task of a cascade names the steps; its own data are the first step's, and its own outputs and rules say what must be
right at the end. A file that a step needs and an earlier step writes is that step's output; every other one is data.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from hepcoder.benchmarks.suites.constants import Value
from hepcoder.benchmarks.suites.errors import SuiteError
from hepcoder.benchmarks.suites.loading import load_task
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.tools.contract import Output


@dataclass(frozen=True)
class Step:
    """One step of a cascade.

    Attributes:
        number: Its place, from 0.
        task: The task that is asked for.
        sources: By name of each input, the number of the step that writes it; None for data of the cascade.
    """

    number: int
    task: BenchTask
    sources: Mapping[str, int | None]

    def prompt(self, constants: Mapping[str, Value]) -> str:
        """The request, with the constants of the cascade filled in."""
        return self.task.prompt.format(**constants)


def read_steps(cascade: BenchTask) -> tuple[Step, ...]:
    """The steps of a cascade in order; none for an ordinary task.

    Raises:
        SuiteError: A step is missing, or the steps do not fit together; says which and how.
    """
    tasks = [load_task(cascade.folder.parent / name) for name in cascade.steps]
    _check_names(cascade, tasks)
    writers: dict[str, int] = {}
    steps = []
    for number, task in enumerate(tasks):
        _check_inputs(cascade, task, writers)
        steps.append(Step(number, task, {name: writers.get(name) for name in task.inputs}))
        writers |= {output.file: number for output in task.contract}
    _check_outputs(cascade, tasks)
    return tuple(steps)


def with_steps(task: BenchTask) -> BenchTask:
    """The task; for a cascade its digest covers its steps too, so that a change of a step is one of the cascade.

    Raises:
        SuiteError: The steps do not fit together.
    """
    steps = read_steps(task)
    if not steps:
        return task
    parts = "\n".join([task.digest, *(step.task.digest for step in steps)])
    return task.model_copy(update={"digest": hashlib.sha256(parts.encode()).hexdigest()})


def _check_names(cascade: BenchTask, tasks: Sequence[BenchTask]) -> None:
    twice = [name for name, times in Counter(cascade.steps).items() if times > 1]
    if twice:
        message = f"the cascade {cascade.name} has the step {twice[0]!r} twice; a step is a task of its own"
        raise SuiteError(message)
    nested = [task.id for task in tasks if task.steps]
    if nested:
        message = f"the step {nested[0]!r} of {cascade.name} is a cascade itself; name its steps instead"
        raise SuiteError(message)
    files = Counter(output.file for task in tasks for output in task.contract)
    both = [name for name, times in files.items() if times > 1 or name in cascade.inputs]
    if both:
        message = f"{both[0]!r} of {cascade.name} comes from more than one place; give the output another name"
        raise SuiteError(message)


def _check_inputs(cascade: BenchTask, task: BenchTask, writers: Mapping[str, int]) -> None:
    unknown = [name for name in task.inputs if name not in writers and name not in cascade.inputs]
    if unknown:
        message = f"the step {task.id!r} of {cascade.name} needs {unknown[0]!r}, which neither an earlier step writes "
        message += f"nor the cascade has; its inputs are {', '.join(cascade.inputs)}"
        raise SuiteError(message)
    used = {name for _, name, _, _ in Formatter().parse(task.prompt) if name is not None}
    missing = sorted(used - set(cascade.constants))
    if missing:
        message = f"the prompt of step {task.id!r} uses {', '.join(missing)}; give {cascade.name} these constants too"
        raise SuiteError(message)


def _check_outputs(cascade: BenchTask, tasks: Sequence[BenchTask]) -> None:
    written: dict[str, Output] = {output.file: output for task in tasks for output in task.contract}
    wrong = [output.file for output in cascade.contract if tasks and written.get(output.file) != output]
    if wrong:
        message = f"{cascade.name} has the output {wrong[0]!r}, which no step has with the same names and units"
        raise SuiteError(message)
