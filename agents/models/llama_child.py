"""The child process that runs the embedded model's server; started by `hepcoder.agents.models.local` only.

It reads one line of JSON (its settings, the key among them) from its standard input, answers with one line on its
standard output, serves, and ends when its parent closes the pipe, in whatever way the parent ends.
"""

import fcntl
import json
import os
import select
import sys
import time
from typing import Any

EXIT_ORPHANED = 0
EXIT_NO_LIBRARY = 3
EXIT_LOAD_FAILED = 4
PARENT_CHECK_SECONDS = 0.5


def main() -> int:
    """Serve until the parent is gone.

    Returns:
        Exit code; 3 when xllamacpp is missing, 4 when the model cannot be loaded.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # llama.cpp writes to both; only our one line may reach the parent
    settings = json.loads(sys.stdin.buffer.readline())
    _end_with_parent()
    try:
        import xllamacpp
    except ImportError as error:
        _answer(answers, {"error": str(error)})
        return EXIT_NO_LIBRARY
    try:
        server = xllamacpp.Server(_parameters(xllamacpp, settings))
    except RuntimeError as error:
        _answer(answers, {"error": str(error)})
        return EXIT_LOAD_FAILED
    _answer(answers, {"address": server.listening_address})
    while os.getppid() == settings["parent_pid"]:
        time.sleep(PARENT_CHECK_SECONDS)
    os._exit(EXIT_ORPHANED)


def _end_with_parent() -> None:
    """Have the kernel end this process when the parent's end of standard input closes.

    A thread would not do: loading the model holds the interpreter lock for seconds.
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    closed_before, _, _ = select.select([0], [], [], 0)
    if closed_before:
        os._exit(EXIT_ORPHANED)


def _parameters(xllamacpp: Any, settings: dict[str, Any]) -> Any:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["weights"]
    parameters.model_alias = {settings["model"]}
    parameters.n_ctx = settings["context_tokens"]
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = settings["threads"]
    parameters.cpuparams_batch.n_threads = settings["threads"]
    parameters.cache_prompt = True
    parameters.cache_ram_mib = settings["prompt_cache_mib"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = settings["port"]
    parameters.api_keys = [settings["api_key"]]
    parameters.cors_origins = ""
    parameters.cors_credentials = False
    parameters.ui = False
    parameters.fit_params = False  # the context asked for, or an error
    return parameters


def _answer(answers: Any, line: dict[str, str]) -> None:
    answers.write(json.dumps(line) + "\n")
    answers.flush()


if __name__ == "__main__":
    sys.exit(main())
