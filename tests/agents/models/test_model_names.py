"""Names, keys, prices, scripts and the list of models."""

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from genai_prices.data_snapshot import get_snapshot

from hepcoder.agents.models.listing import list_models
from hepcoder.agents.models.prices import Pricer, parse_price, table_version
from hepcoder.agents.models.records import Ask, Message
from hepcoder.agents.models.registry import default_model, parse_model
from hepcoder.agents.models.scripted import read_script
from hepcoder.agents.models.sse import read_events
from hepcoder.agents.models.vendors import is_closed
from hepcoder.agents.models.wire import get_wire
from hepcoder.ledger.errors import CredentialError, InputError, ModelNotFoundError, UserError
from hepcoder.ledger.usage import Usage

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "anthropic:claude-sonnet-4-5",
        "anthropic:claude-sonnet-4-5-20250929",
        "openai:gpt-5.1",
        "openai:gpt-4o-2024-08-06",
        "openai_responses:gpt-5.1",
        "google_genai:gemini-2.5-flash",
        "openai:gpt-9-mini",
        "openai:something-nobody-heard-of",
        "compatible:org/any-model:free",
        "local:qwen2.5-coder-1.5b",
        "scripted:/tmp/a.yaml",
    ],
)
def test_names_that_are_taken(name: str) -> None:
    spec = parse_model(name)
    assert f"{spec.vendor}:{spec.model}" == spec.name == name


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("anthropic:claude-sonet-4-5", "anthropic:claude-sonnet-4-5"),
        ("openai:gtp-5.1", "openai:gpt-5.1"),
        ("google_genai:gemni-2.5-flash", "google_genai:gemini-2.5-flash"),
        ("antropic:claude-sonnet-4-5", "anthropic:claude-sonnet-4-5"),
        ("gpt-5.1", "VENDOR:MODEL"),
        ("openai:", "openai"),
        ("", "VENDOR:MODEL"),
    ],
)
def test_misspelt_names_get_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(ModelNotFoundError, match=hint):
        parse_model(name)


def test_a_missing_key_names_its_variable(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_API_KEY")
    with pytest.raises(CredentialError, match="GOOGLE_API_KEY or GEMINI_API_KEY"):
        bench.open("google_genai:gemini-2.5-flash", bench.desk())
    monkeypatch.setenv("GEMINI_API_KEY", "abc")
    bench.open("google_genai:gemini-2.5-flash", bench.desk("t1"))


@pytest.mark.parametrize("url", ["ftp://a", "localhost:8000", "http://"])
def test_a_server_needs_an_address(url: str, bench: Any) -> None:
    with pytest.raises(UserError, match="HEPCODER_BASE_URL"):
        bench.open("compatible:m", bench.desk(), base_url=url)


def test_the_default_follows_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "GEMINI_API_KEY"):
        monkeypatch.delenv(variable, raising=False)
    assert default_model() == "local:qwen2.5-coder-1.5b"
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert parse_model(default_model()).vendor == "openai"
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    assert parse_model(default_model()).vendor == "anthropic"


def test_the_list_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    models = {status.name: status for status in list_models()}
    assert models["openai:gpt-5.1"].usable
    assert models["openai:gpt-5.1"].context_tokens == 400_000
    assert models["openai:gpt-5.1"].usd_per_mtok_output == 10
    assert models["anthropic:claude-haiku-4-5"].reason == "set ANTHROPIC_API_KEY"
    assert models["local:qwen2.5-coder-1.5b"].usd_per_mtok_input is None


def test_cache_writes_of_an_hour_cost_more() -> None:
    pricer = Pricer("claude-sonnet-4-5", provider="anthropic")
    usage = Usage(input=100_000, output=5_000, cache_read=64_000, cache_write_5m=15_000, cache_write_1h=5_000)
    cost = pricer.cost(usage, served="claude-sonnet-4-5-20250929", at=NOW)
    # 16k x $3 + 64k x $0.30 + 15k x $3.75 + 5k x $6 + 5k x $15, per million
    assert cost.usd == Decimal("0.22845")
    assert (cost.source, cost.version) == ("genai-prices", table_version())


def test_prices_are_those_of_the_calls_own_time() -> None:
    pricer = Pricer("o3", provider="openai")
    usage = Usage(input=1_000_000, output=0)
    early = pricer.cost(usage, served=None, at=datetime(2025, 5, 1, tzinfo=UTC)).usd
    late = pricer.cost(usage, served=None, at=datetime(2025, 7, 1, tzinfo=UTC)).usd
    assert (early, late) == (Decimal(10), Decimal(2))


@pytest.mark.parametrize("usage", [Usage(), Usage(input=5), Usage(input=5, output=5)])
def test_unknown_is_never_free(usage: Usage) -> None:
    cost = Pricer("no-such-model", provider="openai").cost(usage, served="nor-this", at=NOW)
    assert (cost.usd, cost.source) == (None, "unpriced")


def test_the_users_price_wins() -> None:
    pricer = Pricer("gpt-5.1", provider="openai", user=parse_price("1, 2"))
    cost = pricer.cost(Usage(input=1_000_000, output=500_000), served=None, at=NOW)
    assert (cost.usd, cost.source) == (Decimal(2), "user")


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "-1,2", "nan,1"])
def test_a_price_that_is_none(text: str) -> None:
    with pytest.raises(UserError, match="INPUT,OUTPUT"):
        parse_price(text)


RAW = {
    "openai": (
        "openai_chat",
        "chat",
        (
            b'{"model": "gpt-5.1", "choices": [{"message": {"content": "a"}, "finish_reason": "stop"}], "usage":'
            b'{"prompt_tokens": 90, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 64}}}'
        ),
    ),
    "anthropic": (
        "anthropic",
        "default",
        (
            b'{"type": "message", "model": "claude-sonnet-4-5", "content": [{"type": "text", "text": "a"}],'
            b'"stop_reason": "end_turn", "usage": {"input_tokens": 16, "cache_read_input_tokens": 64,'
            b'"output_tokens": 9,'
            b'"cache_creation_input_tokens": 20, "cache_creation": {"ephemeral_5m_input_tokens": 20,'
            b'"ephemeral_1h_input_tokens": 0}}}'
        ),
    ),
    "google": (
        "google",
        "default",
        (
            b'{"modelVersion": "gemini-2.5-flash", "candidates": [{"content": {"parts": [{"text": "a"}]},'
            b'"finishReason": "STOP"}], "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 12,'
            b'"thoughtsTokenCount": 8, "cachedContentTokenCount": 64}}'
        ),
    ),
}


@pytest.mark.parametrize("provider", RAW)
def test_tokens_agree_with_an_independent_reader(provider: str) -> None:
    wire, flavor, body = RAW[provider]
    events, streamed = read_events(body)
    ours = get_wire(wire).fold(events).usage  # type: ignore[arg-type]
    theirs = get_snapshot().extract_usage(events[0], provider_id=provider, api_flavor=flavor).usage
    assert not streamed
    assert (ours.input, ours.output) == (theirs.input_tokens, theirs.output_tokens)
    assert ours.cache_read == theirs.cache_read_tokens == 64


def test_a_script_from_a_file(tmp_path: Path, bench: Any) -> None:
    path = tmp_path / "script.yaml"
    path.write_text("replies:\n  - one\n  - {status: 503, text: busy}\n  - two\n")
    client = bench.open(f"scripted:{path}", bench.desk())
    ask = Ask(messages=(Message(role="user", text="a b c"),), node="code", step=1)
    assert [client.ask(ask).text for _ in range(2)] == ["one", "two"]
    with pytest.raises(Exception, match="holds 3 replies and was asked for number 4"):
        client.ask(ask)


@pytest.mark.parametrize("content", ["", "replies: 5", "replies: [{status: 12}]", ": :", "answers: []"])
def test_a_script_that_is_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "script.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match="replies"):
        read_script(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_script(tmp_path / "missing.yaml")


def test_only_closed_schemas_are_strict() -> None:
    item = {"type": "object", "properties": {"a": {}}, "required": ["a"], "additionalProperties": False}
    assert is_closed({"type": "array", "items": item})
    assert not is_closed({"type": "array", "items": item | {"required": []}})


def test_names_are_read_without_a_vendors_package() -> None:
    code = (
        "import sys; from hepcoder.agents.models import registry, records, base; registry.default_model();"
        "print(sorted(n for n in ('openai', 'anthropic', 'google.genai', 'langchain_core') if n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_another_server_serves_is_not_priced_as_the_vendors() -> None:
    pricer = Pricer("gpt-5.1", provider="openai", redirected=True)
    usage = Usage(input=1000, output=1000)
    assert pricer.cost(usage, served="qwen2.5-coder-1.5b", at=NOW).source == "unpriced"
    assert pricer.cost(usage, served="gpt-5.1-2025-11-13", at=NOW).source == "genai-prices"
