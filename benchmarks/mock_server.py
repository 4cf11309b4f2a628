"""A model that thinks for a fixed time: a loopback server in OpenAI's chat format, and what it saw.

Run as ``python -m hepcoder.benchmarks.mock_server SECONDS``; prints its address. ``GET /seen`` tells what it saw.
"""

import asyncio
import json
import sys
import time
from typing import Any

ANSWER = "I would rather not write a script."


class Mock:
    """Counts calls, and answers each after its time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._first: float | None = None
        self._last = 0.0
        self._calls = 0
        self._under_way = 0
        self._at_once = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it is closed."""
        try:
            while (head := await reader.readuntil(b"\r\n\r\n")) is not None:
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
                body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
                kind, content = (
                    ("application/json", self._seen()) if head.startswith(b"GET") else await self._answer(body)
                )
                writer.write(
                    f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(content)}\r\n\r\n".encode()
                    + content
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, body: bytes) -> tuple[str, bytes]:
        now = time.monotonic()
        self._first = now if self._first is None else self._first
        self._under_way += 1
        self._at_once = max(self._at_once, self._under_way)
        await asyncio.sleep(self._seconds)
        self._under_way -= 1
        self._calls += 1
        self._last = time.monotonic()
        return _reply(json.loads(body))

    def _seen(self) -> bytes:
        wall = 0.0 if self._first is None else self._last - self._first
        seen = {"first": self._first, "wall": wall, "calls": self._calls, "at_once": self._at_once}
        return json.dumps(seen).encode()


def _reply(body: dict[str, Any]) -> tuple[str, bytes]:
    base = {"id": "mock", "created": 0, "model": body.get("model", "mock")}
    usage = {"prompt_tokens": 200, "completion_tokens": 8, "total_tokens": 208}
    if not body.get("stream"):
        choice = {"index": 0, "message": {"role": "assistant", "content": ANSWER}, "finish_reason": "stop"}
        whole = base | {"object": "chat.completion", "choices": [choice], "usage": usage}
        return "application/json", json.dumps(whole).encode()
    delta = {"index": 0, "delta": {"role": "assistant", "content": ANSWER}, "finish_reason": None}
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    chunks = [base | {"object": "chat.completion.chunk", "choices": [choice]} for choice in (delta, end)]
    chunks.append(base | {"object": "chat.completion.chunk", "choices": [], "usage": usage})
    return "text/event-stream", b"".join(
        f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks
    ) + b"data: [DONE]\n\n"


async def main() -> None:
    """Serve until killed."""
    server = await asyncio.start_server(Mock(float(sys.argv[1])).serve, "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
