"""Events to write into logs."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from hepcoder.ledger.events import CallFinished, CallStarted
from hepcoder.ledger.usage import Cost, Usage

MakeStarted = Callable[..., CallStarted]
MakeFinished = Callable[..., CallFinished]


def _started(request: str = "a", ordinal: int = 1, **changes: Any) -> CallStarted:
    fields: dict[str, Any] = {
        "call": 1,
        "attempt": 1,
        "ordinal": ordinal,
        "vendor": "openai",
        "model_asked": "m",
        "request_sha256": request * 64,
        "reserved_tokens": 10,
        "reserved_usd": None,
    }
    return CallStarted(**fields | changes)


def _finished(request: str = "a", ordinal: int = 1, **changes: Any) -> CallFinished:
    fields: dict[str, Any] = {
        "call": 1,
        "attempt": 1,
        "ordinal": ordinal,
        "vendor": "openai",
        "wire": "openai_chat",
        "model_asked": "m",
        "model_served": "m-1",
        "asked": {"temperature": 0.0},
        "sent": {"temperature": 0.0},
        "request_sha256": request * 64,
        "prompt_sha256": "b" * 64,
        "reply_sha256": None,
        "status": 200,
        "usage": Usage(input=10, output=5),
        "cost": Cost(usd=Decimal("0.1"), source="user"),
        "started_at": datetime(2026, 1, 1, tzinfo=UTC),
        "seconds": 0.1,
    }
    return CallFinished(**fields | changes)


@pytest.fixture(scope="session")
def started() -> MakeStarted:
    return _started


@pytest.fixture(scope="session")
def finished() -> MakeFinished:
    return _finished


@pytest.fixture
def read_only() -> Iterator[Path]:
    """A folder that this process may not write; root becomes nobody for the time."""
    root = os.geteuid() == 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o755)
