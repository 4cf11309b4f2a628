"""From what came back over HTTP to a row of the failure table; rules only."""

import email.utils
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx2

from hepcoder.agents.models.sse import MalformedReplyError, read_events
from hepcoder.agents.models.wire import Outcome, WireName, get_wire
from hepcoder.ledger.failures import Failure

_OVERFLOW = (
    r"context_length|context window|prompt is too long|maximum context|exceed_context|request_too_large"
    r"|exceeds the (available )?context|token count.{0,40}exceeds"
)
_KEY = r"api_key_invalid|api key not valid|invalid_api_key|authentication_error|permission_error|unauthenticated"
_WORDS: tuple[tuple[str, str], ...] = (
    (r"insufficient_quota|billing_|credit balance|perday", "quota"),
    (_OVERFLOW, "context_overflow"),
    (_KEY, "authentication"),
    (r"model_not_found|not_found_error", "model_not_found"),
    (r"content_filter|content_policy", "refusal"),
    (r"overloaded_error", "overload"),
    (r"rate_limit|resource_exhausted", "rate_limit"),
)
_STATUSES: Mapping[int, str] = {
    401: "authentication",
    402: "quota",
    403: "authentication",
    404: "model_not_found",
    408: "timeout",
    409: "server_error",
    413: "context_overflow",
    429: "rate_limit",
    503: "overload",
    529: "overload",
}
_BY_WORDS_ONLY_BELOW_500 = ("quota", "context_overflow", "authentication", "refusal")


def classify_reply(wire: WireName, status: int, body: bytes) -> tuple[Outcome | None, Failure | None]:
    """What a complete response says, and what is wrong with it.

    Args:
        wire: The wire format.
        status: HTTP status.
        body: The response body, decoded from any content encoding.

    Returns:
        The outcome, None when the body holds none, and the failure, None for a usable reply.
    """
    if status >= 300:
        return None, classify_status(status, body)
    try:
        events, _ = read_events(body)
        outcome = get_wire(wire).fold(events)
    except (MalformedReplyError, AttributeError, TypeError, ValueError) as error:
        # The folds index into vendors' JSON; a field of the wrong type is the vendor's fault and ends here.
        return None, provider_failure("malformed_reply", str(error))
    return outcome, _judge(outcome)


def classify_status(status: int, body: bytes) -> Failure:
    """The failure told by an error status and its body."""
    error = _error_object(body)
    if status < 400:
        return provider_failure(
            "invalid_request", f"the server redirects (HTTP {status}), which is not followed; give its final base URL"
        )
    return provider_failure(_name(status, error), f"HTTP {status}: {_message(error, body)}")


def classify_exception(error: BaseException) -> Failure:
    """The failure told by an exception of the HTTP layer: a timeout, or a broken connection."""
    name = "timeout" if isinstance(error, httpx2.TimeoutException) else "connection"
    return provider_failure(name, f"{type(error).__name__}: {error}".rstrip(": "))


def read_retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait as the server asked, at least 0, or None when it did not ask.

    Args:
        headers: Response headers with lower-case names.
        now: Current time, with its time zone, against which a date is read.

    Example:
        >>> now = datetime(2026, 10, 21, 7, 28, tzinfo=UTC)
        >>> read_retry_after({"retry-after": "Wed, 21 Oct 2026 07:28:30 GMT"}, now)
        30.0
    """
    milliseconds = headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d+(\.\d+)?", milliseconds):
        return float(milliseconds) / 1000
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", asked):
        return float(asked)
    try:
        when = email.utils.parsedate_to_datetime(asked)
    except (TypeError, ValueError):
        return None
    return max(0.0, (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds())


def _judge(outcome: Outcome) -> Failure | None:
    if outcome.error is not None:
        code = outcome.error.get("code")
        status = code if isinstance(code, int) and 400 <= code <= 599 else 500
        said = _message(outcome.error, b"")
        return provider_failure(_name(status, outcome.error), f"the stream broke off with an error: {said}")
    faults = (
        (outcome.refusal is not None, "refusal", str(outcome.refusal)),
        (outcome.bad_call, "function_call", f"the model's tool call was malformed ({outcome.finish_reason})"),
        (not outcome.complete, "connection", f"the reply ended after {len(outcome.text)} characters, unfinished"),
        (outcome.truncated, "truncated_reply", f"the reply was cut at {outcome.usage.output} tokens"),
        (not outcome.text, "malformed_reply", f"the reply holds no text (finish reason {outcome.finish_reason!r})"),
    )
    return next((provider_failure(name, message) for is_so, name, message in faults if is_so), None)


def _name(status: int, error: dict[str, Any]) -> str:
    words = json.dumps(error).lower()
    named = next((name for pattern, name in _WORDS if re.search(pattern, words)), None)
    if named is not None and (status < 500 or named not in _BY_WORDS_ONLY_BELOW_500) and status not in (401, 403):
        return named
    return _STATUSES.get(status, "server_error" if status >= 500 else "invalid_request")


def _error_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    value = value[0] if isinstance(value, list) and value else value
    found = value.get("error", value) if isinstance(value, dict) else {}
    return found if isinstance(found, dict) else {"message": found}


def _message(error: dict[str, Any], body: bytes) -> str:
    said = error.get("message")
    text = said if isinstance(said, str) else body.decode("utf-8", errors="replace")
    return " ".join(text.split())[:500] or "the server gave no reason"


def provider_failure(name: str, message: str) -> Failure:
    """A failure of the provider stage."""
    return Failure(stage="provider", name=name, message=message)
