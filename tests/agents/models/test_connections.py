import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from hepcoder.agents.models.exchange import Exchange
from hepcoder.agents.models.transport import CapturingTransport

PIECES = (b"data: one\n\n", b"data: [DONE]\n\n")


class _Server(ThreadingHTTPServer):
    """Counts its connections.

    Attributes:
        chunked: Whether a reply comes in pieces, without a word of its length.
        unfinished: Whether it says its last word and never its end.
    """

    connections = 0
    chunked = False
    unfinished = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Replies)
        self.was_read, self.has_ended = threading.Event(), threading.Event()

    def wait_for_the_end(self) -> None:
        """Let the end come, and wait until it has."""
        self.was_read.set()
        if self.chunked and not self.unfinished:
            assert self.has_ended.wait(20)
            self.has_ended.clear()

    def verify_request(self, *_: object) -> bool:
        self.connections += 1
        return True


class _Replies(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        if not self.server.chunked:
            self.send_header("content-length", str(sum(map(len, PIECES)) + self.server.unfinished))
            self.end_headers()
            self.wfile.write(b"".join(PIECES))
            return
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in PIECES))
        if not self.server.unfinished:
            self.server.was_read.wait(20)
            self.wfile.write(b"0\r\n\r\n")
            self.server.has_ended.set()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(*, chunked: bool, unfinished: bool = False) -> Iterator[_Server]:
    server = _Server()
    server.chunked, server.unfinished, server.daemon_threads = chunked, unfinished, True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def ask_twice(server: _Server) -> None:
    """Read two replies to their last word, as the SDKs do."""
    transport = CapturingTransport(
        httpx2.HTTPTransport(trust_env=False),
        base_path="",
        limits=dict.fromkeys(("connect", "read", "write", "pool"), 20.0),
        secrets=(),
        stop=threading.Event(),
    )
    for _ in range(2):
        exchange = Exchange(admit=lambda _: None)
        transport.arm(exchange)
        address = f"http://127.0.0.1:{server.server_port}/v1"
        reply = transport.handle_request(httpx2.Request("POST", address, content=b"{}"))
        assert isinstance(reply.stream, httpx2.SyncByteStream)
        chunks = iter(reply.stream)
        while b"[DONE]" not in exchange.raw:
            next(chunks)
        server.wait_for_the_end()
        reply.close()
        assert bytes(exchange.raw) == b"".join(PIECES)
    transport.close()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_second_call_takes_the_connection_of_the_first(chunked: bool) -> None:
    with serving(chunked=chunked) as server:
        ask_twice(server)
    assert server.connections == 1


@pytest.mark.parametrize("chunked", [False, True])
def test_an_end_that_does_not_come_is_not_waited_for(chunked: bool) -> None:
    with serving(chunked=chunked, unfinished=True) as server:
        ask_twice(server)
    assert server.connections == 2
