"""Google Gemini ``generateContent``."""

from typing import Any

from hepcoder.agents.models.wire import Outcome, count, first, part, pick
from hepcoder.ledger.usage import Usage

_REFUSED = ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY")


class Google:
    """Reads ``:generateContent`` and ``:streamGenerateContent`` requests and replies."""

    def sent(self, body: dict[str, Any]) -> dict[str, Any]:
        """Sampling parameters of ``generationConfig``."""
        names = {"temperature": "temperature", "maxOutputTokens": "max_tokens", "seed": "seed", "stopSequences": "stop"}
        names |= {
            "topP": "top_p",
            "topK": "top_k",
            "responseJsonSchema": "json_schema",
            "responseSchema": "json_schema",
        }
        return pick(part(body, "generationConfig"), names)

    def fold(self, events: list[dict[str, Any]]) -> Outcome:
        """The outcome of one response or of its chunks."""
        model = finish = error = blocked = None
        usage: dict[str, Any] = {}
        text: list[str] = []
        for event in events:
            candidate = first(event, "candidates")
            parts = part(candidate, "content").get("parts") or ()
            text += [piece.get("text") or "" for piece in parts if not piece.get("thought")]
            finish = candidate.get("finishReason") or finish
            blocked = part(event, "promptFeedback").get("blockReason") or blocked
            model = event.get("modelVersion") or model
            usage |= part(event, "usageMetadata")
            error = part(event, "error") or error
        reason = blocked or finish
        return Outcome(
            model_served=model,
            usage=_usage(usage),
            finish_reason=reason,
            text="".join(text),
            complete=reason is not None,
            truncated=finish == "MAX_TOKENS",
            refusal=f"the vendor's filter said {reason}" if blocked or finish in _REFUSED else None,
            bad_call=finish in ("MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL"),
            error=error,
        )


def _usage(usage: dict[str, Any]) -> Usage:
    visible, thought = count(usage, "candidatesTokenCount"), count(usage, "thoughtsTokenCount")
    prompt, tools = count(usage, "promptTokenCount"), count(usage, "toolUsePromptTokenCount")
    return Usage(
        input=None if prompt is None else prompt + (tools or 0),
        output=None if visible is None and thought is None else (visible or 0) + (thought or 0),
        cache_read=count(usage, "cachedContentTokenCount"),
        reasoning=thought,
    )
