"""OpenAI Responses."""

from typing import Any

from hepcoder.agents.models.wire import Outcome, count, part, pick
from hepcoder.ledger.usage import Usage

_LAST = ("response.completed", "response.incomplete", "response.failed")


class OpenAIResponses:
    """Reads ``/responses`` requests and replies."""

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """Sampling parameters; the format takes neither a seed nor stop strings."""
        found = pick(body, {"temperature": "temperature", "max_output_tokens": "max_tokens", "top_p": "top_p"})
        schema = part(part(body, "text"), "format").get("schema")
        return found if schema is None else found | {"json_schema": schema}

    def fold(self, events: list[dict[str, Any]]) -> Outcome:
        """The outcome of one response or of its events; the last event repeats the whole response."""
        response: dict[str, Any] = {}
        deltas: list[str] = []
        error = None
        complete = False
        for event in events:
            kind = event.get("type")
            if kind is None:
                response, complete = event, "status" in event
            elif kind == "error":
                error = part(event, "error") or event
            elif kind == "response.output_text.delta":
                deltas.append(event.get("delta") or "")
            response = part(event, "response") or response
            complete = complete or kind in _LAST
        return _outcome(response, "".join(deltas), part(response, "error") or error, complete=complete)


def _outcome(response: dict[str, Any], deltas: str, error: dict[str, Any] | None, *, complete: bool) -> Outcome:
    contents = [
        content
        for item in response.get("output") or ()
        for content in item.get("content") or ()
        if isinstance(content, dict)
    ]
    text = "".join(content.get("text") or "" for content in contents if content.get("type") == "output_text")
    refusal = "".join(content.get("refusal") or "" for content in contents if content.get("type") == "refusal")
    reason = part(response, "incomplete_details").get("reason")
    usage = part(response, "usage")
    return Outcome(
        model_served=response.get("model"),
        usage=Usage(
            input=count(usage, "input_tokens"),
            output=count(usage, "output_tokens"),
            cache_read=count(part(usage, "input_tokens_details"), "cached_tokens"),
            reasoning=count(part(usage, "output_tokens_details"), "reasoning_tokens"),
        ),
        finish_reason=reason or response.get("status"),
        text=text or deltas,
        complete=complete,
        truncated=reason == "max_output_tokens",
        refusal=refusal or ("a content filter stopped the reply" if reason == "content_filter" else None),
        error=error,
    )
