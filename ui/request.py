"""From the options of a command to a task and a supervisor."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hepcoder.agents import Options, Supervisor
from hepcoder.agents.setup import SandboxName
from hepcoder.agents.techniques import Techniques
from hepcoder.graphs.task import Budget, Task
from hepcoder.graphs.task_files import make_task
from hepcoder.sandbox.records import GIB, Limits

_BUDGET = {"max_usd": "usd", "max_tokens": "tokens", "max_calls": "calls", "max_seconds": "seconds"}


def make_supervisor(*, runs: Path, sandbox: SandboxName, settings: Mapping[str, Any]) -> Supervisor:
    """Return the supervisor that the options ask for.

    Args:
        runs: The folder of all runs.
        sandbox: As for `Supervisor`.
        settings: The values of `model_options` by name, and those of `technique_options` where a command has them.
    """
    return Supervisor(
        settings["model"],
        runs=runs,
        sandbox=sandbox,
        base_url=settings["base_url"],
        record=not settings["no_record"],
        options=Options(price=settings["price"], techniques=techniques_of(settings)),
    )


def techniques_of(settings: Mapping[str, Any]) -> Techniques:
    """Return the helps of the agents, with those switched on and off that the options name.

    Raises:
        UsageError: One is switched on and off at once.
    """
    use, without = (settings.get(name, ()) for name in ("use", "without"))
    both = set(use) & set(without)
    if both:
        message = f"--use and --without both name {', '.join(sorted(both))}; name each once"
        raise click.UsageError(message)
    return Techniques.model_validate(dict.fromkeys(use, True) | dict.fromkeys(without, False))


def bounded(task: Task, settings: Mapping[str, Any]) -> Task:
    """Return the task with the bounds that the options set; others stay as they are in the task."""
    changes = {field: settings[option] for option, field in _BUDGET.items() if settings[option] is not None}
    budget = Budget.model_validate({**task.budget.model_dump(), **changes})
    asked = _script_limits(settings)
    limits = {"limits": Limits.model_validate({**task.limits.model_dump(), **asked})} if asked else {}
    return task.model_copy(update={"budget": budget, **limits})


def _script_limits(settings: Mapping[str, Any]) -> dict[str, float]:
    """Bounds on one run of a script; its CPU time may be that of two cores for the whole of its wall time."""
    seconds, memory_gib = settings.get("script_seconds"), settings.get("script_memory")
    found = {} if seconds is None else {"wall_seconds": seconds, "cpu_seconds": 2 * seconds}
    return found if memory_gib is None else {**found, "memory_bytes": int(memory_gib * GIB)}


def task_of_prompt(prompt: str) -> Task:
    """Return a task for a request in plain language.

    Raises:
        TaskError: The request is empty.
    """
    return make_task({"prompt": prompt}, source="the request")
