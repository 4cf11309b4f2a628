"""A real sandbox for the tests of this folder."""

import itertools
import os
import textwrap
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Execution, Input, Job, Limits

Run = Callable[..., Execution]


TIERS = ("bwrap", "landlock")


def open_tier(name: str) -> Sandbox:
    """A tier, on which the test is skipped where it cannot start, unless it is the primary one and required."""
    try:
        return choose_sandbox(name)
    except SandboxError as error:
        if name == "bwrap" and os.environ.get("HEPCODER_REQUIRE_SANDBOX") == "1":
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def bwrap() -> Iterator[Sandbox]:
    """The bubblewrap tier, for what is true of it alone."""
    with closing(open_tier("bwrap")) as sandbox:
        yield sandbox


@pytest.fixture(scope="session", params=TIERS)
def tier(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each tier in turn: the contract is the same for all."""
    with closing(open_tier(request.param)) as sandbox:
        yield sandbox


@pytest.fixture
def run(tier: Sandbox, tmp_path: Path) -> Run:
    """Run a script on each tier in turn, as `run_on` does."""
    return run_on(tier, tmp_path)


@pytest.fixture
def run_in_bwrap(bwrap: Sandbox, tmp_path: Path) -> Run:
    """Run a script in the bubblewrap tier, as `run_on` does."""
    return run_on(bwrap, tmp_path)


def run_on(sandbox: Sandbox, place: Path) -> Run:
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
            folder = place / f"run-{next(numbers)}"
            folder.mkdir()
        job = Job(
            script=textwrap.dedent(script),
            folder=folder,
            inputs=tuple(Input(path=path, name=name) for name, path in (inputs or {}).items()),
            limits=Limits(**({"wall_seconds": 30.0} | limits)),
        )
        return sandbox.run(job, cancel=cancel)

    return run_script
