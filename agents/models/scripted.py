"""A model that answers from a list: the whole real client path, offline and for nothing."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import yaml
from pydantic import Field, ValidationError

from hepcoder.ledger.errors import InputError
from hepcoder.ledger.record import Record

_PIECE = 64


class ScriptedReply(Record):
    """One answer of a scripted model.

    Attributes:
        text: The reply; for a status of 400 or more the error message.
        status: HTTP status.
        headers: Response headers, such as ``retry-after``.
        finish: Finish reason; ``length`` marks a reply cut at the token cap.
        cut: Whether the connection breaks in the middle of the reply.
    """

    text: str = ""
    status: int = Field(default=200, ge=200, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    finish: str = "stop"
    cut: bool = False


Answer = str | ScriptedReply
Scripted = Answer | Callable[[dict[str, Any]], Answer]


class ScriptedModel(httpx2.BaseTransport):
    """Answers OpenAI Chat requests, streamed or not, from a list of replies in order.

    Tokens are counted as words; a request beyond the last reply gets HTTP 400, which no client retries.

    Args:
        replies: Texts, `ScriptedReply`, or functions from the request body to one of these.
        repeat_last: Whether the last reply answers every further request.
        answered: Replies that an earlier sitting of the same trial has used up.

    Attributes:
        requests: The request bodies that came, in order.

    Example:
        >>> model = ScriptedModel(["four"])
        >>> with httpx2.Client(transport=model) as client:
        ...     answer = client.post("http://scripted.invalid/v1/chat/completions", json={"model": "m", "messages": []})
        >>> answer.json()["choices"][0]["message"]["content"]
        'four'
    """

    def __init__(self, replies: Sequence[Scripted], *, repeat_last: bool = False, answered: int = 0) -> None:
        self._replies = tuple(replies)
        self._repeat_last = repeat_last
        self._answered = answered
        self.requests: list[dict[str, Any]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Answer one request."""
        body = json.loads(request.read())
        self.requests.append(body)
        reply = self._next(body)
        if reply.status >= 400:
            error = {"error": {"message": reply.text or "scripted failure", "type": "scripted"}}
            return httpx2.Response(reply.status, headers=reply.headers, json=error)
        usage = {"prompt_tokens": _count_words(body), "completion_tokens": len(reply.text.split())}
        usage["total_tokens"] = sum(usage.values())
        if not body.get("stream"):
            return httpx2.Response(200, headers=reply.headers, json=_whole(body, reply, usage))
        headers = {"content-type": "text/event-stream"} | reply.headers
        return httpx2.Response(200, headers=headers, stream=_Stream(_chunks(body, reply, usage), cut=reply.cut))

    def _next(self, body: dict[str, Any]) -> ScriptedReply:
        index = self._answered + len(self.requests) - 1
        if self._repeat_last and self._replies:
            index = min(index, len(self._replies) - 1)
        if index >= len(self._replies):
            message = f"the scripted model holds {len(self._replies)} replies and was asked for number {index + 1}"
            return ScriptedReply(status=400, text=message)
        reply = self._replies[index]
        answer = reply(body) if callable(reply) else reply
        return ScriptedReply(text=answer) if isinstance(answer, str) else answer


def read_script(path: Path, *, answered: int = 0) -> ScriptedModel:
    """Read a scripted model from a YAML file.

    The file holds ``replies``, a list of texts or of mappings with the fields of `ScriptedReply`, and optionally
    ``repeat_last: true``. The first `answered` replies count as used.

    Raises:
        InputError: The file is missing, is not YAML, or does not hold such a list.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        script = _Script.model_validate(data)
    except OSError as error:
        message = f"the script {str(path)!r} cannot be read: {error.strerror}; give scripted:FILE an existing YAML file"
        raise InputError(message) from error
    except (yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        why = " ".join(str(error).split())[:300]
        message = f"the script {str(path)!r} must be a YAML mapping with a list 'replies': {why}"
        raise InputError(message) from error
    return ScriptedModel(script.replies, repeat_last=script.repeat_last, answered=answered)


class _Script(Record):
    replies: tuple[str | ScriptedReply, ...]
    repeat_last: bool = False


class _Stream(httpx2.SyncByteStream):
    def __init__(self, chunks: list[bytes], *, cut: bool) -> None:
        self._chunks = chunks[: len(chunks) // 2] if cut else chunks
        self._cut = cut

    def __iter__(self) -> Iterator[bytes]:
        yield from self._chunks
        if self._cut:
            message = "the scripted connection was cut"
            raise httpx2.ReadError(message)


def _count_words(body: dict[str, Any]) -> int:
    return sum(len(str(message.get("content", "")).split()) for message in body.get("messages", ()))


def _base(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "scripted", "object": kind, "created": 0, "model": body.get("model", "scripted")}


def _whole(body: dict[str, Any], reply: ScriptedReply, usage: dict[str, int]) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    return _base(body, "chat.completion") | {"choices": [choice], "usage": usage}


def _chunks(body: dict[str, Any], reply: ScriptedReply, usage: dict[str, int]) -> list[bytes]:
    base = _base(body, "chat.completion.chunk")
    pieces = [reply.text[start : start + _PIECE] for start in range(0, len(reply.text), _PIECE)]
    deltas = [{"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": None} for piece in pieces]
    choices: list[list[dict[str, Any]]] = [[delta] for delta in deltas]
    choices.append([{"index": 0, "delta": {}, "finish_reason": reply.finish}])
    events = [base | {"choices": choice} for choice in choices] + [base | {"choices": [], "usage": usage}]
    return [f"data: {json.dumps(event)}\n\n".encode() for event in events] + [b"data: [DONE]\n\n"]
