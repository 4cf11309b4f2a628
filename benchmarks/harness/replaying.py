"""A whole study once more without any model or network: the same tables must come out."""

import os
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hepcoder.agents.replay import differences
from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.harness.cascade_replaying import replay_chain, replay_run
from hepcoder.benchmarks.harness.cell import task_for
from hepcoder.benchmarks.harness.folder import CellFile, StudyFolder
from hepcoder.benchmarks.harness.judging import judge
from hepcoder.benchmarks.harness.outcome import events_of
from hepcoder.benchmarks.harness.shared_sandbox import SharedSandbox
from hepcoder.benchmarks.harness.tasks import steps_of
from hepcoder.benchmarks.harness.variants import VariantStore
from hepcoder.ledger.errors import HepcoderError
from hepcoder.ledger.queries import sum_events
from hepcoder.ledger.record import Record
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.choose import choose_sandbox

# What differs between any two runs, and where the run lies.
_NOT_COMPARED: Any = {"seconds": True, "run": True, "steps": {"__all__": {"seconds", "run"}}}
# Nor, where a kill cut an attempt short, how many there were: a replay does not need it. The ledgers' totals without
# such attempts are compared run by run.
_NOT_COMPARED_WHEN_CUT: Any = {**_NOT_COMPARED, "calls": True, "steps": {"__all__": {"seconds", "run", "calls"}}}
# A replay is asked no patience of: what ended by the clock cannot be told again.
_BY_THE_CLOCK = "budget.seconds"


class ReplayedCell(Record):
    """What became of one attempt.

    Attributes:
        recorded: What is on record.
        replayed: What came out again; the same as recorded, without being run, when `skipped` says why not.
        differences: Each way in which both differ; empty when they are the same.
        skipped: Why it was not replayed; empty when it was.
    """

    recorded: CellResult
    replayed: CellResult
    differences: tuple[str, ...] = ()
    skipped: str = ""


@dataclass(frozen=True)
class _Place:
    """Where a replay happens."""

    folder: StudyFolder
    scratch: Path
    variants: VariantStore
    sandbox: SharedSandbox
    second: bool


def replay_study(
    folder: StudyFolder, *, sandbox: str = "auto", watch: Callable[[ReplayedCell], None] = lambda _: None
) -> tuple[ReplayedCell, ...]:
    """Do every attempt of a study again, answering every call from its recording; no socket is opened.

    Args:
        folder: The study; it is only read.
        sandbox: Where scripts run.
        watch: Called with each attempt, from several threads.

    Raises:
        RunError: There is no study, or it is damaged.
        SandboxError: No sandbox can start.
    """
    study, files = folder.read(), folder.files()
    cores = os.cpu_count() or 1
    whole = choose_sandbox(sandbox)
    try:
        with tempfile.TemporaryDirectory(prefix="hepcoder-replay-") as name:
            scratch = Path(name)
            shared = SharedSandbox(whole, scratch / "scripts", threading.Semaphore(cores), lambda _: None)
            variants = VariantStore(scratch / "variants")
            place = _Place(folder, scratch / "runs", variants, shared, study.second_grade)

            def work(item: tuple[CellFile, CellResult]) -> ReplayedCell:
                row = _replay(place, *item)
                watch(row)
                return row

            with ThreadPoolExecutor(2 * cores, thread_name_prefix="hepcoder-replay") as threads:
                return tuple(threads.map(work, _attempts(files)))
    finally:
        whole.close()


def _attempts(files: Iterable[CellFile]) -> list[tuple[CellFile, CellResult]]:
    return [(content, attempt) for content in files for attempt in content.attempts]


def _replay(place: _Place, content: CellFile, recorded: CellResult) -> ReplayedCell:
    skipped = _why_not(recorded)
    if skipped:
        return ReplayedCell(recorded=recorded, replayed=recorded, skipped=skipped)
    try:
        replayed, more = _run(place, content, recorded)
    except HepcoderError as error:
        told = f"{type(error).__name__}: {error}"
        return ReplayedCell(recorded=recorded, replayed=recorded, differences=(told,))
    found = _compare(
        recorded, replayed, _NOT_COMPARED_WHEN_CUT if _was_cut(place, content, recorded) else _NOT_COMPARED
    )
    return ReplayedCell(recorded=recorded, replayed=replayed, differences=(*found, *more))


def _why_not(recorded: CellResult) -> str:
    if recorded.infrastructure:
        return "it was ended by a failure of infrastructure, which does not happen again"
    if recorded.failures and recorded.failures[-1] == _BY_THE_CLOCK:
        return "it was ended by the clock, which goes otherwise in a replay"
    return ""


def _run(place: _Place, content: CellFile, recorded: CellResult) -> tuple[CellResult, tuple[str, ...]]:
    cell = content.cell
    recorded_place = place.folder.cell(cell.digest)
    if steps_of(cell.task):
        return replay_chain(
            cell,
            recorded_place,
            recorded.attempt,
            place.scratch,
            variants=place.variants,
            sandbox=place.sandbox,
            second=place.second,
        )
    source = RunFolder(recorded_place.path / str(recorded.run))
    task = task_for(cell, place.variants.first(cell))
    run = replay_run(cell, task, source, place.scratch / cell.digest, place.sandbox)
    replayed = judge(cell, run, recorded.attempt, variants=place.variants, sandbox=place.sandbox, second=place.second)
    return replayed, differences(source, run)


def _was_cut(place: _Place, content: CellFile, recorded: CellResult) -> bool:
    """Whether a kill cut short an attempt of any of its runs."""
    runs = [step.run for step in recorded.steps] or [recorded.run]
    cell = place.folder.cell(content.cell.digest).path
    kept = [RunFolder(cell / str(run)) for run in runs if run is not None]
    return any(sum_events(events_of(run)).lost_attempts for run in kept)


def _compare(recorded: CellResult, replayed: CellResult, left_out: Any) -> tuple[str, ...]:
    old, new = recorded.model_dump(exclude=left_out), replayed.model_dump(exclude=left_out)
    return tuple(f"{name}: recorded {old[name]}, replayed {new[name]}" for name in old if old[name] != new[name])
