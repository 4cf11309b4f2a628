"""hepcoder's own client against the embedded model, in each wire format that its server speaks."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from hepcoder.agents.models.desk import Desk
from hepcoder.agents.models.local import LocalServer, start_server
from hepcoder.agents.models.open import open_model
from hepcoder.agents.models.records import Ask, Message
from hepcoder.agents.models.weights import find_weights
from hepcoder.graphs.budget import BudgetGuard
from hepcoder.graphs.task import Budget
from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.events import CallFinished
from hepcoder.ledger.log import TrialLog
from hepcoder.ledger.secrets import find_secrets

MODEL = "qwen2.5-coder-1.5b"

if importlib.util.find_spec("xllamacpp") is None:
    pytest.skip("xllamacpp is not installed", allow_module_level=True)
if find_weights(MODEL) is None:
    pytest.skip(f"the weights of {MODEL} are not in the cache", allow_module_level=True)
pytestmark = pytest.mark.local_model

VENDORS = {
    "openai": ("OPENAI_API_KEY", "openai_chat", "/v1"),
    "openai_responses": ("OPENAI_API_KEY", "openai_responses", "/v1"),
    "anthropic": ("ANTHROPIC_API_KEY", "anthropic", ""),
    "compatible": ("HEPCODER_API_KEY", "openai_chat", "/v1"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with start_server(MODEL, context_tokens=2048) as running:
        yield running


@pytest.mark.parametrize("vendor", VENDORS)
def test_each_wire_format_gets_a_real_answer_and_a_record(
    vendor: str, server: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable, wire, path = VENDORS[vendor]
    monkeypatch.setenv(variable, server.api_key)
    heard: list[str] = []
    with TrialLog(tmp_path / "trial", "t0") as log:
        desk = Desk(log=log, artifacts=ArtifactStore(tmp_path / "artifacts"), budget=BudgetGuard(Budget()))
        client = open_model(f"{vendor}:{server.model}", desk, base_url=server.base_url + path)
        question = Message(role="user", text="Answer with one word: what is the capital of France?")
        ask = Ask(messages=(question,), node="code", step=1, max_tokens=16)
        reply = client.ask(ask, on_text=heard.append)
        client.close()
        (call,) = [event.body for event in log.events if isinstance(event.body, CallFinished)]
    assert "Paris" in reply.text
    assert "".join(heard) == reply.text
    assert (call.wire, call.status, call.failure) == (wire, 200, None)
    assert (call.usage.input or 0) > 10
    assert (call.usage.output or 0) > 0
    assert call.cost.usd is None
    assert find_secrets(tmp_path, [server.api_key]) == ()
