"""The fold of a trial's events into what the terminal shows; pure, so that it can be tested without a terminal."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from hepcoder.ledger.events import Event, TextDelta
from hepcoder.ui.state import View, Writing
from hepcoder.ui.steps import step

TAIL_CHARACTERS = 4000


def advance(view: View, event: Event) -> View:
    """Return the view after an event.

    Example:
        >>> from datetime import UTC
        >>> from hepcoder.ledger.events import NodeStarted
        >>> now = datetime(2026, 1, 1, tzinfo=UTC)
        >>> advance(View(), Event(seq=1, at=now, trial="1", node="code", step=3, body=NodeStarted())).node
        'code'
    """
    return replace(step(view, event), last_at=event.at)


def advance_all(events: Iterable[Event]) -> View:
    """Return the view after a whole log."""
    view = View()
    for event in events:
        view = advance(view, event)
    return view


def hear(view: View, delta: TextDelta, now: datetime) -> View:
    """Return the view after a piece of a reply came in at `now` (UTC)."""
    before = view.writing or Writing("", 0, 0, first_at=now, last_at=now)
    return replace(
        view,
        writing=Writing(
            tail=(before.tail + delta.text)[-TAIL_CHARACTERS:],
            pieces=before.pieces + 1,
            characters=before.characters + len(delta.text),
            first_at=before.first_at,
            last_at=now,
        ),
    )
