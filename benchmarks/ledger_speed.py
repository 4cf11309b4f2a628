"""How fast the ledger is, beside the plainest thing that could do the same.

Run ``python -m hepcoder.benchmarks.ledger_speed``. The plain rows keep neither hashes nor locks nor types; they are
what a few lines of Python take, not another ledger.
"""

import argparse
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hepcoder.ledger.chain import GENESIS, link
from hepcoder.ledger.events import CallFinished, Event
from hepcoder.ledger.log import EVENTS_FILE, TrialLog
from hepcoder.ledger.queries import totals
from hepcoder.ledger.usage import Cost, Usage

T = TypeVar("T")

APPENDS = 5_000
RECORDS = 100_000


@dataclass(frozen=True)
class Row:
    """One measurement: what, how long in `unit`, and the bound of the project, if it has one."""

    what: str
    value: float
    unit: str
    bound: float | None = None


def make_call(number: int) -> CallFinished:
    """A call as a vendor's answer leaves it; `number` from 0 tells them apart."""
    return CallFinished(
        call=number + 1,
        attempt=1,
        ordinal=1,
        vendor="anthropic",
        wire="anthropic",
        model_asked="claude-sonnet-4-5",
        model_served="claude-sonnet-4-5-20250929",
        asked={"temperature": 0.0, "max_tokens": 2048},
        sent={"temperature": 0.0, "max_tokens": 2048},
        request_sha256=f"{number:064x}",
        prompt_sha256=f"{number:064x}",
        reply_sha256=f"{number:064x}",
        status=200,
        headers={"request-id": f"req_{number:024d}", "retry-after": "0"},
        finish_reason="end_turn",
        usage=Usage(input=2_000 + number % 100, output=700, cache_read=1_500, cache_write_5m=0, cache_write_1h=0),
        cost=Cost(usd=Decimal("0.016500") + Decimal(number % 100) / 10**6, source="genai-prices", version="0.2.3"),
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        seconds=1.25,
    )


def append_ledger(folder: Path, calls: list[CallFinished]) -> None:
    """Write the calls with `TrialLog`."""
    with TrialLog(folder, "speed") as log:
        for call in calls:
            log.append(call, node="code", step=1)


def append_plain(path: Path, calls: list[dict[str, Any]]) -> None:
    """Write the calls with `json.dumps`, flushed line by line so that they too survive a kill."""
    with path.open("a", encoding="utf-8") as file:
        for call in calls:
            file.write(json.dumps(call) + "\n")
            file.flush()


def write_log(folder: Path, count: int) -> None:
    """A log of `count` calls, made as fast as it goes."""
    digest, at = GENESIS, datetime(2026, 1, 1, tzinfo=UTC)
    with (folder / EVENTS_FILE).open("wb") as file:
        for number in range(count):
            event = Event(seq=number, at=at, trial="speed", node="code", step=1, body=make_call(number))
            line, digest = link(event.model_dump_json().encode(), digest)
            file.write(line + b"\n")


def totals_plain(path: Path) -> tuple[int, int, int, Decimal, float]:
    """Attempts, tokens in and out, dollars and seconds with a loop over `json.loads`; no hash is checked."""
    attempts = tokens_in = tokens_out = 0
    usd, seconds = Decimal(0), []
    with path.open("rb") as file:
        for line in file:
            body = json.loads(line)["body"]
            if body["kind"] == "call_finished":
                attempts += 1
                tokens_in += body["usage"]["input"] or 0
                tokens_out += body["usage"]["output"] or 0
                usd += Decimal(body["cost"]["usd"] or 0)
                seconds.append(body["seconds"])
    return attempts, tokens_in, tokens_out, usd, math.fsum(seconds)


def measure(folder: Path, appends: int, records: int) -> tuple[Row, ...]:
    """Take all times; each includes opening and closing its file.

    Args:
        folder: An empty folder on the disk to be measured.
        appends: Events to append, at least 1.
        records: Call records to summarise, at least 1.

    Raises:
        AssertionError: The ledger and the plain loop disagree on a sum.
    """
    calls = [make_call(number) for number in range(appends)]
    dumped = [call.model_dump(mode="json") for call in calls]
    appended, _ = _timed(lambda: append_ledger(folder / "appended", calls))
    appended_plain, _ = _timed(lambda: append_plain(folder / "plain.jsonl", dumped))
    write_log(folder, records)
    summed, found = _timed(lambda: totals(folder))
    summed_plain, plain = _timed(lambda: totals_plain(folder / EVENTS_FILE))
    if (found.attempts, found.input_tokens, found.output_tokens, found.usd, found.model_seconds) != plain:
        message = f"the ledger found {found}, the plain loop {plain}"
        raise AssertionError(message)
    return (
        Row(f"append, mean of {appends:,} events, ledger", 1e6 * appended / appends, "us", 1000.0),
        Row(f"append, mean of {appends:,} events, json.dumps and write", 1e6 * appended_plain / appends, "us"),
        Row(f"totals of {records:,} calls, ledger, hashes checked", summed, "s", 3.0 * records / RECORDS),
        Row(f"totals of {records:,} calls, loop over json.loads", summed_plain, "s"),
    )


def main() -> int:
    """Measure, print a table, and return 1 when a bound is broken."""
    parser = argparse.ArgumentParser(prog="python -m hepcoder.benchmarks.ledger_speed", description=__doc__)
    parser.add_argument("--appends", type=int, default=APPENDS)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--folder", type=Path, help="where to write; by default the folder for temporary files")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.folder) as name:
        rows = measure(Path(name), options.appends, options.records)
    for row in rows:
        bound = "" if row.bound is None else f"  (at most {row.bound:g})"
        print(f"{row.what:<55} {row.value:9.2f} {row.unit:<2}{bound}")
    return int(any(row.bound is not None and row.value > row.bound for row in rows))


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    raise SystemExit(main())
