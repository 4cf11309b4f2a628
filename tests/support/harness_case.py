"""A tiny benchmark task with its data maker, and a loopback model that counts what it serves."""

import json
import re
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

from hepcoder.benchmarks.harness.folder import StudyFolder
from hepcoder.benchmarks.harness.outcome import events_of
from hepcoder.ledger.sums import select_attempts

TASK: dict[str, Any] = {
    "id": "count",
    "suite": "tiny",
    "title": "Count the values above a threshold",
    "prompt": "Read the column value (GeV) of values.csv. Write to result.json, as n_above, the number of rows with "
    "value > {threshold} GeV, and as largest, in GeV, the largest value.",
    "constants": {"threshold": {"low": 20, "high": 60, "step": 1}},
    "inputs": ["values.csv"],
    "outputs": ["result.json:n_above,largest[GeV]"],
    "grading": {
        "result.json:n_above": {"kind": "exact"},
        "result.json:largest": {"kind": "relative", "tolerance": 1e-9, "reason": "text to binary and back"},
    },
    "mutants": [{"name": "below", "what": "counts below", "replace": ["> constants", "< constants"]}],
}
MAKER = """
import random
from pathlib import Path

def make(folder, seed, constants, null=False):
    numbers = random.Random(seed)
    rows = [round(numbers.uniform(0, 100), 3) for _ in range(50)]
    text = "value\\n" + "".join(f"{row}\\n" for row in rows)
    (Path(folder) / "values.csv").write_text(text)
"""
REFERENCE = """
import json

def analyse(inputs, outputs, constants):
    values = [float(line) for line in (inputs / "values.csv").read_text().split()[1:]]
    count = sum(1 for value in values if value > constants["threshold"])
    (outputs / "result.json").write_text(json.dumps({"n_above": count, "largest": max(values)}))
"""
RIGHT = """
import csv
import json

with open("values.csv") as file:
    values = [float(row["value"]) for row in csv.DictReader(file)]
with open("result.json", "w") as file:
    json.dump({"n_above": sum(value > THRESHOLD for value in values), "largest": max(values)}, file)
"""
RAISES = "raise RuntimeError('the detector is on fire')\n"

Answer = str | tuple[int, dict[str, str]]


def write_task(suite: Path, name: str = "count", **changes: Any) -> Path:
    """A task folder below a suite's folder."""
    folder = suite / name
    folder.mkdir(parents=True, exist_ok=True)
    fields = {**TASK, "id": name, "suite": suite.name, **changes}
    (folder / "task.yaml").write_text(yaml.safe_dump(fields, sort_keys=False))
    (folder / "make.py").write_text(MAKER)
    (folder / "reference.py").write_text(REFERENCE)
    return folder


def right_script(body: dict[str, Any]) -> str:
    """The right script for a request, which holds the threshold of its trial."""
    text = " ".join(str(message["content"]) for message in body["messages"])
    found = re.search(r"value > (\d+) GeV", text)
    assert found is not None, text
    return f"```python\n{RIGHT.replace('THRESHOLD', found[1])}```\n"


def lost_attempts(folder: StudyFolder) -> int:
    """Calls of a study that were begun and whose end is not on record."""
    runs = [run for place in folder.places() for run in place.runs()]
    return sum(len(select_attempts(events_of(run)).lost) for run in runs)


class CountingModel:
    """An OpenAI-compatible server on loopback that keeps every request that it answered.

    Attributes:
        address: Its base URL.
        bodies: The requests, in the order in which they were answered.
        most_at_once: Most requests under way at once.
    """

    def __init__(self, answer: Callable[[dict[str, Any]], Answer] = right_script, seconds: float = 0.0) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.most_at_once = 0
        self._answer = answer
        self._seconds = seconds
        self._at_once = 0
        self._lock = threading.Lock()
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                model.serve(self)

            def log_message(self, *args: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a client that was killed

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = json.loads(handler.rfile.read(int(handler.headers["content-length"])))
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        answer = self._answer(body)
        time.sleep(self._seconds)
        with self._lock:
            self._at_once -= 1
            self.bodies.append(body)
        status, headers, content = (200, {}, _chat(body, answer)) if isinstance(answer, str) else (*answer, b"{}")
        handler.send_response(status)
        for name, value in ({"content-type": "application/json"} | headers).items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()


def _chat(body: dict[str, Any], text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    usage = {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    whole = {"id": "x", "object": "chat.completion", "created": 0, "model": body["model"], "choices": [choice]}
    return json.dumps(whole | {"usage": usage}).encode()
