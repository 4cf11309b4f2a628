"""Loopback servers that speak the vendors' wire formats, and a trial to ask them from."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hepcoder.agents.models.base import ModelClient
from hepcoder.agents.models.desk import Desk
from hepcoder.agents.models.open import open_model
from hepcoder.agents.models.patience import Patience
from hepcoder.graphs.budget import BudgetGuard
from hepcoder.graphs.task import Budget
from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.events import CallFinished, CallStarted, Event
from hepcoder.ledger.log import TrialLog

KEY = "sk-test-0123456789abcdefghijklmnopqrstuv"


class Answer:
    """What the fake server sends for one request."""

    def __init__(
        self,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        cut: bool = False,
        hang: float = 0.0,
    ) -> None:
        self.body = body
        self.status = status
        self.headers = headers or {}
        self.cut = cut
        self.hang = hang


class FakeVendor:
    """A loopback HTTP server that answers from a list and keeps the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                vendor.answer(self)

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        content = handler.rfile.read(int(handler.headers["content-length"]))
        self.paths.append(handler.path)
        self.bodies.append(json.loads(content))
        self.headers.append({name.lower(): value for name, value in handler.headers.items()})
        answer = self.answers[len(self.bodies) - 1]
        time.sleep(answer.hang)
        if answer.cut and not answer.body:
            handler.close_connection = True
            return
        kind = "application/json" if answer.body[:1] in (b"{", b"[") else "text/event-stream"
        handler.send_response(answer.status)
        for name, value in ({"content-type": kind} | answer.headers).items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(answer.body) + (1000 if answer.cut else 0)))
        handler.end_headers()
        handler.wfile.write(answer.body)
        handler.close_connection = True

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Bench:
    """A trial on disk, and the clients opened on it."""

    def __init__(self, folder: Path, vendor: FakeVendor) -> None:
        self.folder = folder
        self.vendor = vendor
        self.waits: list[float] = []
        self._logs: list[TrialLog] = []
        self._clients: list[ModelClient] = []
        self.artifacts = ArtifactStore(folder / "artifacts")

    def desk(self, trial: str = "t0", budget: Budget | None = None, **more: Any) -> Desk:
        log = TrialLog(self.folder / trial, trial)
        self._logs.append(log)
        guard = BudgetGuard(budget or Budget())
        return Desk(log=log, artifacts=self.artifacts, budget=guard, **more)

    def open(self, name: str, desk: Desk, **more: Any) -> ModelClient:
        if name.partition(":")[0] not in ("scripted", "local"):
            suffix = "" if name.startswith(("anthropic", "google")) else "/v1"
            more.setdefault("base_url", self.vendor.address + suffix)
        more.setdefault("patience", Patience(read=20.0, whole=20.0))
        client = open_model(name, desk, sleep=self.waits.append, **more)
        self._clients.append(client)
        return client

    def finished(self, desk: Desk) -> list[CallFinished]:
        return [event.body for event in desk.log.events if isinstance(event.body, CallFinished)]

    def started(self, desk: Desk) -> list[CallStarted]:
        return [event.body for event in desk.log.events if isinstance(event.body, CallStarted)]

    def events(self, desk: Desk) -> tuple[Event, ...]:
        return desk.log.events

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for log in self._logs:
            log.close()


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    server = FakeVendor()
    yield server
    server.close()


@pytest.fixture
def bench(tmp_path: Path, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    for variable in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GOOGLE_API_KEY", "HEPCODER_API_KEY"):
        monkeypatch.setenv(variable, KEY)
    for variable in ("GEMINI_API_KEY", "HEPCODER_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    made = Bench(tmp_path, vendor)
    yield made
    made.close()


@pytest.fixture
def make_answer() -> Callable[..., Answer]:
    return Answer


@pytest.fixture
def key() -> str:
    return KEY
