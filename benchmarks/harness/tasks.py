"""The tasks of a study: found by name, and told when they have changed."""

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from hepcoder.benchmarks.harness.cascade import Step, read_steps, with_steps
from hepcoder.benchmarks.harness.study import TaskEntry, repeated
from hepcoder.benchmarks.suites.errors import SuiteNotFoundError
from hepcoder.benchmarks.suites.loading import SUITES, load_suite, load_task, suite_names
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.ledger.errors import TaskError


def find_tasks(suites: Sequence[str], tasks: Sequence[str]) -> tuple[TaskEntry, ...]:
    """The entries of whole suites and of single tasks.

    Args:
        suites: Names of shipped suites.
        tasks: ``suite/task``, or the path of a task's folder, which begins with ``.`` or ``/``.

    Raises:
        TaskError: Nothing is named, or a task is named twice.
        SuiteError: A suite or task is unknown or not usable.
    """
    found = [task for suite in suites for task in load_suite(suite)]
    entries = [_entry(task, None) for task in found]
    for name in tasks:
        folder = _folder(name)
        own = None if folder.is_relative_to(SUITES) else folder
        entries.append(_entry(load_task(folder), own))
    if not entries:
        message = f"no task is named; name suites ({', '.join(suite_names()) or 'none is shipped'}) or tasks"
        raise TaskError(message)
    twice = repeated(entry.name for entry in entries)
    if twice:
        message = f"{', '.join(twice)} is in the study more than once; name it once, by its suite or by itself"
        raise TaskError(message)
    return tuple(entries)


@cache
def task_of(entry: TaskEntry) -> BenchTask:
    """The task of an entry, as it is on disk now; the digest of a cascade covers its steps.

    Raises:
        SuiteError: It is gone or not usable.
    """
    return with_steps(load_task(entry.folder or SUITES / entry.suite / entry.task))


@cache
def steps_of(entry: TaskEntry) -> tuple[Step, ...]:
    """The steps of a cascade, as they are on disk now; none for an ordinary task.

    Raises:
        SuiteError: One is gone, or they do not fit together.
    """
    return read_steps(task_of(entry))


def changed_tasks(entries: Iterable[TaskEntry]) -> tuple[TaskEntry, ...]:
    """Those whose folder is not what it was when they joined the study.

    Raises:
        SuiteError: One is gone or not usable.
    """
    return tuple(entry for entry in entries if task_of(entry).digest != entry.digest)


def _folder(name: str) -> Path:
    if name.startswith((".", "/", "~")):
        return Path(name).expanduser().resolve()
    suite, slash, task = name.partition("/")
    if not slash:
        message = f"{name!r} is no task; a task is SUITE/TASK, or the path of its folder"
        raise TaskError(message)
    if suite not in suite_names():
        message = f"there is no suite {suite!r}; there are {', '.join(suite_names()) or 'none'}"
        raise SuiteNotFoundError(message)
    return SUITES / suite / task


def _entry(task: BenchTask, folder: Path | None) -> TaskEntry:
    return TaskEntry(suite=task.suite, task=task.id, digest=with_steps(task).digest, null=task.null, folder=folder)
