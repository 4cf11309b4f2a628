"""Grading a cell: the artefacts of its run, and those of its script on fresh data; never what anybody says of them."""

import shutil
import tempfile
from pathlib import Path

from hepcoder.benchmarks.cells import CellResult, GradeVerdict
from hepcoder.benchmarks.grading import Grade, grade
from hepcoder.benchmarks.harness.matrix import Cell
from hepcoder.benchmarks.harness.outcome import end_of, events_of, lay_out, measured, results_digest, spoiled
from hepcoder.benchmarks.harness.tasks import task_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.benchmarks.suites.task import BenchTask
from hepcoder.benchmarks.suites.variant import Variant
from hepcoder.ledger.events import TrialFinished
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.records import Input, Job, Limits


def judge(
    cell: Cell, run: RunFolder, attempt: int, *, variants: VariantStore, sandbox: Sandbox, second: bool
) -> CellResult:
    """What came of a run that has ended.

    Args:
        cell: The cell.
        run: Its run.
        attempt: Which attempt at the cell, from 1.
        variants: Where the right answers are.
        sandbox: Runs the script once more.
        second: Whether it shall, after a pass.

    Raises:
        SuiteError: The task cannot be made.
        HepcoderError: The ledger or the disk failed.
        ValueError: The run has not ended.
    """
    events = events_of(run)
    end = end_of(events)
    if end is None:
        message = f"run {run.id} has not ended; it cannot be graded"
        raise ValueError(message)
    task = task_of(cell.task)
    fields = {
        **measured(events),
        "key": cell.key,
        "attempt": attempt,
        "task_digest": task.digest,
        "run": Path(run.id),
        "status": end.status,
        "infrastructure": spoiled(end),
        "script_sha256": end.script_sha256,
        "results_sha256": results_digest(end.outputs, task.contract),
    }
    if not spoiled(end):
        first = _grade_run(task, variants.first(cell), run, end)
        again = None
        if first.verdict == "pass" and second and cell.key.data == "full":
            job = _again(cell, variants.second(cell), run, end)
            again = _grade_again(task, variants.second(cell), job, sandbox)
        fields |= {"grade": first.verdict, "second_grade": None if again is None else again.verdict}
        fields |= {"reasons": (*first.reasons, *(f"on fresh data: {why}" for why in (again.reasons if again else ())))}
    return CellResult.model_validate(fields)


def _grade_run(task: BenchTask, variant: Variant, run: RunFolder, end: TrialFinished) -> Grade:
    if end.status == "failed":
        why = end.failure.label if end.failure is not None else "no result"
        return Grade(verdict="fail", reasons=(f"the agent gave up: {why}",))
    with tempfile.TemporaryDirectory(prefix="hepcoder-grade-") as name:
        lay_out(run, end.outputs, task.contract, Path(name))
        return grade(task, variant, Path(name))


def _again(cell: Cell, variant: Variant, run: RunFolder, end: TrialFinished) -> Job:
    return Job(
        script=run.artifacts.get_text(end.script_sha256 or ""),
        folder=run.path / "fresh_data",
        inputs=tuple(Input(path=path.absolute(), name=path.name) for path in variant.inputs),
        limits=cell.limits or Limits(),
    )


def _grade_again(task: BenchTask, variant: Variant, job: Job, sandbox: Sandbox) -> Grade:
    try:
        return run_again(job, sandbox) or grade(task, variant, job.folder)
    finally:
        remove_folder(job.folder)


def run_again(job: Job, sandbox: Sandbox) -> Grade | None:
    """Run a saved script in a fresh folder, which is the caller's to remove.

    Returns:
        None when it ran to its end; else the grade that follows from its not having.
    """
    remove_folder(job.folder)
    job.folder.mkdir()
    execution = sandbox.run(job)
    if execution.outcome == "sandbox_failed":
        return _grade("harness_error", f"the sandbox failed: {execution.detail}")
    if not execution.ok:
        trace = execution.traceback
        why = execution.detail if trace is None else f"{trace.exception}: {trace.message}"
        return _grade("fail", f"the script did not run: {why or execution.outcome}")
    return None


def tidy(run: RunFolder) -> None:
    """Remove what a finished run needs no more: the folders its scripts ran in, whose files are in its store."""
    for folder in run.path.glob("trials/*/work"):
        remove_folder(folder)
    shutil.rmtree(run.path / "fresh_data", ignore_errors=True)


def _grade(verdict: GradeVerdict, why: str) -> Grade:
    return Grade(verdict=verdict, reasons=(why,))
