"""Starting the embedded server when something is missing or wrong; needs no weights."""

import hashlib
import importlib.util
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from hepcoder.agents.models.local import LocalModelError, start_server
from hepcoder.agents.models.local_machine import available_memory_bytes, usable_cores
from hepcoder.agents.models.weights import Weights, install_weights

needs_library = pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="xllamacpp is not installed")


@pytest.fixture
def garbage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    """Verified weights that are no model at all."""
    monkeypatch.setenv("HEPCODER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    data = b"GGUF" + b"\0" * 1000
    weights = Weights(
        name="garbage",
        file_name="garbage.gguf",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="CC0-1.0",
        context_tokens=4096,
        kv_bytes_per_token=1,
        hub_url=None,
        wheels=None,
    )
    (tmp_path / "mine").write_bytes(data)
    install_weights(weights, tmp_path / "mine")
    return weights


def test_missing_weights_name_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEPCODER_CACHE", str(tmp_path))
    with pytest.raises(LocalModelError, match=r"run `hepcoder models pull qwen2\.5-coder-1\.5b`"):
        start_server("qwen2.5-coder-1.5b")


@pytest.mark.parametrize("context_tokens", [0, 255, 4097])
def test_a_context_out_of_range_is_refused(garbage: Weights, context_tokens: int) -> None:
    with pytest.raises(LocalModelError, match=rf"{context_tokens} context tokens for 'garbage'; it takes 256 to 4096"):
        start_server(garbage, context_tokens=context_tokens)


def test_no_threads_are_refused(garbage: Weights) -> None:
    with pytest.raises(LocalModelError, match="0 threads; at least 1"):
        start_server(garbage, context_tokens=512, threads=0)


def test_too_little_memory_is_said_with_both_numbers(garbage: Weights) -> None:
    hungry = garbage.model_copy(update={"kv_bytes_per_token": 1 << 40})
    with pytest.raises(LocalModelError, match=r"takes about 562950\.7 GB of memory, [\d.]+ GB are available"):
        start_server(hungry, context_tokens=512)


@needs_library
def test_a_file_that_is_no_model_fails_cleanly(garbage: Weights) -> None:
    with pytest.raises(LocalModelError, match=r"ended while loading \(exit code 4\).*log: "):
        start_server(garbage, context_tokens=512)


def test_a_missing_library_names_the_extra(garbage: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('not here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(LocalModelError, match=r'needs xllamacpp \(not here\); run `pip install "hepcoder\[local\]"`'):
        start_server(garbage, context_tokens=512)


FAKE = """
import os, signal, time
class Bag: pass
class CommonParams:
    def __init__(self): self.model, self.cpuparams, self.cpuparams_batch = Bag(), Bag(), Bag()
class Server:
    def __init__(self, parameters): %s
"""


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "was killed while loading, most likely for want of memory"),
        ("os.abort()", r"ended while loading \(exit code -6\)"),
        ("time.sleep(60)", r"did not load within 1.5 s"),
    ],
)
def test_a_load_that_dies_or_hangs(
    garbage: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, message: str
) -> None:
    (tmp_path / "xllamacpp.py").write_text(FAKE % behaviour)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    limit = 1.5 if "sleep" in behaviour else 60
    with pytest.raises(LocalModelError, match=message):
        start_server(garbage, context_tokens=512, timeout_seconds=limit)


def test_loading_can_be_given_up(garbage: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "xllamacpp.py").write_text(FAKE % "time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    stop = threading.Event()
    stop.set()
    with pytest.raises(LocalModelError, match="given up on request"):
        start_server(garbage, context_tokens=512, stop=stop)


def test_a_killed_parent_takes_the_loading_child_along(
    garbage: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even while foreign code holds the interpreter lock: here a native sleep called with the lock held."""
    behaviour = (
        "open(os.environ['TMPDIR'] + '/child.pid', 'w').write(str(os.getpid()) + '\\n'); "
        "import ctypes; ctypes.PyDLL(None).sleep(60)"
    )
    (tmp_path / "xllamacpp.py").write_text(FAKE % behaviour)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    parent = textwrap.dedent("""
        import sys
        from hepcoder.agents.models.local import start_server
        from hepcoder.agents.models.weights import Weights
        start_server(Weights.model_validate_json(sys.argv[1]), context_tokens=512)
    """)
    with subprocess.Popen([sys.executable, "-c", parent, garbage.model_dump_json()]) as process:
        pid_file = tmp_path / "child.pid"
        _until(lambda: pid_file.exists() and pid_file.read_text().endswith("\n"), seconds=60)
        child = int(pid_file.read_text())

        process.send_signal(signal.SIGKILL)
    _until(lambda: not _runs(child), seconds=1)


def test_the_machine_has_cores_and_memory() -> None:
    assert 1 <= usable_cores() <= len(os.sched_getaffinity(0))
    memory = available_memory_bytes()
    assert memory is None or memory > 0


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(condition: object, *, seconds: float) -> None:
    assert callable(condition)
    wait = threading.Event()
    for _ in range(int(seconds / 0.02)):
        if condition():
            return
        wait.wait(0.02)
    assert condition()
