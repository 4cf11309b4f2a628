"""What came of one attempt at a cell, read from its ledger alone."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hepcoder.agents.spending import spent_so_far
from hepcoder.agents.trial import TRIAL
from hepcoder.ledger.events import CallFinished, Diagnosed, Event, Sha, TrialFinished
from hepcoder.ledger.log import EVENTS_FILE, read_events
from hepcoder.ledger.runs import RunFolder
from hepcoder.ledger.sums import select_attempts, sum_events
from hepcoder.tools.contract import Output


def events_of(run: RunFolder) -> tuple[Event, ...]:
    """The events of a run's trial; none where it was killed before the first."""
    path = run.trial_folder(TRIAL) / EVENTS_FILE
    return read_events(path).events if path.is_file() else ()


def end_of(events: Iterable[Event]) -> TrialFinished | None:
    """How a trial ended; None while it has not."""
    return next((event.body for event in events if isinstance(event.body, TrialFinished)), None)


def spoiled(end: TrialFinished) -> bool:
    """Whether a trial was ended by a failure that does not count against the model."""
    return end.failure is not None and not end.failure.row.counts


def measured(events: tuple[Event, ...]) -> dict[str, Any]:
    """The fields of a `CellResult` that need no grader: effort, cost, failures, what was sent and served."""
    calls = select_attempts(events).finished
    totals = sum_events(events)
    priced = totals.unpriced_attempts == 0
    return {
        "failures": failures_of(events),
        "calls": totals.attempts,
        "input_tokens": _sum_tokens([call.usage.input for call in calls if _answered(call)]),
        "output_tokens": _sum_tokens([call.usage.output for call in calls if _answered(call)]),
        "usd": float(totals.usd or 0) if priced else None,
        "seconds": spent_so_far(events).seconds,
        "parameters_differ": any(call.dropped for call in calls),
        "models_served": tuple(dict.fromkeys(call.model_served for call in calls if call.model_served is not None)),
    }


def failures_of(events: Iterable[Event]) -> tuple[str, ...]:
    """Every failure on the way, as ``stage.class``: of each attempt to call, and of each script; each once."""
    labels: list[str] = []
    told: set[tuple[int, str]] = set()
    last_call = ""
    for event in events:
        body = event.body
        failure = body.failure if isinstance(body, CallFinished | Diagnosed | TrialFinished) else None
        if failure is None:
            continue
        if isinstance(body, CallFinished):
            last_call = failure.label
            labels.append(failure.label)
        elif failure.label != last_call and (event.step, failure.label) not in told and not _is_end(body, labels):
            told.add((event.step, failure.label))
            labels.append(failure.label)
    return tuple(labels)


def results_digest(outputs: dict[str, Sha], contract: Iterable[Output]) -> str | None:
    """One digest over the files that are graded; None when there are none of them."""
    graded = {output.file: outputs[output.file] for output in contract if output.file in outputs}
    return hashlib.sha256(json.dumps(graded, sort_keys=True).encode()).hexdigest() if graded else None


def lay_out(run: RunFolder, outputs: dict[str, Sha], contract: Iterable[Output], folder: Path) -> None:
    """Put the files that are graded into a folder, and no other; those that were not written are not there.

    Raises:
        StorageError: One cannot be read.
        DigestError: One was changed.
    """
    for output in contract:
        if output.file in outputs:
            target = folder / output.file
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(run.artifacts.get_bytes(outputs[output.file]))


def _is_end(body: object, labels: list[str]) -> bool:
    """The end of a trial names once more what ended it."""
    return isinstance(body, TrialFinished) and body.failure is not None and body.failure.label in labels


def _answered(call: CallFinished) -> bool:
    return call.status is not None and call.status < 300


def _sum_tokens(counts: list[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
