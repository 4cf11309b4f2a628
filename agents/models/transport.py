"""The HTTP layer under every vendor's SDK: sees each attempt as it is on the wire, or answers from a recording."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime

import httpx2

from hepcoder.agents.models.exchange import Answer, Exchange, SentRequest, StoppedError, keep_headers

SHORTEST_SECRET = 8
"""Servers of one's own take keys such as ``none`` or ``EMPTY``: to blot these out would change prompts and replies."""


class CapturingTransport(httpx2.BaseTransport):
    """Lets one request through for each `Exchange` and keeps what was sent and what came back.

    Args:
        inner: Where requests go; None opens no socket at all (replay).
        base_path: Path of the base URL, cut off so that a recording does not depend on the server's address.
        limits: Seconds for ``connect``, ``read``, ``write`` and ``pool`` of each attempt.
        secrets: Values replaced by ``[key]`` wherever they would be kept; those too short for a secret are left.
        stop: When set, a reply that is arriving is given up.
    """

    def __init__(
        self,
        inner: httpx2.BaseTransport | None,
        *,
        base_path: str,
        limits: dict[str, float],
        secrets: tuple[str, ...],
        stop: threading.Event,
    ) -> None:
        self._inner = inner
        self._base_path = base_path.rstrip("/")
        self._limits = limits
        self._secrets = tuple(secret.encode() for secret in secrets if len(secret) >= SHORTEST_SECRET)
        self._stop = stop
        self._exchange: Exchange | None = None

    def arm(self, exchange: Exchange) -> None:
        """Allow the next request, and keep what becomes of it in the exchange."""
        exchange.redact = self.redact
        self._exchange = exchange

    def redact(self, content: bytes) -> bytes:
        """The content without the key."""
        for secret in self._secrets:
            content = content.replace(secret, b"[key]")
        return content

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request, or answer it from the recording."""
        exchange = self._exchange
        if exchange is None or exchange.request is not None:
            message = "the vendor's SDK sent a second request in one attempt; its own retries must be off"
            if exchange is not None:
                exchange.abort = RuntimeError(message)
            raise RuntimeError(message)
        exchange.request = self._canonical(request)
        try:
            answer = exchange.admit(exchange.request)
        except Exception as error:
            exchange.abort = error
            raise
        return self._replay(exchange, answer) if answer is not None else self._send(exchange, request)

    def close(self) -> None:
        """Close the connections."""
        if self._inner is not None:
            self._inner.close()

    def _canonical(self, request: httpx2.Request) -> SentRequest:
        content = self.redact(request.read())
        body = json.loads(content) if content else {}
        path = request.url.path.removeprefix(self._base_path)
        query = sorted((name, value) for name, value in request.url.params.multi_items() if name != "key")
        whole = {"method": request.method, "path": path, "query": query, "body": body}
        return SentRequest(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode(), body)

    def _send(self, exchange: Exchange, request: httpx2.Request) -> httpx2.Response:
        if self._inner is None:
            message = "no connection may be opened in replay"
            exchange.abort = RuntimeError(message)
            raise RuntimeError(message)
        request.headers["accept-encoding"] = "identity"
        left = None if exchange.deadline is None else max(0.001, exchange.deadline - time.monotonic())
        request.extensions["timeout"] = {
            name: limit if left is None else min(limit, left) for name, limit in self._limits.items()
        }
        exchange.started_at, exchange.started = datetime.now(UTC), time.monotonic()
        try:
            response = self._inner.handle_request(request)
        except httpx2.TransportError as error:
            exchange.fault = error
            raise
        exchange.status = response.status_code
        exchange.headers = keep_headers(response.headers)
        exchange.encoding = response.headers.get("content-encoding", "")
        stream = _Tee(response, exchange, self._stop)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )

    def _replay(self, exchange: Exchange, answer: Answer) -> httpx2.Response:
        exchange.status, exchange.headers = answer.status, answer.headers
        if answer.status is None:
            exchange.fault = _broken(answer)
            raise exchange.fault
        headers = {"content-type": answer.headers.get("content-type", "application/json")}
        return httpx2.Response(answer.status, headers=headers, stream=_Played(answer, exchange))


class _Tee(httpx2.SyncByteStream):
    """Passes the reply on and keeps a copy.

    The SDKs close a reply at its last word and not at its end, which would cost the connection: each call would need
    another, with its handshakes. So an end that is there by then is read.
    """

    def __init__(self, response: httpx2.Response, exchange: Exchange, stop: threading.Event) -> None:
        self._stream = response.stream
        self._chunks: Iterator[bytes] = iter(response.stream)  # type: ignore[arg-type]
        self._length = response.headers.get("content-length", "")
        self._network = response.extensions.get("network_stream")
        self._exchange = exchange
        self._stop = stop

    def __iter__(self) -> Iterator[bytes]:
        try:
            with closing(self):
                for chunk in self._chunks:
                    self._exchange.raw += chunk
                    self._refuse()
                    yield chunk
        except (httpx2.TransportError, StoppedError) as error:
            self._exchange.fault = error
            raise

    def _refuse(self) -> None:
        if self._stop.is_set():
            message = "stopped by the user while the reply was arriving"
            raise StoppedError(message)
        if self._exchange.deadline is not None and time.monotonic() > self._exchange.deadline:
            message = "the reply was still arriving when its time was up"
            raise httpx2.ReadTimeout(message)

    def close(self) -> None:
        if self._exchange.fault is None and self._has_come():
            with suppress(httpx2.TransportError):
                self._exchange.raw += next(self._chunks, b"")
        self._stream.close()  # type: ignore[union-attr]

    def _has_come(self) -> bool:
        """Whether nothing need be waited for: all that was announced is here, or the next piece is."""
        if self._length:
            return self._length == str(len(self._exchange.raw))
        return self._network is not None and bool(self._network.get_extra_info("is_readable"))


class _Played(httpx2.SyncByteStream):
    """A recorded reply, broken where the recorded one was."""

    def __init__(self, answer: Answer, exchange: Exchange) -> None:
        self._answer = answer
        self._exchange = exchange

    def __iter__(self) -> Iterator[bytes]:
        self._exchange.raw += self._answer.body
        yield self._answer.body
        if self._answer.broken is not None:
            self._exchange.fault = _broken(self._answer)
            raise self._exchange.fault


def _broken(answer: Answer) -> Exception:
    kinds: dict[str | None, type[Exception]] = {"timeout": httpx2.ReadTimeout, "interrupted": StoppedError}
    return kinds.get(answer.broken, httpx2.ReadError)("as it was recorded")
