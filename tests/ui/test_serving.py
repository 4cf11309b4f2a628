"""`hepcoder models serve`: an embedded model for the clients of other vendors."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import pytest

from hepcoder.agents.models.weights import find_weights
from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit

MODEL = "smollm2-135m"
CALL = "from hepcoder.ui.cli import main; main()"
KEY = "a-key-of-the-test-0123456789"


def test_a_model_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models", "serve", "no-such-model"]) == Exit.MODEL
    assert "no embedded model is called 'no-such-model'; there are: gemma-3-270m, " in capsys.readouterr().err


@pytest.fixture
def served() -> Iterator[tuple["subprocess.Popen[str]", dict[str, str]]]:
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("xllamacpp is not installed")
    if find_weights(MODEL) is None:
        pytest.skip(f"the weights of {MODEL} are not in the cache")
    command = [sys.executable, "-c", CALL, "models", "serve", MODEL, "--threads", "1", "--json"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"HEPCODER_SERVE_KEY": KEY}, start_new_session=True
    )
    assert process.stdout is not None
    text = ""
    while not text.endswith("}\n"):
        line = process.stdout.readline()
        assert line, text
        text += line
    yield process, json.loads(text)
    process.kill()
    process.wait()
    process.stdout.close()


def post(url: str, headers: dict[str, str], body: dict[str, object]) -> dict[str, object]:
    request = urllib.request.Request(url, json.dumps(body).encode(), headers | {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as reply:
        return dict(json.load(reply))


@pytest.mark.local_model
def test_both_wire_formats_answer_until_it_is_told_to_stop(
    served: tuple["subprocess.Popen[str]", dict[str, str]],
) -> None:
    process, told = served
    assert told["api_key"] == KEY
    question = {"model": MODEL, "max_tokens": 8, "messages": [{"role": "user", "content": "Say yes."}]}
    openai = post(told["openai_base_url"] + "/chat/completions", {"Authorization": f"Bearer {KEY}"}, question)
    anthropic = post(told["anthropic_base_url"] + "/v1/messages", {"x-api-key": KEY}, question)
    assert openai["choices"]
    assert anthropic["content"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    with pytest.raises(OSError, match="refused"):
        post(told["anthropic_base_url"] + "/v1/messages", {"x-api-key": KEY}, question)
