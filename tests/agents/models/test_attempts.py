"""Everything that goes wrong over HTTP: one record an attempt, the right class, the right retry, no key on disk."""

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.agents.models.base import ProviderError
from hepcoder.agents.models.classify import classify_reply, classify_status, read_retry_after
from hepcoder.agents.models.patience import Patience
from hepcoder.agents.models.records import Ask, Message
from hepcoder.agents.models.transport import CapturingTransport
from hepcoder.graphs.budget import BudgetExceededError
from hepcoder.graphs.task import Budget
from hepcoder.ledger.secrets import find_secrets

VENDORS = {
    "openai": "openai:gpt-4.1",
    "openai_responses": "openai_responses:gpt-4.1",
    "anthropic": "anthropic:claude-haiku-4-5",
    "google": "google_genai:gemini-2.5-flash",
}
BASE = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "gpt-4.1-2025-04-14"}
CHUNKS = (
    BASE | {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "hello"}}]},
    BASE | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    BASE | {"choices": [], "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}},
)
GOOD = ("".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n").encode()
HALF = f"data: {json.dumps(CHUNKS[0])}\n\n".encode()


def question(text: str = "say hello", **more: Any) -> Ask:
    return Ask(messages=(Message(role="user", text=text),), node="code", step=1, **more)


def error(message: str, **more: str) -> bytes:
    return json.dumps({"error": {"message": message} | more}).encode()


ERRORS = [
    (401, error("Incorrect API key provided", code="invalid_api_key"), "authentication"),
    (403, error("not allowed"), "authentication"),
    (404, error("no such model", code="model_not_found"), "model_not_found"),
    (400, error("maximum context length is 8192", code="context_length_exceeded"), "context_overflow"),
    (422, error("bad field"), "invalid_request"),
    (402, error("pay first"), "quota"),
    (429, error("no credit", type="insufficient_quota", code="insufficient_quota"), "quota"),
]
FLEETING = [
    (429, error("slow down", type="rate_limit_error"), "rate_limit"),
    (500, b"<html>oops</html>", "server_error"),
    (502, b"", "server_error"),
    (503, error("busy"), "overload"),
    (529, error("Overloaded", type="overloaded_error"), "overload"),
]


def each_error_and_each_vendor() -> list[Any]:
    """Every error at every vendor; of these, each error at one vendor and each vendor with some error in every run."""
    return [
        pytest.param(which, *one, marks=() if (row - column) % len(VENDORS) == 0 else pytest.mark.thorough)
        for row, one in enumerate(ERRORS)
        for column, which in enumerate(VENDORS)
    ]


@pytest.mark.parametrize(("which", "status", "body", "name"), each_error_and_each_vendor())
def test_a_lasting_error_is_sent_once(
    which: str, status: int, body: bytes, name: str, bench: Any, vendor: Any, make_answer: Any
) -> None:
    vendor.answers = [make_answer(body, status=status)]
    desk = bench.desk()
    with pytest.raises(ProviderError) as caught:
        bench.open(VENDORS[which], desk).ask(question())
    assert caught.value.failure.name == name
    (call,) = bench.finished(desk)
    assert (call.status, call.failure.name, call.cost.usd) == (status, name, Decimal(0))
    assert len(vendor.bodies) == len(bench.started(desk)) == 1
    assert bench.waits == []


@pytest.mark.parametrize("which", VENDORS)
@pytest.mark.parametrize(("status", "body", "name"), FLEETING)
def test_a_fleeting_error_is_sent_again_up_to_the_limit(
    which: str, status: int, body: bytes, name: str, bench: Any, vendor: Any, make_answer: Any
) -> None:
    vendor.answers = [make_answer(body, status=status)] * 3
    desk = bench.desk()
    with pytest.raises(ProviderError) as caught:
        bench.open(VENDORS[which], desk, patience=Patience(attempts=3)).ask(question())
    assert caught.value.failure.name == name
    calls = bench.finished(desk)
    assert [call.failure.name for call in calls] == [name] * 3
    assert [(call.call, call.attempt, call.ordinal) for call in calls] == [(1, 1, 1), (1, 2, 2), (1, 3, 3)]
    assert len(vendor.bodies) == 3
    assert 0.5 <= bench.waits[0] <= 1 <= bench.waits[1] <= 2


def test_the_wait_that_the_server_asks_for_is_kept(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [
        make_answer(error("slow"), status=429, headers={"retry-after": "7"}),
        make_answer(error("slow"), status=429, headers={"retry-after-ms": "2500"}),
        make_answer(GOOD),
    ]
    desk = bench.desk()
    assert bench.open("openai:gpt-4.1", desk).ask(question()).text == "hello"
    assert bench.waits == [7.0, 2.5]
    assert [call.retry_after_seconds for call in bench.finished(desk)] == [7.0, 2.5, None]


def test_no_wait_beyond_the_time_budget(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(error("slow"), status=429, headers={"retry-after": "7200"})]
    with pytest.raises(ProviderError, match=r"provider\.rate_limit"):
        bench.open("openai:gpt-4.1", bench.desk(budget=Budget(seconds=60))).ask(question())
    assert bench.waits == []


@pytest.mark.parametrize("which", VENDORS)
def test_silence_is_a_timeout(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(GOOD, hang=0.6)] * 2
    desk = bench.desk()
    with pytest.raises(ProviderError, match=r"provider\.timeout"):
        bench.open(VENDORS[which], desk, patience=Patience(attempts=2, read=0.1)).ask(question())
    assert [(call.status, call.failure.name) for call in bench.finished(desk)] == [(None, "timeout")] * 2


@pytest.mark.parametrize("which", VENDORS)
def test_a_closed_connection(which: str, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(cut=True)] * 2
    desk = bench.desk()
    with pytest.raises(ProviderError, match=r"provider\.connection"):
        bench.open(VENDORS[which], desk, patience=Patience(attempts=2)).ask(question())
    assert [(call.status, call.failure.name) for call in bench.finished(desk)] == [(None, "connection")] * 2


@pytest.mark.parametrize("cut", [True, False])
def test_a_stream_that_breaks_off_is_sent_again(cut: bool, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(HALF, cut=cut), make_answer(GOOD)]
    desk = bench.desk()
    assert bench.open("openai:gpt-4.1", desk).ask(question()).text == "hello"
    broken, whole = bench.finished(desk)
    assert (broken.status, broken.failure.name, whole.failure) == (200, "connection", None)
    assert desk.artifacts.get_bytes(broken.reply_sha256) == HALF


@pytest.mark.parametrize("which", VENDORS)
@pytest.mark.parametrize("body", [b"{not json", b"hello", b"data: {broken\n\n", b'{"choices": 5}'])
def test_a_malformed_reply_is_sent_again(which: str, body: bytes, bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(body)] * 2
    desk = bench.desk()
    with pytest.raises(ProviderError) as caught:
        bench.open(VENDORS[which], desk, patience=Patience(attempts=2)).ask(question())
    assert caught.value.failure.name in ("malformed_reply", "connection")
    assert len(bench.finished(desk)) == len(vendor.bodies) == 2


def test_no_key_reaches_the_disk(bench: Any, vendor: Any, make_answer: Any, key: str) -> None:
    said = error(f"Incorrect API key provided: {key}")
    vendor.answers = [make_answer(said, status=401, headers={"x-api-key": key, "x-request-id": "r"})] * 4
    for number, name in enumerate(VENDORS.values()):
        with pytest.raises(ProviderError) as caught:
            bench.open(name, bench.desk(f"t{number}")).ask(question())
        assert key not in str(caught.value)
    sent = [f"{path}{headers}" for path, headers in zip(vendor.paths, vendor.headers, strict=True)]
    assert all(key in request for request in sent)
    assert find_secrets(bench.folder, [key]) == ()


def test_a_key_too_short_for_a_secret_changes_no_word_that_is_kept() -> None:
    secrets = ("K", "EMPTY", "a-real-secret")
    transport = CapturingTransport(None, base_path="", limits={}, secrets=secrets, stop=threading.Event())
    assert transport.redact(b"Keep EMPTY events, a-real-secret") == b"Keep EMPTY events, [key]"


def test_budgets_refuse_before_anything_is_sent(bench: Any, vendor: Any) -> None:
    budgets = {
        "calls": Budget(calls=0),
        "tokens": Budget(tokens=100),
        "usd": Budget(usd=Decimal("0.000001")),
        "seconds": Budget(seconds=0),
    }
    for name, budget in budgets.items():
        desk = bench.desk(name, budget)
        with pytest.raises(BudgetExceededError) as caught:
            bench.open("openai:gpt-4.1", desk).ask(question())
        assert caught.value.name == name
        assert bench.events(desk) == ()
    assert vendor.bodies == []


def test_a_retry_needs_budget_too(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(error("busy"), status=503)]
    desk = bench.desk(budget=Budget(calls=1))
    with pytest.raises(BudgetExceededError, match="--max-calls"):
        bench.open("openai:gpt-4.1", desk).ask(question())
    assert len(bench.finished(desk)) == 1


def test_what_was_used_replaces_what_was_reserved(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(GOOD)]
    desk = bench.desk(budget=Budget(tokens=5000))
    bench.open("openai:gpt-4.1", desk).ask(question(max_tokens=4000))
    (started,), (call,) = bench.started(desk), bench.finished(desk)
    assert started.reserved_tokens > 4000
    assert desk.budget.reserve(tokens=3900, usd=None)
    assert started.reserved_usd > call.cost.usd == Decimal("0.0028")  # 1000 in at $2, 100 out at $8 per million


def test_a_prompt_beyond_the_context_is_not_sent(bench: Any, vendor: Any) -> None:
    desk = bench.desk()
    client = bench.open("openai:gpt-4.1", desk)
    client.context_tokens = 100
    with pytest.raises(ProviderError, match=r"at least 1000 tokens; the context of openai:gpt-4\.1 holds 100"):
        client.ask(question("x" * 6000))
    assert vendor.bodies == []


def test_stopping_gives_up_an_arriving_reply(bench: Any, vendor: Any, make_answer: Any) -> None:
    stop = threading.Event()
    desk = bench.desk(stop=stop)
    script = pytest.importorskip("hepcoder.agents.models.scripted").ScriptedModel(["a long reply " * 50])
    client = bench.open("scripted:x", desk, script=script)
    with pytest.raises(ProviderError, match=r"harness\.interrupted"):
        client.ask(question(), on_text=lambda text: stop.set())
    (call,) = bench.finished(desk)
    assert call.failure.label == "harness.interrupted"
    with pytest.raises(ProviderError, match="stopped"):
        client.ask(question())
    assert len(bench.started(desk)) == 1


def test_an_error_in_the_display_still_leaves_a_record(bench: Any) -> None:
    script = pytest.importorskip("hepcoder.agents.models.scripted").ScriptedModel(["a reply " * 50])
    desk = bench.desk()

    def show(text: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.open("scripted:x", desk, script=script).ask(question(), on_text=show)
    (call,) = bench.finished(desk)
    assert call.failure.label == "harness.interrupted"


def test_the_whole_attempt_has_a_time_limit(bench: Any, vendor: Any, make_answer: Any) -> None:
    vendor.answers = [make_answer(GOOD, hang=0.5)]
    began = time.monotonic()
    with pytest.raises(ProviderError, match=r"provider\.timeout"):
        bench.open("openai:gpt-4.1", bench.desk(), patience=Patience(attempts=1, read=5, whole=0.2)).ask(question())
    assert time.monotonic() - began < 3


@given(st.integers(min_value=0, max_value=10**6))
def test_retry_after_reads_seconds_and_dates_alike(seconds: int) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=seconds), usegmt=True)
    assert read_retry_after({"retry-after": str(seconds)}, now) == seconds
    assert read_retry_after({"retry-after": date}, now) == seconds


@given(st.integers(min_value=300, max_value=599), st.binary(max_size=60))
def test_every_error_body_has_a_class(status: int, body: bytes) -> None:
    assert classify_status(status, body).stage == "provider"


@given(st.sampled_from(["openai_chat", "openai_responses", "anthropic", "google"]), st.binary(max_size=60))
def test_no_reply_body_breaks_the_reader(wire: Any, body: bytes) -> None:
    _, failure = classify_reply(wire, 200, body)
    assert failure is not None


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "delta", "message", "content", "type", "usage", "output", "candidates", "parts"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@given(st.sampled_from(["openai_chat", "openai_responses", "anthropic", "google"]), ANY_JSON)
def test_no_json_breaks_the_reader(wire: Any, value: Any) -> None:
    classify_reply(wire, 200, json.dumps(value).encode())
