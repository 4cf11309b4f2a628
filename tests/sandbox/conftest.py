"""A real sandbox for the tests of this folder."""

import itertools
import os
import textwrap
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Execution, Input, Job, Limits

Run = Callable[..., Execution]


@pytest.fixture(scope="session")
def bwrap() -> Sandbox:
    """The bubblewrap sandbox; where it cannot start the test is skipped, unless a sandbox is required."""
    try:
        return choose_sandbox("bwrap")
    except SandboxError as error:
        if os.environ.get("HEPCODER_REQUIRE_SANDBOX") == "1":
            raise
        pytest.skip(str(error))


@pytest.fixture
def run(bwrap: Sandbox, tmp_path: Path) -> Run:
    """Run a script in a folder of its own: ``run(script, inputs={name: path}, cancel=event, wall_seconds=5, ...)``."""
    numbers = itertools.count()

    def run_script(
        script: str,
        *,
        inputs: Mapping[str, Path] | None = None,
        cancel: threading.Event | None = None,
        folder: Path | None = None,
        **limits: Any,
    ) -> Execution:
        if folder is None:
            folder = tmp_path / f"run-{next(numbers)}"
            folder.mkdir()
        job = Job(
            script=textwrap.dedent(script),
            folder=folder,
            inputs=tuple(Input(path=path, name=name) for name, path in (inputs or {}).items()),
            limits=Limits(**({"wall_seconds": 30.0} | limits)),
        )
        return bwrap.run(job, cancel=cancel)

    return run_script
