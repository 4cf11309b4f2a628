"""Runs on disk as the command line tells of them."""

import json
from dataclasses import dataclass
from typing import Any

import yaml

from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import CallFinished, Event
from hepcoder.ledger.log import EVENTS_FILE, DamagedLine, read_events
from hepcoder.ledger.manifest import Manifest, read_manifest
from hepcoder.ledger.runs import RunFolder
from hepcoder.ui.state import View
from hepcoder.ui.view import advance_all


@dataclass(frozen=True)
class Story:
    """The log of a run's trial.

    Attributes:
        events: All events that could be read.
        damaged: Lines that could not.
        view: The fold of the events.
    """

    events: tuple[Event, ...]
    damaged: tuple[DamagedLine, ...]
    view: View

    @property
    def state(self) -> str:
        """The status of a trial that is over; ``stopped`` or ``unfinished`` of one that can be resumed."""
        if self.view.status is not None:
            return self.view.status
        return "stopped" if self.view.stopped else "unfinished"


def read_story(run: RunFolder, trial: str | None = None) -> Story:
    """Read the log of a trial.

    Args:
        run: The run.
        trial: Id of the trial; None takes the first.

    Raises:
        RunError: The run has no such trial, or its log cannot be read.
    """
    trials = run.trials()
    chosen = trial or next(iter(trials), None)
    if chosen is None or chosen not in trials:
        message = f"run {run.id!r} has no trial {trial or ''!r}; it has: {', '.join(trials) or 'none'}"
        raise RunError(message)
    log = read_events(run.trial_folder(chosen) / EVENTS_FILE)
    return Story(log.events, log.damaged, advance_all(log.events))


def manifest_or_none(run: RunFolder) -> Manifest | None:
    """The manifest of a run, or None when it is missing or damaged; for lists, where one bad run hides no other."""
    try:
        return read_manifest(run.manifest_path)
    except RunError:
        return None


def story_or_none(run: RunFolder) -> Story | None:
    """The story of a run, or None when there is none to read; for lists."""
    try:
        return read_story(run)
    except RunError:
        return None


def request_of_call(story: Story, run: RunFolder, call: int) -> Any:
    """The request that was sent for a call, as plain data.

    Args:
        story: The run's story.
        run: The run.
        call: Number of the call, from 1.

    Raises:
        RunError: The run has no such call.
        StorageError: The prompt is not in the artifact store.
    """
    calls = {event.body.call: event.body for event in story.events if isinstance(event.body, CallFinished)}
    if call not in calls:
        message = f"run {run.id!r} has no call {call}; it has {', '.join(map(str, calls)) or 'none'}"
        raise RunError(message)
    return json.loads(run.artifacts.get_text(calls[call].prompt_sha256))


def readable(request: Any) -> str:
    r"""A request as YAML, long texts as blocks with their own lines; the same for every vendor's format.

    Example:
        >>> print(readable({"messages": [{"role": "user", "content": "two\nlines"}]}), end="")
        messages:
        - role: user
          content: |-
            two
            lines
    """
    return yaml.dump(request, Dumper=_Blocks, sort_keys=False, allow_unicode=True, width=10_000)


class _Blocks(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # YAML has no blocks for lines that end in a blank, and quotes them instead.
    tidy = "\n".join(line.rstrip() for line in text.split("\n"))
    return dumper.represent_scalar("tag:yaml.org,2002:str", tidy, style="|" if "\n" in tidy else None)


_Blocks.add_representer(str, _text)
