"""What a trial has used so far, read from its events."""

from decimal import Decimal
from itertools import pairwise

from hepcoder.graphs.budget import Spent
from hepcoder.ledger.events import CallFinished, CallStarted, Event, TrialStarted


def spent_so_far(events: tuple[Event, ...]) -> Spent:
    """What earlier sittings of a trial used.

    Tokens and dollars are those the vendors reported; seconds are summed over sittings, so that the pause between a
    stop and a resume is free.
    """
    spent = Spent()
    for event in events:
        if isinstance(event.body, CallStarted):
            spent.calls += 1
        if isinstance(event.body, CallFinished) and not event.body.replayed:
            spent.tokens += (event.body.usage.input or 0) + (event.body.usage.output or 0)
            spent.usd += event.body.cost.usd or Decimal(0)
    spent.seconds = _sitting_seconds(events)
    return spent


def _sitting_seconds(events: tuple[Event, ...]) -> float:
    total = 0.0
    for before, after in pairwise(events):
        if not isinstance(after.body, TrialStarted):
            total += (after.at - before.at).total_seconds()
    return total
