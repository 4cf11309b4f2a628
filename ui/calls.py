"""How model calls change the view."""

from dataclasses import replace

from hepcoder.ledger.events import CallFinished, CallStarted, Event
from hepcoder.ui.formats import duration, money
from hepcoder.ui.state import Counters, View
from hepcoder.ui.text import one_line


def call_started(view: View, event: Event, body: CallStarted) -> View:
    """Return the view once a request is on its way."""
    counters = view.counters
    if body.attempt == 1:
        counters = replace(counters, calls=counters.calls + 1)
    return replace(view, counters=counters, calling_since=event.at, writing=None)


def call_finished(view: View, event: Event, body: CallFinished) -> View:
    """Return the view once an attempt came to its end."""
    after = replace(
        view,
        counters=_counted(view.counters, body),
        tokens_per_piece=_tokens_per_piece(view, body),
        calling_since=None,
        writing=None,
    )
    if body.failure is not None:
        wait = (
            ""
            if body.retry_after_seconds is None
            else f" (the vendor asks to wait {duration(body.retry_after_seconds)})"
        )
        text = f"call {body.call}, attempt {body.attempt}: {body.failure.label}: {body.failure.message}{wait}"
        return after.tell(event, "bad", one_line(text))
    return after.tell(event, "quiet", _summary(body))


def _counted(counters: Counters, body: CallFinished) -> Counters:
    usd, cost = counters.usd, body.cost.usd
    return replace(
        counters,
        attempts=counters.attempts + 1,
        failed_attempts=counters.failed_attempts + (body.failure is not None),
        input_tokens=counters.input_tokens + (body.usage.input or 0),
        output_tokens=counters.output_tokens + (body.usage.output or 0),
        usd=usd if cost is None else (usd or 0) + cost,
        unpriced=counters.unpriced + (cost is None),
    )


def _tokens_per_piece(view: View, body: CallFinished) -> float | None:
    output = body.usage.output
    if view.writing is None or output is None or body.replayed:
        return view.tokens_per_piece
    visible = output - (body.usage.reasoning or 0)
    return visible / view.writing.pieces if visible > 0 else view.tokens_per_piece


def _summary(body: CallFinished) -> str:
    known = {"in": body.usage.input, "out": body.usage.output}
    tokens = ", ".join(f"{'?' if count is None else format(count, ',')} tokens {way}" for way, count in known.items())
    parts = [f"call {body.call}: {tokens}", duration(body.seconds)]
    speed = _speed(body)
    if speed is not None:
        parts.append(f"{speed:.{0 if speed >= 10 else 1}f} tokens/s")
    parts.append("from the recording" if body.replayed else money(body.cost.usd, unpriced=int(body.cost.usd is None)))
    if body.dropped:
        parts.append(f"not sent as asked: {', '.join(body.dropped)}")
    return one_line(" · ".join(parts))


def _speed(body: CallFinished) -> float | None:
    """Tokens a second once the first had come; None when it was not measured or the reply is too short to tell."""
    if body.usage.output is None or body.first_token_seconds is None or body.replayed:
        return None
    seconds = body.seconds - body.first_token_seconds
    return body.usage.output / seconds if seconds > 0.2 else None
