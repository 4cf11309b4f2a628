"""Starts the embedded model's server in a child process and stops it again."""

import os
import secrets
import subprocess
import threading
from pathlib import Path
from typing import Self

from hepcoder.agents.models.local_machine import available_memory_bytes, usable_cores
from hepcoder.agents.models.local_process import LocalModelError, check_health, end, spawn, wait_for_address
from hepcoder.agents.models.weights import Weights, find_weights, weights_named

__all__ = ["LocalModelError", "LocalServer", "start_server"]

DEFAULT_CONTEXT_TOKENS = 8192
LOAD_TIMEOUT_SECONDS = 300.0
PROMPT_CACHE_MIB = 512
WORKING_BYTES = 750 << 20  # buffers and the interpreter: 2.1 GB resident were measured at 8192 tokens


class LocalServer:
    """A running server of an embedded model; as a context manager it stops at the end.

    Attributes:
        base_url: Address without path, ``http://127.0.0.1:PORT``.
        openai_url: What an OpenAI client takes as its base URL; an Anthropic client takes `base_url`.
        api_key: The random key of this server.
        model: The embedded model's name.
        context_tokens: Prompt and reply together, at most.
        pid: Process id of the child.
        log_path: The server's own log; removed when it is closed.
    """

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        *,
        base_url: str,
        api_key: str,
        model: str,
        context_tokens: int,
        log_path: Path,
    ) -> None:
        self._process = process
        self.base_url = base_url
        self.openai_url = base_url + "/v1"
        self.api_key = api_key
        self.model = model
        self.context_tokens = context_tokens
        self.pid = process.pid
        self.log_path = log_path

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stop the child and remove its log; a second call does nothing."""
        end(self._process)
        self.log_path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def start_server(
    name: str | Weights,
    *,
    context_tokens: int = DEFAULT_CONTEXT_TOKENS,
    threads: int | None = None,
    port: int = 0,
    api_key: str | None = None,
    stop: threading.Event | None = None,
    timeout_seconds: float = LOAD_TIMEOUT_SECONDS,
) -> LocalServer:
    """Start the server of an embedded model and wait until it answers.

    It listens on the loopback interface only, wants a random key, ignores Ctrl-C and ends with this process.

    Args:
        name: The model's name, without ``local:``, or a row of the table.
        context_tokens: Prompt and reply together; 256 up to what the model was trained for.
        threads: Threads to compute with; None takes the physical cores this process may use.
        port: Where to listen; 0 lets the kernel pick a free one.
        api_key: What clients must show; None makes a random one.
        stop: When set, loading is given up.
        timeout_seconds: Longest wait for the model to load.

    Returns:
        The running server; close it.

    Raises:
        UnknownWeightsError: No embedded model has this name.
        LocalModelError: The weights or xllamacpp are missing, an argument is out of range, memory does not suffice,
            or the server did not come up; its log is kept and named.
    """
    weights = weights_named(name)
    _check_arguments(weights, context_tokens, threads)
    path = find_weights(weights)
    if path is None:
        msg = f"the weights of {weights.name!r} are not in the cache; run `hepcoder models pull {weights.name}`"
        raise LocalModelError(msg)
    _check_memory(weights, context_tokens)
    key = api_key or secrets.token_urlsafe(32)
    settings = {
        "weights": str(path),
        "model": weights.name,
        "api_key": key,
        "context_tokens": context_tokens,
        "threads": threads or usable_cores(),
        "port": port,
        "prompt_cache_mib": PROMPT_CACHE_MIB,
        "parent_pid": os.getpid(),
    }
    process, log_path = spawn(settings)
    try:
        address = wait_for_address(process, log_path, stop=stop, timeout_seconds=timeout_seconds)
        check_health(address)
    except BaseException:
        end(process)
        raise
    return LocalServer(
        process,
        base_url=address,
        api_key=key,
        model=weights.name,
        context_tokens=context_tokens,
        log_path=log_path,
    )


def _check_arguments(weights: Weights, context_tokens: int, threads: int | None) -> None:
    if not 256 <= context_tokens <= weights.context_tokens:
        msg = f"{context_tokens} context tokens for {weights.name!r}; it takes 256 to {weights.context_tokens}"
        raise LocalModelError(msg)
    if threads is not None and threads < 1:
        msg = f"{threads} threads; at least 1, or None for the physical cores"
        raise LocalModelError(msg)


def _check_memory(weights: Weights, context_tokens: int) -> None:
    """Refuse to load what would drive the machine out of memory."""
    needed = weights.size_bytes + context_tokens * weights.kv_bytes_per_token + WORKING_BYTES
    available = available_memory_bytes()
    if available is not None and available < needed:
        msg = (
            f"{weights.name!r} with {context_tokens} context tokens takes about {needed / 1e9:.1f} GB of memory, "
            f"{available / 1e9:.1f} GB are available; ask for a smaller context or free some"
        )
        raise LocalModelError(msg)
