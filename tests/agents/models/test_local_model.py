"""The embedded model itself, through each vendor's real client."""

import http.client
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr

from hepcoder.agents.models.local import LocalServer, start_server
from hepcoder.agents.models.weights import find_weights

MODEL = "qwen2.5-coder-1.5b"
QUESTION = [("system", "Answer with one word."), ("human", "What is the capital of France?")]

if importlib.util.find_spec("xllamacpp") is None:
    pytest.skip("xllamacpp is not installed", allow_module_level=True)
if find_weights(MODEL) is None:
    pytest.skip(f"the weights of {MODEL} are not in the cache", allow_module_level=True)
pytestmark = pytest.mark.local_model


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with start_server(MODEL, context_tokens=2048) as running:
        yield running
    assert not running.alive
    assert not running.log_path.exists()


def chat_client(server: LocalServer, *, responses: bool) -> Any:
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(
        model=server.model,
        base_url=server.openai_url,
        api_key=SecretStr(server.api_key),
        temperature=0,
        max_completion_tokens=16,
        max_retries=0,
        use_responses_api=responses,
        stream_usage=True,
    )


def anthropic_client(server: LocalServer) -> Any:
    from langchain_anthropic import ChatAnthropic

    return ChatAnthropic(
        model_name=server.model,
        base_url=server.base_url,
        api_key=SecretStr(server.api_key),
        max_tokens_to_sample=16,
        max_retries=0,
        timeout=None,
        stop=None,
    )


@pytest.mark.parametrize("kind", ["chat", "responses", "anthropic"])
def test_each_vendors_client_gets_text_usage_and_a_stream(server: LocalServer, kind: str) -> None:
    client = anthropic_client(server) if kind == "anthropic" else chat_client(server, responses=kind == "responses")
    reply = client.invoke(QUESTION)
    assert "Paris" in reply.text
    assert reply.usage_metadata["input_tokens"] > 10
    assert reply.usage_metadata["output_tokens"] >= 1
    chunks = list(client.stream(QUESTION))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert len(chunks) > 1
    assert whole.text == reply.text
    assert whole.usage_metadata["output_tokens"] >= 1


def post(server: LocalServer, body: dict[str, Any], *, key: str | None = None) -> tuple[int, dict[str, Any]]:
    parts = urlsplit(server.base_url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=300)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    connection.request("POST", "/v1/chat/completions", json.dumps({"temperature": 0, **body}), headers)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    return response.status, answer


def test_without_the_key_nothing_is_answered(server: LocalServer) -> None:
    for key in (None, "wrong"):
        status, _ = post(server, {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1}, key=key)
        assert status == 401


def test_the_key_is_in_no_argument_environment_or_log(server: LocalServer) -> None:
    process = Path(f"/proc/{server.pid}")
    for place in (process / "cmdline", process / "environ", server.log_path):
        assert server.api_key.encode() not in place.read_bytes()


def test_the_same_request_gives_the_same_text_with_and_without_the_cached_prompt(server: LocalServer) -> None:
    system = "You repair Python scripts for particle physics. " * 8
    body = {
        "messages": [
            {"role": "system", "content": system},
            {"role": "user", "content": "Write a function that returns the invariant mass of two four-vectors."},
        ],
        "max_tokens": 16,
    }
    replies = [post(server, {**body, "cache_prompt": cached}, key=server.api_key)[1] for cached in (False, True, True)]
    texts = {reply["choices"][0]["message"]["content"] for reply in replies}
    assert len(texts) == 1
    assert replies[0]["timings"]["prompt_n"] > 60
    assert replies[2]["timings"]["prompt_n"] == 1
    assert replies[2]["usage"]["prompt_tokens_details"]["cached_tokens"] > 60


def test_a_json_schema_is_kept(server: LocalServer) -> None:
    schema = {
        "type": "object",
        "properties": {
            "collection": {"enum": ["Muon", "Electron", "Jet"]},
            "pt_min_gev": {"type": "number"},
            "charge": {"enum": ["same", "opposite"]},
        },
        "required": ["collection", "pt_min_gev", "charge"],
        "additionalProperties": False,
    }
    body = {
        "messages": [{"role": "user", "content": "Select two muons of opposite charge with pt above 25 GeV, as JSON."}],
        "max_tokens": 80,
        "response_format": {"type": "json_schema", "json_schema": {"name": "cut", "schema": schema, "strict": True}},
    }
    status, reply = post(server, body, key=server.api_key)
    assert status == 200
    assert json.loads(reply["choices"][0]["message"]["content"]) == {
        "collection": "Muon",
        "pt_min_gev": 25,
        "charge": "opposite",
    }


def test_a_prompt_that_does_not_fit_is_refused(server: LocalServer) -> None:
    status, reply = post(
        server, {"messages": [{"role": "user", "content": "muon " * 3000}], "max_tokens": 1}, key=server.api_key
    )
    assert status == 400
    assert reply["error"]["type"] == "exceed_context_size_error"


def test_a_killed_parent_takes_the_server_along() -> None:
    script = (
        "import sys, time\n"
        "from hepcoder.agents.models.local import start_server\n"
        f"server = start_server({MODEL!r}, context_tokens=512)\n"
        "print(server.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        wait = threading.Event()
        for _ in range(50):
            if not Path(f"/proc/{child}/cmdline").exists() or not Path(f"/proc/{child}/cmdline").read_bytes():
                return
            wait.wait(0.02)
    pytest.fail(f"process {child} outlived its parent by a second")
