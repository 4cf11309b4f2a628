"""Reply bodies as a list of JSON objects, whether the vendor streamed them or not."""

import json
from typing import Any


class MalformedReplyError(ValueError):
    """A reply body that is not the JSON, or the stream of JSON, that its wire format promises."""


def read_events(body: bytes) -> tuple[list[dict[str, Any]], bool]:
    r"""The JSON objects of a reply body, in order.

    Args:
        body: A plain JSON object, or server-sent events whose data lines are JSON objects.

    Returns:
        The objects, and whether they came as a stream.

    Raises:
        MalformedReplyError: The body is neither.

    Example:
        >>> read_events(b'data: {"a": 1}\n\ndata: [DONE]\n\n')
        ([{'a': 1}], True)
    """
    text = body.decode("utf-8", errors="replace").strip()
    if text.startswith(("{", "[")):
        return [_parse(text)], False
    events = [_parse(data) for data in _data_fields(text) if data != "[DONE]"]
    if not events:
        message = f"the reply is neither JSON nor an event stream; it begins {text[:80]!r}"
        raise MalformedReplyError(message)
    return events, True


def _data_fields(text: str) -> list[str]:
    fields: list[str] = []
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("data:"):
            lines.append(line[5:].strip())
        elif not line and lines:
            fields.append("\n".join(lines))
            lines = []
    return fields


def _parse(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        message = f"the reply is not valid JSON ({error}); it begins {text[:80]!r}"
        raise MalformedReplyError(message) from error
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        message = f"the reply holds {text[:80]!r} where a JSON object must be"
        raise MalformedReplyError(message)
    return value
