"""One HTTP attempt while it goes on: what was sent, what came back, and what may be kept of it."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx2

_KEPT_HEADERS = ("content-type", "request-id", "retry-after", "retry-after-ms", "x-request-id", "openai-processing-ms")
_KEPT_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-")


class StoppedError(Exception):
    """The user asked to stop while a reply was arriving."""


@dataclass(frozen=True)
class SentRequest:
    """A request as it is hashed and stored: method, path and body, without host, headers or key.

    Attributes:
        text: Canonical JSON, keys sorted.
        body: The request body.
    """

    text: bytes
    body: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Digest of the canonical text."""
        return hashlib.sha256(self.text).hexdigest()


@dataclass(frozen=True)
class Answer:
    """A recorded answer that takes the place of the network.

    Attributes:
        status: HTTP status; None when no response had come.
        headers: The response headers that were kept.
        body: The response body, as far as it had come.
        broken: How it ended: well, in silence, or cut.
    """

    status: int | None
    headers: dict[str, str]
    body: bytes
    broken: str | None = None


@dataclass
class Exchange:
    """One HTTP attempt while it goes on.

    Attributes:
        admit: Called once with the request before it is sent; returns a recorded answer or None, or raises to refuse.
        deadline: `time.monotonic` value after which the reply is given up; None for no bound.
        abort: What must reach the caller whatever the SDK makes of it.
        fault: What the HTTP layer raised.
        redact: Takes the key out of what will be kept.
    """

    admit: Callable[[SentRequest], Answer | None]
    deadline: float | None = None
    request: SentRequest | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    encoding: str = ""
    raw: bytearray = field(default_factory=bytearray)
    abort: Exception | None = None
    fault: Exception | None = None
    redact: Callable[[bytes], bytes] = bytes
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float = field(default_factory=time.monotonic)

    @property
    def is_unbilled(self) -> bool:
        """Whether vendors bill nothing for certain: an error status, or no connection at all."""
        refused = isinstance(self.fault, httpx2.ConnectError | httpx2.ConnectTimeout)
        return refused or (self.status is not None and self.status >= 300)

    def body(self) -> bytes:
        """The response body so far, decoded from its content encoding and without the key.

        Raises:
            httpx2.DecodingError: It is not what its content encoding says.
        """
        headers = {"content-encoding": self.encoding} if self.encoding else {}
        return self.redact(httpx2.Response(200, headers=headers, content=bytes(self.raw)).content)


def keep_headers(headers: httpx2.Headers) -> dict[str, str]:
    """The few response headers worth keeping, by allow-list."""
    return {
        name.lower(): value
        for name, value in headers.items()
        if name.lower() in _KEPT_HEADERS or name.lower().startswith(_KEPT_PREFIXES)
    }
