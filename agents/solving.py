"""The end of a trial, read from the ledger alone: the solution, and its folder for people."""

import shutil
from pathlib import Path

from hepcoder.agents.solution import CutflowRow, Solution
from hepcoder.agents.spending import spent_so_far
from hepcoder.agents.trial import TRIAL
from hepcoder.graphs.task import Task
from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import Diagnosed, Event, Evidence, Executed, Inspected, Judged, SelectionMade, TrialFinished
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.log import read_events
from hepcoder.ledger.manifest import read_manifest
from hepcoder.ledger.queries import sum_events
from hepcoder.ledger.runs import RunFolder
from hepcoder.sandbox.records import Input
from hepcoder.tools.outputs import read_cutflow, read_values


def load_solution(run: RunFolder) -> Solution:
    """Read the solution of a run that has ended or was stopped.

    A run that was stopped has status ``failed`` with failure ``harness.interrupted``.

    Raises:
        RunError: The run has no events.
    """
    events = read_events(run.trial_folder(TRIAL) / "events.jsonl").events
    if not events:
        message = f"run {run.id!r} has no readable events; look at {run.path}"
        raise RunError(message)
    task = Task.model_validate(read_manifest(run.manifest_path).task)
    end = _end(events)
    folder = run.path / "solution"
    return Solution(
        run=run.id,
        folder=run.path,
        status=end.status,
        model=read_manifest(run.manifest_path).model,
        failure=end.failure,
        script_path=folder / "script.py" if (folder / "script.py").is_file() else None,
        outputs=_outputs_on_disk(folder, end, task),
        values=dict(read_values(folder, task.outputs)) if end.status != "failed" else {},
        cutflow=_cutflow(folder),
        evidence=_evidence(events, end),
        findings=_findings(events),
        history=_history(events),
        attempts=_attempts(events),
        totals=sum_events(events),
        seconds=spent_so_far(events).seconds,
    )


def write_solution_folder(run: RunFolder, inputs: tuple[Input, ...]) -> Path:
    """Lay out the final script, its outputs and links to its inputs, so that ``python script.py`` works there.

    Does nothing when the trial has not ended. May be called again.
    """
    events = read_events(run.trial_folder(TRIAL) / "events.jsonl").events
    end = _end(events)
    folder = run.path / "solution"
    if end.script_sha256 is None:
        return folder
    folder.mkdir(exist_ok=True)
    (folder / "script.py").write_bytes(run.artifacts.get_bytes(end.script_sha256))
    for name, sha in end.outputs.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(run.artifacts.path(sha), target)
    for item in inputs:
        link = folder / item.name
        if not link.is_symlink():
            link.symlink_to(item.path)
    return folder


def _end(events: tuple[Event, ...]) -> TrialFinished:
    for event in reversed(events):
        if isinstance(event.body, TrialFinished):
            return event.body
    failure = Failure(stage="harness", name="interrupted", message="the run has not ended; resume it")
    return TrialFinished(status="failed", failure=failure, script_sha256=None)


def _outputs_on_disk(folder: Path, end: TrialFinished, task: Task) -> dict[str, Path]:
    required = [output.file for output in task.outputs if output.file in end.outputs]
    others = sorted(set(end.outputs) - set(required))
    return {name: folder / name for name in (*required, *others)}


def _cutflow(folder: Path) -> tuple[CutflowRow, ...] | None:
    rows = read_cutflow(folder)
    return None if rows is None else tuple(CutflowRow(name=row.name, n_events=row.n_events) for row in rows)


def _evidence(events: tuple[Event, ...], end: TrialFinished) -> tuple[Evidence, ...]:
    for event in reversed(events):
        if isinstance(event.body, Judged) and event.body.script_sha256 == end.script_sha256:
            return event.body.evidence
    return ()


def _findings(events: tuple[Event, ...]) -> tuple[str, ...]:
    data = [event.body.findings for event in events if isinstance(event.body, Inspected)]
    request = [event.body.notes for event in events if isinstance(event.body, SelectionMade)]
    return (*(data[-1] if data else ()), *(request[-1] if request else ()))


def _history(events: tuple[Event, ...]) -> tuple[Failure, ...]:
    """Each diagnosed failure once; a node that was killed and ran again has the same step."""
    seen: dict[tuple[int, str], Failure] = {}
    for event in events:
        if isinstance(event.body, Diagnosed):
            seen.setdefault((event.step, event.body.failure.label), event.body.failure)
    return tuple(seen.values())


def _attempts(events: tuple[Event, ...]) -> tuple[str, ...]:
    """Each attempt of any script once, in order; those of scripts that were repaired too."""
    told = (sentence for event in events if isinstance(event.body, Executed) for sentence in event.body.attempts)
    return tuple(dict.fromkeys(told))
