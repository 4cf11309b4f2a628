"""Grades what a workflow left, as the harness grades a cascade."""

import tempfile
from pathlib import Path
from typing import Any

import yaml

from hepcoder.benchmarks.harness.cascade_grades import Chain, grade_chain
from hepcoder.benchmarks.harness.tasks import find_tasks, steps_of, task_of
from hepcoder.benchmarks.suites.variant import make_variant
from hepcoder.benchmarks.workflow.writing import CONFIG
from hepcoder.ledger.errors import TaskError
from hepcoder.tools.safe_files import read_output


def grade_workflow(folder: Path) -> dict[str, Any]:
    """Grade each step by what it was handed, and the end by the right answer.

    Args:
        folder: The workflow, all its rules done.

    Returns:
        ``verdict``, ``steps`` with a verdict by id (None where a step could not be graded), and ``reasons``.

    Raises:
        TaskError: The folder is no workflow of made-up data, or its cascade has changed since.
        SuiteError: The cascade is not usable.
    """
    settings = _settings(folder)
    (entry,) = find_tasks((), (settings["cascade"],))
    if entry.digest != settings["digest"]:
        message = f"{entry.name} has changed since {folder} was written; write the workflow again"
        raise TaskError(message)
    task, steps = task_of(entry), steps_of(entry)
    with tempfile.TemporaryDirectory(prefix="hepcoder-grade-") as name:
        outputs = Path(name) / "outputs"
        outputs.mkdir()
        variant = make_variant(task, settings["seed"], Path(name) / "variant")
        for step in steps:
            for output in step.task.contract:
                content = read_output(folder / "results" / step.task.id, output.file)
                if isinstance(content, bytes):
                    (outputs / output.file).parent.mkdir(parents=True, exist_ok=True)
                    (outputs / output.file).write_bytes(content)
        found = grade_chain(Chain(task, steps, variant, outputs), len(steps))
    verdicts = {step.task.id: found.steps.get(step.number) for step in steps}
    return {"verdict": found.verdict, "steps": verdicts, "reasons": list(found.reasons)}


def _settings(folder: Path) -> dict[str, Any]:
    try:
        settings = yaml.safe_load((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"{folder} is no workflow: {CONFIG} cannot be read ({error})"
        raise TaskError(message) from error
    if not isinstance(settings, dict) or not {"cascade", "digest", "seed", "graded"} <= settings.keys():
        message = f"{folder / CONFIG} is not as `hepcoder workflow write` writes it; write the workflow again"
        raise TaskError(message)
    if not settings["graded"]:
        message = f"{folder} works on data whose right answer nobody knows; there is nothing to grade it by"
        raise TaskError(message)
    return settings
