"""Record, resume and strict replay of calls."""

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.models.records import Ask, Message
from hepcoder.agents.models.scripted import ScriptedModel, ScriptedReply
from hepcoder.ledger.errors import ReplayMissError
from hepcoder.ledger.events import CallFinished
from hepcoder.ledger.recording import Recording, count_before

GOOD = json.dumps(
    {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "claude",
        "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 1},
    }
)


def question(text: str, step: int) -> Ask:
    return Ask(messages=(Message(role="user", text=text),), node="code", step=step)


def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def ask_all(client: Any) -> list[str]:
    said = []
    for step, text in enumerate(("a", "b", "a", "c"), start=1):
        try:
            said.append(client.ask(question(text, step)).text)
        except ProviderError as error:
            said.append(error.failure.label)
    return said


def script() -> ScriptedModel:
    return ScriptedModel(
        [
            ScriptedReply(status=429, headers={"retry-after": "3"}, text="slow down"),
            "first answer to a",
            ScriptedReply(text="a reply that is cut by the network half way through", cut=True),
            ScriptedReply(text="b, cut at the cap", finish="length"),
            "second answer to a",
            ScriptedReply(status=401, text="bad key"),
        ]
    )


def without_times(call: CallFinished) -> dict[str, Any]:
    return call.model_dump(exclude={"replayed"})


def test_replay_is_the_recorded_run_again(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bench.desk()
    said = ask_all(bench.open("scripted:x", first, script=script()))
    assert said == ["first answer to a", "b, cut at the cap", "second answer to a", "provider.authentication"]
    assert bench.waits[0] == 3.0
    bench.waits.clear()

    no_sockets(monkeypatch)
    again = bench.desk("again", mode="replay", recording=Recording(first.log.events, first.artifacts))
    assert ask_all(bench.open("scripted:x", again)) == said
    assert bench.waits == []
    assert all(call.replayed for call in bench.finished(again))
    assert [without_times(c) for c in bench.finished(again)] == [without_times(c) for c in bench.finished(first)]


def test_replay_of_each_vendor_needs_no_key_and_no_socket(
    bench: Any, vendor: Any, make_answer: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    google = {"candidates": [{"content": {"parts": [{"text": "hi"}]}, "finishReason": "STOP"}]}
    message = {"index": 0, "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    chunk |= {"choices": [message | {"delta": {"content": "hi"}}]}
    start = {"type": "message_start", "message": json.loads(GOOD) | {"content": [], "stop_reason": None}}
    claude = [
        start,
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]
    streams = {
        "google_genai:gemini-2.5-flash": f"data: {json.dumps(google)}\n\n",
        "openai:gpt-4.1": f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n",
        "anthropic:claude-haiku-4-5": "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in claude),
    }
    vendor.answers = [make_answer(body.encode()) for body in streams.values()]
    desks = {name: bench.desk(f"t{number}") for number, name in enumerate(streams)}
    for name, desk in desks.items():
        assert bench.open(name, desk).ask(question("a", 1)).text == "hi"

    no_sockets(monkeypatch)
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(variable)
    for number, (name, desk) in enumerate(desks.items()):
        again = bench.desk(f"r{number}", mode="replay", recording=Recording(desk.log.events, desk.artifacts))
        client = bench.open(name, again, base_url=None)
        assert client.ask(question("a", 1)).text == "hi"
        with pytest.raises(ReplayMissError, match="holds no attempt"):
            client.ask(question("something else", 2))
        with pytest.raises(ReplayMissError):
            client.ask(question("a", 3))
        assert len(bench.started(again)) == 1


def test_live_mode_stores_no_reply(bench: Any) -> None:
    desk = bench.desk(mode="live")
    bench.open("scripted:x", desk, script=ScriptedModel(["secret answer"])).ask(question("a", 1))
    (call,) = bench.finished(desk)
    assert call.reply_sha256 is None
    assert not any(b"secret answer" in path.read_bytes() for path in bench.folder.rglob("*") if path.is_file())
    again = bench.desk("again", mode="replay", recording=Recording(desk.log.events, desk.artifacts))
    with pytest.raises(ReplayMissError, match="live mode"):
        bench.open("scripted:x", again).ask(question("a", 1))


def reopen(bench: Any, desk: Any, step: int) -> Any:
    desk.log.close()
    events = desk.log.events
    own = Recording(events, desk.artifacts)
    return bench.desk(recording=own, ordinals=count_before(events, step))


def test_a_resumed_step_does_not_pay_again(bench: Any) -> None:
    desk = bench.desk()
    client = bench.open("scripted:x", desk, script=script())
    client.ask(question("a", 1))
    client.ask(question("b", 2))
    before = desk.log.events

    more = ScriptedModel(["new answer to a"])
    resumed = reopen(bench, desk, 2)
    client = bench.open("scripted:x", resumed, script=more)
    assert client.ask(question("b", 2)).text == "b, cut at the cap"
    assert resumed.log.events == before
    assert more.requests == []
    assert client.ask(question("a", 3)).text == "new answer to a"
    call = bench.finished(resumed)[-1]
    assert (call.call, call.attempt, call.ordinal) == (3, 1, 3)


def test_a_call_killed_between_its_retries_goes_on(bench: Any) -> None:
    desk = bench.desk()
    busy = ScriptedReply(status=503, text="busy")

    def die(seconds: float) -> None:
        raise KeyboardInterrupt

    from hepcoder.agents.models.open import open_model

    client = open_model("scripted:x", desk, script=ScriptedModel([busy]), sleep=die)
    with pytest.raises(KeyboardInterrupt):
        client.ask(question("a", 1))

    resumed = reopen(bench, desk, 1)
    assert bench.open("scripted:x", resumed, script=ScriptedModel(["done"])).ask(question("a", 1)).text == "done"
    calls = bench.finished(resumed)
    assert [(call.call, call.attempt, call.ordinal) for call in calls] == [(1, 1, 1), (1, 2, 2)]

    again = bench.desk("again", mode="replay", recording=Recording(resumed.log.events, resumed.artifacts))
    assert bench.open("scripted:x", again).ask(question("a", 1)).text == "done"
    assert [without_times(c) for c in bench.finished(again)] == [without_times(c) for c in calls]


def test_a_changed_price_or_address_does_not_change_the_request(
    bench: Any, vendor: Any, make_answer: Callable[..., Any]
) -> None:
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    chunk |= {"choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
    vendor.answers = [make_answer(f"data: {json.dumps(chunk)}\n\n".encode())] * 2
    desks = [bench.desk("t1"), bench.desk("t2")]
    for desk, path in zip(desks, ("/v1", "/some/gateway/v2"), strict=True):
        bench.open("compatible:m", desk, base_url=vendor.address + path).ask(question("a", 1))
    first, second = (bench.finished(desk)[0].request_sha256 for desk in desks)
    assert first == second
    assert vendor.paths == ["/v1/chat/completions", "/some/gateway/v2/chat/completions"]
