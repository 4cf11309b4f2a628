"""OpenAI Chat Completions, as OpenAI and every compatible server speak it."""

from typing import Any

from hepcoder.agents.models.wire import Outcome, count, first, part, pick
from hepcoder.ledger.usage import Usage


class OpenAIChat:
    """Reads ``/chat/completions`` requests and replies."""

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """Sampling parameters; ``json_schema`` is the schema itself."""
        names = {"temperature": "temperature", "max_tokens": "max_tokens", "max_completion_tokens": "max_tokens"}
        found = pick(body, names | {"seed": "seed", "stop": "stop", "top_p": "top_p"})
        schema = part(part(body, "response_format"), "json_schema").get("schema")
        return found if schema is None else found | {"json_schema": schema}

    def fold(self, events: list[dict[str, Any]]) -> Outcome:
        """The outcome of one completion or of its chunks."""
        model = finish = error = None
        usage: dict[str, Any] = {}
        text: list[str] = []
        refusal: list[str] = []
        for event in events:
            choice = first(event, "choices")
            message = part(choice, "delta") or part(choice, "message")
            text.append(message.get("content") or "")
            refusal.append(message.get("refusal") or "")
            finish = choice.get("finish_reason") or finish
            model = event.get("model") or model
            usage = part(event, "usage") or usage
            error = part(event, "error") or error
        said = "".join(refusal)
        filtered = finish == "content_filter"
        return Outcome(
            model_served=model,
            usage=_usage(usage),
            finish_reason=finish,
            text="".join(text),
            complete=finish is not None,
            truncated=finish == "length",
            refusal=said or ("a content filter stopped the reply" if filtered else None),
            error=error,
        )


def _usage(usage: dict[str, Any]) -> Usage:
    return Usage(
        input=count(usage, "prompt_tokens"),
        output=count(usage, "completion_tokens"),
        cache_read=count(part(usage, "prompt_tokens_details"), "cached_tokens"),
        reasoning=count(part(usage, "completion_tokens_details"), "reasoning_tokens"),
    )
