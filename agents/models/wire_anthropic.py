"""Anthropic Messages."""

from typing import Any

from hepcoder.agents.models.wire import Outcome, count, part, pick
from hepcoder.ledger.usage import Usage


class Anthropic:
    """Reads ``/v1/messages`` requests and replies."""

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """Sampling parameters; the format takes no seed."""
        names = {"temperature": "temperature", "max_tokens": "max_tokens", "stop_sequences": "stop", "top_p": "top_p"}
        found = pick(body, names | {"top_k": "top_k"})
        schema = part(part(body, "output_config"), "format").get("schema")
        return found if schema is None else found | {"json_schema": schema}

    def fold(self, events: list[dict[str, Any]]) -> Outcome:
        """The outcome of one message or of its events; counts in later events replace earlier ones."""
        message: dict[str, Any] = {}
        usage: dict[str, Any] = {}
        text: list[str] = []
        stop = error = None
        for event in events:
            whole = event if event.get("type") == "message" else part(event, "message")
            message = whole or message
            text += [block.get("text") or "" for block in whole.get("content") or () if block.get("type") == "text"]
            delta = part(event, "delta")
            text.append(delta.get("text") or "" if delta.get("type") == "text_delta" else "")
            stop = whole.get("stop_reason") or delta.get("stop_reason") or stop
            said = part(whole, "usage") or part(event, "usage")
            usage |= {name: value for name, value in said.items() if value is not None}
            error = part(event, "error") or error
        return Outcome(
            model_served=message.get("model"),
            usage=_usage(usage),
            finish_reason=stop,
            text="".join(text),
            complete=stop is not None,
            truncated=stop in ("max_tokens", "model_context_window_exceeded"),
            refusal="the model refused" if stop == "refusal" else None,
            error=error,
        )


def _usage(usage: dict[str, Any]) -> Usage:
    # The vendor's input_tokens leaves out what was read from or written to the cache.
    fresh, read = count(usage, "input_tokens"), count(usage, "cache_read_input_tokens")
    written = count(usage, "cache_creation_input_tokens")
    split = part(usage, "cache_creation")
    hour = count(split, "ephemeral_1h_input_tokens")
    minutes = count(split, "ephemeral_5m_input_tokens")
    if written is None and (hour is not None or minutes is not None):
        written = (hour or 0) + (minutes or 0)
    return Usage(
        input=None if fresh is None else fresh + (read or 0) + (written or 0),
        output=count(usage, "output_tokens"),
        cache_read=read,
        cache_write_5m=None if written is None else written - (hour or 0),
        cache_write_1h=hour,
    )
