"""Each vendor's real client against a loopback server: what is sent, what is read, what is on record."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.models.records import Ask, Message
from hepcoder.ledger.usage import Usage

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}


def sse(*events: dict[str, Any], done: bool = False, names: bool = False) -> bytes:
    lines = [
        (f"event: {event['type']}\n" if names else "") + f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
        for event in events
    ]
    return ("".join(lines) + ("data: [DONE]\n\n" if done else "")).encode()


def openai(text: str = "hello wörld", finish: str = "stop", **delta: str) -> bytes:
    base = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "gpt-5.1-2025-11-13"}
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    usage_details = {
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 8},
    }
    middle = len(text) // 2
    return sse(
        base | {"choices": [{"index": 0, "delta": {"role": "assistant", "content": text[:middle]}}]},
        base | {"choices": [{"index": 0, "delta": {"content": text[middle:]} | delta}]},
        base | {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]},
        base | {"choices": [], "usage": usage | usage_details},
        done=True,
    )


def responses(text: str = "hello wörld", reason: str | None = None, refusal: str | None = None) -> bytes:
    content: dict[str, Any] = {"type": "output_text", "text": text, "annotations": []}
    if refusal is not None:
        content = {"type": "refusal", "refusal": refusal}
    item = {"id": "m", "type": "message", "role": "assistant", "status": "completed", "content": [content]}
    base = {
        "id": "r",
        "object": "response",
        "created_at": 0,
        "model": "gpt-5.1-2025-11-13",
        "output": [],
        "status": "in_progress",
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
    }
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 8},
        "total_tokens": 120,
    }
    end = base | {"output": [item], "status": "incomplete" if reason else "completed", "usage": usage}
    end["incomplete_details"] = {"reason": reason} if reason else None
    kind = "response.incomplete" if reason else "response.completed"
    where = {"item_id": "m", "output_index": 0, "content_index": 0}
    shell = item | {"content": [], "status": "in_progress"}
    deltas = [where | {"type": "response.output_text.delta", "delta": text, "logprobs": []}] if refusal is None else []
    steps: list[dict[str, Any]] = [
        {"type": "response.created", "response": base},
        {"type": "response.output_item.added", "output_index": 0, "item": shell},
        *deltas,
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": kind, "response": end},
    ]
    return sse(*(step | {"sequence_number": number} for number, step in enumerate(steps)), names=True)


def anthropic(text: str = "hello wörld", stop: str = "end_turn") -> bytes:
    usage = {
        "input_tokens": 16,
        "cache_read_input_tokens": 64,
        "cache_creation_input_tokens": 20,
        "cache_creation": {"ephemeral_5m_input_tokens": 15, "ephemeral_1h_input_tokens": 5},
        "output_tokens": 1,
    }
    message: dict[str, Any] = {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-5-20260801",
        "content": [],
    }
    message |= {"stop_reason": None, "stop_sequence": None, "usage": usage}
    return sse(
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": stop}, "usage": {"output_tokens": 20}},
        {"type": "message_stop"},
        names=True,
    )


def google(text: str = "hello wörld", finish: str = "STOP") -> bytes:
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 12, "thoughtsTokenCount": 8, "totalTokenCount": 120}
    usage |= {"cachedContentTokenCount": 64}
    part = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
    last = {"content": {"role": "model", "parts": [{"text": ""}]}, "index": 0, "finishReason": finish}
    base = {"modelVersion": "gemini-2.5-flash-002", "responseId": "r"}
    return sse(base | {"candidates": [part]}, base | {"candidates": [last], "usageMetadata": usage})


NAMES = {
    "openai": "openai:gpt-4.1",
    "openai_responses": "openai_responses:gpt-4.1",
    "anthropic": "anthropic:claude-haiku-4-5",
    "google": "google_genai:gemini-2.5-flash",
    "compatible": "compatible:some-model",
}
REPLIES: dict[str, Callable[[], bytes]] = {
    "openai": openai,
    "openai_responses": responses,
    "anthropic": anthropic,
    "google": google,
    "compatible": openai,
}
SERVED = {
    "openai": "gpt-5.1-2025-11-13",
    "openai_responses": "gpt-5.1-2025-11-13",
    "anthropic": "claude-sonnet-5-20260801",
    "google": "gemini-2.5-flash-002",
    "compatible": "gpt-5.1-2025-11-13",
}
TRUNCATED = {
    "openai": openai(finish="length"),
    "openai_responses": responses(reason="max_output_tokens"),
    "anthropic": anthropic(stop="max_tokens"),
    "google": google(finish="MAX_TOKENS"),
    "compatible": openai(finish="length"),
}
REFUSED = {
    "openai": openai(text="", refusal="I cannot"),
    "openai_responses": responses(refusal="I cannot"),
    "anthropic": anthropic(stop="refusal"),
    "google": google(text="", finish="SAFETY"),
    "compatible": openai(finish="content_filter"),
}
ALL = list(NAMES)


def question(**more: Any) -> Ask:
    messages = (Message(role="system", text="be brief"), Message(role="user", text="say hello"))
    return Ask(messages=messages, node="code", step=3, **more)


@pytest.mark.parametrize("which", ALL)
def test_reply_usage_and_parameters_are_on_record(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(REPLIES[which](), headers={"x-request-id": "req-1", "set-cookie": "a=b"})]
    desk = bench.desk()
    pieces: list[str] = []
    reply = bench.open(NAMES[which], desk).ask(
        question(seed=7, stop=("END",), json_schema=SCHEMA), on_text=pieces.append
    )

    assert reply.text == "hello wörld" == "".join(pieces)
    assert not reply.truncated
    (call,) = bench.finished(desk)
    assert len(bench.started(desk)) == 1
    assert (call.status, call.failure, call.model_served) == (200, None, SERVED[which])
    assert call.headers["x-request-id"] == "req-1"
    assert "set-cookie" not in call.headers
    assert (call.usage.input, call.usage.output, call.usage.cache_read) == (100, 20, 64)
    assert (call.sent["temperature"], call.sent["max_tokens"], call.sent["json_schema"]) == (0.0, 2048, SCHEMA)
    takes_no_seed = {"anthropic": {"seed"}, "openai_responses": {"seed", "stop"}}
    assert set(call.dropped) == takes_no_seed.get(which, set())
    assert json.loads(desk.artifacts.get_bytes(call.prompt_sha256))["body"] == vendor.bodies[0]
    assert desk.artifacts.get_bytes(call.reply_sha256) == vendor.answers[0].body
    assert call.first_token_seconds is not None
    assert 0 <= call.first_token_seconds <= call.seconds


def test_anthropic_cache_writes_keep_their_two_kinds(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(anthropic())]
    usage = bench.open(NAMES["anthropic"], bench.desk()).ask(question()).usage
    assert usage == Usage(input=100, output=20, cache_read=64, cache_write_5m=15, cache_write_1h=5)


@pytest.mark.parametrize("which", ["openai", "openai_responses", "google"])
def test_reasoning_tokens_are_part_of_the_output(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(REPLIES[which]())]
    usage = bench.open(NAMES[which], bench.desk()).ask(question()).usage
    assert (usage.output, usage.reasoning) == (20, 8)


@pytest.mark.parametrize("which", ALL)
def test_a_cut_reply_is_returned_and_marked(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(TRUNCATED[which])]
    desk = bench.desk()
    reply = bench.open(NAMES[which], desk).ask(question())
    assert reply.truncated
    assert reply.text == "hello wörld"
    assert [call.failure.name for call in bench.finished(desk)] == ["truncated_reply"]


@pytest.mark.parametrize("which", ALL)
def test_a_refusal_is_not_retried(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(REFUSED[which])]
    desk = bench.desk()
    with pytest.raises(ProviderError, match=r"provider\.refusal"):
        bench.open(NAMES[which], desk).ask(question())
    assert [call.failure.name for call in bench.finished(desk)] == ["refusal"]


def test_a_temperature_that_the_client_drops_is_named(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(openai())]
    desk = bench.desk()
    bench.open("openai:gpt-5.1", desk).ask(question())
    (call,) = bench.finished(desk)
    assert call.asked["temperature"] == 0.0
    assert "temperature" not in vendor.bodies[0]
    assert "temperature" not in call.sent
    assert call.dropped == ("temperature",)


def test_other_servers_are_sent_the_parameter_they_know(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(openai()), make_answer(openai())]
    bench.open("compatible:m", bench.desk()).ask(question())
    bench.open("openai:gpt-4.1", bench.desk("t1")).ask(question())
    assert "max_tokens" in vendor.bodies[0]
    assert "max_completion_tokens" in vendor.bodies[1]
    assert vendor.bodies[0]["stream_options"] == {"include_usage": True}


def test_a_model_that_refuses_a_temperature_is_asked_without(bench: Any, vendor: Any, make_answer: Any) -> None:
    error = b'{"error": {"message": "Unsupported value: \'temperature\' must be 1", "code": "unsupported_value"}}'
    vendor.answers = [make_answer(error, status=400), make_answer(openai()), make_answer(openai())]
    desk = bench.desk()
    client = bench.open("openai:gpt-4.1", desk)
    client.ask(question())
    client.ask(question(seed=1))
    calls = bench.finished(desk)
    assert [call.failure and call.failure.name for call in calls] == ["invalid_request", None, None]
    assert [call.dropped for call in calls] == [(), ("temperature",), ("temperature",)]
    assert [(call.call, call.attempt) for call in calls] == [(1, 1), (1, 2), (2, 1)]


def test_a_temperature_refused_by_the_client_library_costs_no_request(
    bench: Any, vendor: Any, make_answer: Any
) -> None:
    vendor.answers = [make_answer(anthropic())]
    desk = bench.desk()
    assert bench.open("anthropic:claude-sonnet-5-5", desk).ask(question()).text == "hello wörld"
    assert [call.dropped for call in bench.finished(desk)] == [("temperature",)]


PLAIN = {
    "openai": {
        "model": "gpt-4.1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 1},
    },
    "openai_responses": {
        "model": "gpt-4.1",
        "status": "completed",
        "output": [{"type": "message", "content": [{"type": "output_text", "text": "hello"}]}],
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
    "anthropic": {
        "type": "message",
        "model": "claude-haiku-4-5",
        "content": [{"type": "text", "text": "hello"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 1},
    },
    "google": {
        "modelVersion": "gemini-2.5-flash",
        "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 1},
    },
}


@pytest.mark.parametrize("which", PLAIN)
def test_a_server_that_does_not_stream_is_understood(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(json.dumps(PLAIN[which]).encode())]
    desk = bench.desk()
    reply = bench.open(NAMES[which], desk).ask(question())
    assert (reply.text, reply.usage.input, reply.usage.output) == ("hello", 3, 1)
    assert [call.failure for call in bench.finished(desk)] == [None]
