"""Grading a cascade: each step by what it was handed, and the end by the right answer.

A step is right if its outputs are what its reference makes of the very files that the step was given: the outputs of
the agent's own earlier steps. So one wrong step is one wrong step, and a chain of right steps is right. The cascade
passes if every step is right and its own outputs are right end to end; the reasons say which step broke.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.cells import CellResult, StepResult
from hepcoder.benchmarks.harness.cascade import Step
from hepcoder.benchmarks.harness.cascade_cell import ended_runs
from hepcoder.benchmarks.harness.cascade_grades import Chain, grade_chain
from hepcoder.benchmarks.harness.cascade_rerun import rerun_chain
from hepcoder.benchmarks.harness.cascade_runs import Attempt, Ended, obstacle, usable
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import events_of, lay_out, measured, results_digest, spoiled
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.sandbox.base import Sandbox

_SUMMED = ("calls", "input_tokens", "output_tokens", "usd", "seconds")


def judge_chain(
    cell: Cell,
    steps: tuple[Step, ...],
    attempt: Attempt,
    number: int,
    *,
    variants: VariantStore,
    sandbox: Sandbox,
    second: bool,
) -> CellResult:
    """What came of an attempt at a cascade that has ended.

    Args:
        cell: The cell.
        steps: The steps of its task.
        attempt: The runs.
        number: Which attempt at the cell, from 1.
        variants: Where the right answers are.
        sandbox: Runs the scripts once more.
        second: Whether it shall, after a pass.

    Raises:
        SuiteError: The task cannot be made.
        HepcoderError: The ledger or the disk failed.
        ValueError: A run has not ended.
    """
    ended = ended_runs(attempt.runs)
    if len(ended) != len(attempt.runs):
        message = f"run {attempt.runs[len(ended)].id} has not ended; it cannot be graded"
        raise ValueError(message)
    told = [measured(events_of(run)) for run in attempt.runs]
    rows = [_row(*each) for each in zip(steps, ended, told, strict=False)]
    fields = _together(told[attempt.first :]) | {
        "key": cell.key,
        "attempt": number,
        "task_digest": task_of(cell.task).digest,
        "run": Path(attempt.runs[-1].id),
        "status": _status(steps, ended),
        "infrastructure": spoiled(ended[-1][1]),
        "script_sha256": _joined([row["script_sha256"] for row in rows]),
        "results_sha256": _joined([row["results_sha256"] for row in rows]),
    }
    rows += [{"step": step.task.id} for step in steps[len(rows) :]]  # not reached
    if not fields["infrastructure"]:
        fields |= _graded(_Judged(cell, steps, ended), rows, variants, sandbox, second=second)
    return CellResult.model_validate(fields | {"steps": [StepResult.model_validate(row) for row in rows]})


@dataclass(frozen=True)
class _Judged:
    """A cascade that has ended."""

    cell: Cell
    steps: tuple[Step, ...]
    ended: tuple[Ended, ...]


def _graded(
    judged: _Judged, rows: list[dict[str, Any]], variants: VariantStore, sandbox: Sandbox, *, second: bool
) -> dict[str, Any]:
    """The grades of the cell; those of its steps go into their rows."""
    task = task_of(judged.cell.task)
    with tempfile.TemporaryDirectory(prefix="hepcoder-grade-") as name:
        folder = Path(name)
        chain = Chain(task, judged.steps, variants.first(judged.cell), folder)
        first = grade_chain(chain, *_lay_out_all(judged, folder))
    for number, verdict in first.steps.items():
        rows[number]["grade"] = verdict
    fields: dict[str, Any] = {"grade": first.verdict, "reasons": first.reasons}
    if first.verdict != "pass" or not second or judged.cell.key.data != "full":
        return fields
    with tempfile.TemporaryDirectory(prefix="hepcoder-grade-") as name:
        chain = Chain(task, judged.steps, variants.second(judged.cell), Path(name))
        again = rerun_chain(chain, judged.ended, judged.cell.limits, sandbox)
    for number, verdict in again.steps.items():
        rows[number]["second_grade"] = verdict
    return fields | {"second_grade": again.verdict, "reasons": tuple(f"on fresh data: {why}" for why in again.reasons)}


def _lay_out_all(judged: _Judged, folder: Path) -> tuple[int, str]:
    """Lay out what the steps left; returns how many left all of theirs, and why the next one did not."""
    for step, (run, end) in zip(judged.steps, judged.ended, strict=False):
        lay_out(run, end.outputs, step.task.contract, folder)
        if not usable(step, end):
            why = "it left no file of its contract" if end.failure is None else end.failure.label
            return step.number, f"the agent gave up: {why}"
    left = len(judged.ended)
    return left, obstacle(judged.steps[left], folder) if left < len(judged.steps) else ""


def _row(step: Step, ended: Ended, told: dict[str, Any]) -> dict[str, Any]:
    run, end = ended
    return {name: told[name] for name in (*_SUMMED, "failures")} | {
        "step": step.task.id,
        "run": Path(run.id),
        "status": end.status,
        "script_sha256": end.script_sha256,
        "results_sha256": results_digest(end.outputs, step.task.contract),
    }


def _together(told: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What several runs took; a sum with an unknown term is unknown."""
    sums = {name: [each[name] for each in told] for name in _SUMMED}
    return {name: None if None in found else sum(found) for name, found in sums.items()} | {
        "failures": tuple(label for each in told for label in each["failures"]),
        "parameters_differ": any(each["parameters_differ"] for each in told),
        "models_served": tuple(dict.fromkeys(name for each in told for name in each["models_served"])),
    }


def _joined(digests: Sequence[str | None]) -> str | None:
    """One digest of several; None when there is none."""
    known = [digest or "" for digest in digests]
    return hashlib.sha256("\n".join(known).encode()).hexdigest() if any(known) else None


def _status(steps: Sequence[Step], ended: Sequence[Ended]) -> str:
    """The worst of the steps: the chain is verified only when all of it is."""
    statuses = {end.status for _, end in ended}
    if len(ended) < len(steps) or "failed" in statuses or not usable(steps[-1], ended[-1][1]):
        return "failed"
    return "unverified" if "unverified" in statuses else "verified"
