"""One HTTP client under the chat models of a process, though each trial has a transport of its own."""

from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from typing import TypeVar

import httpx2

_Chunk = TypeVar("_Chunk")
_TRANSPORT: ContextVar[httpx2.BaseTransport] = ContextVar("transport")


class _OfWhoeverAsks(httpx2.BaseTransport):
    """Leaves each request to the transport of the trial that asks."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return _TRANSPORT.get().handle_request(request)


@cache
def shared_http() -> httpx2.Client:
    """The client; what it is asked for outside of `next_over` is a `LookupError`."""
    return httpx2.Client(transport=_OfWhoeverAsks(), follow_redirects=False, trust_env=False)


def next_over(transport: httpx2.BaseTransport, chunks: Iterator[_Chunk]) -> _Chunk | None:
    """The next chunk of a reply, None at its end; a request that it takes goes over the transport."""
    token = _TRANSPORT.set(transport)
    try:
        return next(chunks, None)
    finally:
        _TRANSPORT.reset(token)
