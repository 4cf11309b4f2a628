"""The sums of one trial, in plain Python; `hepcoder.ledger.queries` computes the same from files."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Context, Decimal

from hepcoder.ledger.events import CallFinished, CallStarted, Event, Executed
from hepcoder.ledger.totals import Totals

# Prices have some ten digits; with a hundred no sum of them is ever rounded.
_EXACT = Context(prec=100)


@dataclass(frozen=True)
class Attempts:
    """The HTTP attempts of a trial, each of them once.

    Attributes:
        finished: Attempts whose end is on record. An answer that a resumed trial took from its own log again is none.
        lost: Attempts that were started and whose end was never recorded.
    """

    finished: tuple[CallFinished, ...]
    lost: tuple[CallStarted, ...]


def select_attempts(events: Iterable[Event]) -> Attempts:
    """Match the starts and ends of attempts.

    Request and ordinal tell which attempt an event is about. A start that is followed by another start of the same
    attempt, or by nothing, was cut short by a kill.

    Args:
        events: Events in the order in which they were written.
    """
    finished: list[CallFinished] = []
    lost: list[CallStarted] = []
    under_way: dict[tuple[str, str, int], CallStarted] = {}
    ended: set[tuple[str, str, int]] = set()
    for event in events:
        body = event.body
        if not isinstance(body, CallStarted | CallFinished):
            continue
        key = (event.trial, body.request_sha256, body.ordinal)
        before = under_way.pop(key, None)
        if isinstance(body, CallStarted):
            lost += [before] if before else []
            under_way[key] = body
            continue
        if not (body.replayed and key in ended):
            finished.append(body)
        ended.add(key)
    return Attempts(finished=tuple(finished), lost=(*lost, *under_way.values()))


def sum_dollars(amounts: Iterable[Decimal]) -> Decimal | None:
    """The exact sum; None when there is nothing to add, which is never the same as 0.

    Example:
        >>> sum_dollars([Decimal("0.1")] * 3)
        Decimal('0.3')
    """
    total: Decimal | None = None
    for amount in amounts:
        total = amount if total is None else _EXACT.add(total, amount)
    return total


def sum_events(events: Iterable[Event]) -> Totals:
    """The totals of one trial from its events in memory.

    Args:
        events: All events of a trial, in order.

    Example:
        >>> sum_events([]).usd is None
        True
    """
    kept = tuple(events)
    attempts = select_attempts(kept)
    finished, lost = attempts.finished, attempts.lost
    usages = [call.usage for call in finished]
    priced = [call.cost.usd for call in finished if call.cost.usd is not None]
    return Totals(
        calls=len({call.call for call in finished} | {call.call for call in lost}),
        attempts=len(finished) + len(lost),
        failed_attempts=sum(call.failure is not None for call in finished),
        lost_attempts=len(lost),
        input_tokens=sum(usage.input or 0 for usage in usages),
        output_tokens=sum(usage.output or 0 for usage in usages),
        cache_read_tokens=sum(usage.cache_read or 0 for usage in usages),
        cache_write_tokens=sum((usage.cache_write_5m or 0) + (usage.cache_write_1h or 0) for usage in usages),
        reasoning_tokens=sum(usage.reasoning or 0 for usage in usages),
        usd=sum_dollars(priced),
        unpriced_attempts=len(finished) - len(priced) + len(lost),
        model_seconds=math.fsum(call.seconds for call in finished),
        executions=sum(isinstance(event.body, Executed) and event.body.purpose == "solve" for event in kept),
    )
