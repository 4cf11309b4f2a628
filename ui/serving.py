"""Serves an embedded model to any client on this machine until it is stopped."""

import os
import signal
import threading

from rich.console import Console

from hepcoder.agents.models.local import DEFAULT_CONTEXT_TOKENS, LocalServer, start_server
from hepcoder.agents.models.local_process import LocalModelError
from hepcoder.ledger.errors import ModelNotFoundError
from hepcoder.ui.pulling import ensure_weights
from hepcoder.ui.say import make_console, say_json

KEY_VARIABLE = "HEPCODER_SERVE_KEY"
_LOOK_SECONDS = 0.5


def serve(name: str, port: int, threads: int | None, context_tokens: int | None, *, as_json: bool) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        name: The embedded model, without ``local:``; its weights are fetched if they are missing.
        port: Where to listen; 0 takes any free one.
        threads: Threads to compute with; None takes the physical cores this process may use.
        context_tokens: Prompt and reply together; None takes 8192.
        as_json: Print one JSON document when it serves.

    Returns:
        Exit code 0.

    Raises:
        ModelNotFoundError: There is no such model, it cannot be loaded, or its server ended.
    """
    ensure_weights(f"local:{name}", make_console(stderr=True))
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    key = os.environ.get(KEY_VARIABLE) or None
    try:
        server = start_server(
            name,
            context_tokens=context_tokens or DEFAULT_CONTEXT_TOKENS,
            threads=threads,
            port=port,
            api_key=key,
            stop=stopped,
        )
    except LocalModelError as error:
        raise ModelNotFoundError(str(error)) from error
    with server:
        _say(server, make_console(), as_json=as_json)
        while not stopped.wait(_LOOK_SECONDS):
            if not server.alive:
                message = f"the server of {name!r} ended by itself; its log: {server.log_path}"
                raise ModelNotFoundError(message)
    return 0


def _say(server: LocalServer, console: Console, *, as_json: bool) -> None:
    if as_json:
        say_json(
            {
                "model": server.model,
                "openai_base_url": server.openai_url,
                "anthropic_base_url": server.base_url,
                "api_key": server.api_key,
                "context_tokens": server.context_tokens,
            }
        )
        return
    console.print(f"{server.model} answers until Ctrl-C, {server.context_tokens:,} tokens of context")
    console.print(f"  OpenAI     --model compatible:{server.model} --base-url {server.openai_url}", soft_wrap=True)
    console.print(f"  Anthropic  --model anthropic:{server.model} --base-url {server.base_url}", soft_wrap=True)
    console.print(f"  key        {server.api_key}   (HEPCODER_API_KEY, ANTHROPIC_API_KEY)", soft_wrap=True)
