"""Compares a replay with the run it repeats."""

from hepcoder.agents.trial import TRIAL
from hepcoder.ledger.events import Diagnosed, Event, Executed, ScriptWritten, TrialFinished
from hepcoder.ledger.log import read_events
from hepcoder.ledger.queries import sum_events
from hepcoder.ledger.runs import RunFolder
from hepcoder.ledger.sums import select_attempts
from hepcoder.ledger.totals import Totals

# Times differ between any two runs, and a lost attempt is an accident of the recorded run, not part of its story.
_TIMING_FIELDS = {"model_seconds", "lost_attempts", "executions"}


def differences(recorded: RunFolder, replayed: RunFolder) -> tuple[str, ...]:
    """Name each way in which two runs differ: scripts, artefacts, error history, end, totals.

    Returns:
        One line for each difference; empty when the replay is faithful.
    """
    before, after = _events(recorded), _events(replayed)
    checks = {
        "scripts": (_scripts(before), _scripts(after)),
        "artefacts": (_artefacts(before), _artefacts(after)),
        "error history": (_errors(before), _errors(after)),
        "end": (_end(before), _end(after)),
        "totals": (_totals(before), _totals(after)),
    }
    return tuple(f"{name}: recorded {old}, replayed {new}" for name, (old, new) in checks.items() if old != new)


def _events(run: RunFolder) -> tuple[Event, ...]:
    return read_events(run.trial_folder(TRIAL) / "events.jsonl").events


def _scripts(events: tuple[Event, ...]) -> list[str]:
    return list(dict.fromkeys(event.body.script_sha256 for event in events if isinstance(event.body, ScriptWritten)))


def _artefacts(events: tuple[Event, ...]) -> dict[str, dict[str, str]]:
    return {
        f"{event.body.purpose} of {event.body.script_sha256}": event.body.artifacts
        for event in events
        if isinstance(event.body, Executed)
    }


def _errors(events: tuple[Event, ...]) -> list[str]:
    return list(
        dict.fromkeys(
            f"{event.step} {event.body.failure.label}" for event in events if isinstance(event.body, Diagnosed)
        )
    )


def _end(events: tuple[Event, ...]) -> TrialFinished | None:
    return next((event.body for event in reversed(events) if isinstance(event.body, TrialFinished)), None)


def _totals(events: tuple[Event, ...]) -> Totals:
    lost = {id(attempt) for attempt in select_attempts(events).lost}
    totals = sum_events(event for event in events if id(event.body) not in lost)
    return totals.model_copy(update=dict.fromkeys(_TIMING_FIELDS, 0))
