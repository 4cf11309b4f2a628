"""The embedded server's child process: start it, wait for it, say why it failed, end it."""

import http
import http.client
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hepcoder.agents.models.llama_child import EXIT_NO_LIBRARY

HEALTH_TIMEOUT_SECONDS = 10.0
CLOSE_SECONDS = 3.0
POLL_SECONDS = 0.1
# What a child needs to find its interpreter, libraries and packages; no key of a vendor is among it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
# How long OpenMP threads spin before they sleep. Without a bound they starve each other on busy cores (0.4 tokens/s
# seen at load 7 on 2 cores); threads that never spin cost a third of the speed on idle ones (13 against 20 tokens/s).
SET_FOR_CHILD = {"GOMP_SPINCOUNT": "5000"}


class LocalModelError(Exception):
    """The embedded model could not be started."""


def spawn(settings: dict[str, Any]) -> tuple["subprocess.Popen[bytes]", Path]:
    """Start the child and hand it its settings, the key among them, through its standard input.

    Args:
        settings: What `llama_child` reads.

    Returns:
        The process and the file its log goes to.
    """
    handle, log_name = tempfile.mkstemp(prefix="hepcoder-llama-", suffix=".log")
    with os.fdopen(handle, "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hepcoder.agents.models.llama_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ} | SET_FOR_CHILD,
            start_new_session=True,  # Ctrl-C is the parent's to answer
        )
    try:
        if process.stdin is not None:
            process.stdin.write(json.dumps(settings).encode() + b"\n")
    except BrokenPipeError:
        pass  # it died at once; its exit code and log tell why
    return process, Path(log_name)


def wait_for_address(
    process: "subprocess.Popen[bytes]", log_path: Path, *, stop: threading.Event | None, timeout_seconds: float
) -> str:
    """Return the address the child serves at, once the model is loaded.

    Args:
        process: The child.
        log_path: Its log, for messages.
        stop: When set, waiting is given up.
        timeout_seconds: Longest wait.

    Raises:
        LocalModelError: The child ended or the time is up, or `stop` was set.
    """
    deadline = time.monotonic() + timeout_seconds
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout or -1, selectors.EVENT_READ)
        while not selector.select(POLL_SECONDS):
            if stop is not None and stop.is_set():
                msg = "loading the embedded model was given up on request"
                raise LocalModelError(msg)
            if time.monotonic() > deadline:
                msg = f"the embedded model did not load within {timeout_seconds:g} s; log: {log_path}"
                raise LocalModelError(msg)
    line = process.stdout.readline() if process.stdout else b""
    answer: dict[str, str] = json.loads(line) if line else {}
    if "address" not in answer:
        raise LocalModelError(_why_it_ended(process, answer.get("error", ""), log_path))
    return answer["address"]


def _why_it_ended(process: "subprocess.Popen[bytes]", error: str, log_path: Path) -> str:
    code = process.wait(CLOSE_SECONDS)
    if code == EXIT_NO_LIBRARY:
        return f'the embedded model needs xllamacpp ({error}); run `pip install "hepcoder[local]"`'
    if code == -signal.SIGKILL:
        return f"the embedded model's server was killed while loading, most likely for want of memory; log: {log_path}"
    lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"the embedded model's server ended while loading (exit code {code}): {error} {lines[-3:]}; log: {log_path}"


def check_health(address: str) -> None:
    """Ensure that the server answers.

    Args:
        address: ``http://127.0.0.1:PORT``.

    Raises:
        LocalModelError: It does not.
    """
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=HEALTH_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health")
        status = connection.getresponse().status
    except OSError as error:
        msg = f"the embedded model's server at {address} does not answer: {error}"
        raise LocalModelError(msg) from error
    finally:
        connection.close()
    if status != http.HTTPStatus.OK:
        msg = f"the embedded model's server at {address} answered its health check with {status}"
        raise LocalModelError(msg)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End the child: closing its input does, and if not, a signal."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
    try:
        process.wait(CLOSE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
