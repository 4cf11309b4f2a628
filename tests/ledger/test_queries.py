"""Queries over files agree with the sums in memory, whatever the log went through."""

import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import (
    Checked,
    Diagnosed,
    Event,
    Executed,
    NodeFinished,
    NodeName,
    NodeStarted,
    TrialFinished,
)
from hepcoder.ledger.failures import FAILURE_CLASSES, Failure
from hepcoder.ledger.log import TrialLog, read_events
from hepcoder.ledger.queries import by_model, by_node, failures, totals
from hepcoder.ledger.runs import RunFolder
from hepcoder.ledger.sums import sum_dollars, sum_events
from hepcoder.ledger.totals import Totals
from hepcoder.ledger.usage import Cost, Usage

NODES: list[NodeName] = ["supervise", "code", "debug", "execute"]
TOKENS = st.none() | st.integers(0, 10**9)
FAILURES = st.sampled_from(sorted(FAILURE_CLASSES)).map(lambda key: Failure(stage=key[0], name=key[1], message='"\n'))
USAGES = st.builds(Usage, **dict.fromkeys(Usage.model_fields, TOKENS))
DOLLARS = st.none() | st.decimals(0, 10_000, allow_nan=False, places=18) | st.sampled_from([Decimal("1.23E-25")])
SECONDS = st.floats(0, 1e6)


def _executed(purpose: Any) -> Executed:
    return Executed(
        script_sha256="0" * 64,
        execution_sha256="0" * 64,
        purpose=purpose,
        outcome="ok",
        exit_code=0,
        wall_seconds=1.0,
        peak_memory_bytes=1,
        backend="b",
    )


@st.composite
def _bodies(draw: st.DrawFn, started: Any, finished: Any) -> Any:
    kind = draw(
        st.sampled_from(["started", "finished", "finished", "executed", "checked", "diagnosed", "node", "done"])
    )
    request, ordinal, call = draw(st.sampled_from("ab")), draw(st.integers(1, 2)), draw(st.integers(1, 3))
    if kind == "started":
        return started(request, ordinal, call=call)
    if kind == "finished":
        return finished(
            request,
            ordinal,
            call=call,
            model_served=draw(st.sampled_from([None, "m-1", "m-2"])),
            failure=draw(st.none() | FAILURES),
            usage=draw(USAGES),
            cost=Cost(usd=draw(DOLLARS), source="user"),
            seconds=draw(SECONDS),
            replayed=draw(st.booleans()),
        )
    if kind == "executed":
        return _executed(draw(st.sampled_from(["solve", "input_dependence"])))
    if kind == "checked":
        return Checked(script_sha256="0" * 64, failures=tuple(draw(st.lists(FAILURES, max_size=2))))
    if kind == "diagnosed":
        return Diagnosed(failure=draw(FAILURES), script_sha256=None)
    if kind == "done":
        return TrialFinished(status="failed", failure=draw(st.none() | FAILURES), script_sha256=None)
    return draw(st.sampled_from([NodeStarted(), NodeFinished(goto="code", seconds=draw(SECONDS))]))


def _add(parts: list[Totals]) -> dict[str, Any]:
    """Sums of totals, except of seconds, which are rounded once more."""
    whole: dict[str, Any] = {}
    for field in Totals.model_fields.keys() - {"usd", "model_seconds"}:
        whole[field] = sum(getattr(part, field) for part in parts)
    whole["usd"] = sum_dollars(part.usd for part in parts if part.usd is not None)
    return whole


def _without_seconds(found: Totals) -> dict[str, Any]:
    return found.model_dump(exclude={"model_seconds"})


@given(st.data())
@settings(max_examples=6, deadline=None)
def test_files_and_memory_agree(started: Any, finished: Any, data: st.DataObject) -> None:
    bodies = _bodies(started, finished)
    with TemporaryDirectory() as root:
        run = RunFolder.create(Path(root), "demo")
        logs: list[tuple[Event, ...]] = []
        for trial in ("t1", "t2"):
            with TrialLog(run.trial_folder(trial), trial) as log:
                for _ in range(data.draw(st.integers(0, 20))):
                    log.append(data.draw(bodies), node=data.draw(st.sampled_from(NODES)), step=1)
                logs.append(log.events)
            assert totals(run.trial_folder(trial)) == sum_events(log.events)
        whole, models, nodes, counts = totals(run.path), by_model(run.path), by_node(run.path), failures(run.path)
    expected = _add([sum_events(events) for events in logs])
    assert _without_seconds(whole) == expected
    assert _add([part.totals for part in models]) | {"calls": 0} == expected | {"calls": 0, "executions": 0}
    assert _add([part.totals for part in nodes]) | {"calls": 0} == expected | {"calls": 0}
    events = [event for log in logs for event in log]
    assert {part.node: part.entered for part in nodes} == {
        node: sum(event.node == node and event.body.kind == "node_started" for event in events)
        for node in sorted({event.node for event in events})
    }
    seen: Counter[tuple[str, str]] = Counter(
        (event.body.kind, failure.label)
        for event in events
        if not isinstance(event.body, Checked) and event.body.kind != "call_finished"
        if (failure := getattr(event.body, "failure", None))
    )
    seen += Counter(
        ("checked", failure.label)
        for event in events
        if isinstance(event.body, Checked)
        for failure in event.body.failures
    )
    found = Counter({(row.kind, f"{row.stage}.{row.name}"): row.n for row in counts if row.kind != "call_finished"})
    assert found == seen
    assert sum(row.n for row in counts if row.kind == "call_finished") == whole.failed_attempts
    assert all(row.infrastructure is not FAILURE_CLASSES[row.stage, row.name].counts for row in counts)


def test_each_attempt_is_counted_once(tmp_path: Path, started: Any, finished: Any) -> None:
    """A rate limit and its retry, a kill, the same request sent again, and an answer taken from the own log."""
    limited = Failure(stage="provider", name="rate_limit", message="slow down")
    unpriced = Cost(usd=None, source="unpriced")
    bodies = [
        started("a", 1, call=1, attempt=1),
        finished("a", 1, call=1, attempt=1, failure=limited, cost=unpriced, model_served=None),
        started("a", 2, call=1, attempt=2),
        finished("a", 2, call=1, attempt=2),
        started("c", 1, call=2),
        started("a", 2, call=3),
        finished("a", 2, call=3, replayed=True),
        started("c", 1, call=4),
        finished("c", 1, call=4, cost=Cost(usd=Decimal("0.2"), source="user")),
    ]
    with TrialLog(tmp_path, "t") as log:
        for body in bodies:
            log.append(body, node="code", step=1)
    found = totals(tmp_path)
    assert found == sum_events(log.events)
    assert (found.calls, found.attempts, found.failed_attempts, found.lost_attempts) == (3, 4, 1, 1)
    assert (found.usd, found.unpriced_attempts) == (Decimal("0.3"), 2)
    assert (found.input_tokens, found.output_tokens) == (30, 15)
    assert [(part.model_served, part.totals.attempts) for part in by_model(tmp_path)] == [("m-1", 2), (None, 2)]
    (row,) = failures(tmp_path)
    assert (row.kind, row.name, row.n, row.infrastructure) == ("call_finished", "rate_limit", 1, True)


def test_a_replayed_trial_has_the_totals_of_the_recorded_one(tmp_path: Path, started: Any, finished: Any) -> None:
    for trial, replayed in (("live", False), ("again", True)):
        with TrialLog(tmp_path / trial, trial) as log:
            for ordinal in (1, 2):
                log.append(started("a", ordinal, call=ordinal), node="code", step=1)
                log.append(finished("a", ordinal, call=ordinal, replayed=replayed), node="code", step=1)
    assert totals(tmp_path / "live") == totals(tmp_path / "again")
    assert totals(tmp_path / "again").attempts == 2


@given(st.lists(st.decimals(-(10**12), 10**12, allow_nan=False, places=20), max_size=30))
def test_dollars_are_added_exactly(amounts: list[Decimal]) -> None:
    units = [int(amount.scaleb(20, context=None)) if abs(amount) < 10**7 else None for amount in amounts]
    found = sum_dollars(amounts)
    if not amounts:
        assert found is None
    elif None not in units:
        assert found is not None
        assert int(found.scaleb(20)) == sum(unit for unit in units if unit is not None)


def test_dollars_beyond_the_usual_precision_are_added_exactly() -> None:
    assert sum_dollars([Decimal("1E+20"), Decimal("1E-20")]) == Decimal("100000000000000000000.00000000000000000001")


@pytest.mark.parametrize("damage", ["flip", "tear", "garbage", "copy"])
def test_damaged_lines_are_left_out_as_the_reader_leaves_them_out(tmp_path: Path, finished: Any, damage: str) -> None:
    run = RunFolder.create(tmp_path, "demo")
    for trial in ("good", "bad"):
        with TrialLog(run.trial_folder(trial), trial) as log:
            for ordinal in range(1, 6):
                log.append(finished("a", ordinal, call=ordinal), node="code", step=1)
    path = run.trial_folder("bad") / "events.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    if damage == "flip":
        lines[2] = lines[2].replace(b'"input":10', b'"input":90')
    elif damage == "tear":
        lines[-1] = lines[-1][:200]
    elif damage == "garbage":
        lines.insert(1, b"\x00\xff{]\n")
    else:
        lines.append(lines[0])
    path.write_bytes(b"".join(lines))
    found = read_events(path)
    assert len(found.damaged) == 1
    assert totals(path.parent) == sum_events(found.events)
    assert totals(run.path).attempts == 5 + len(found.events)


def test_folders_without_events_are_named_or_zero(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"{tmp_path} holds no events.jsonl"):
        totals(tmp_path)
    TrialLog(tmp_path, "t").close()
    assert totals(tmp_path) == Totals()
    assert by_model(tmp_path) == ()
    assert by_node(tmp_path) == ()
    assert failures(tmp_path) == ()


@pytest.mark.parametrize("name", ["a*b", "[x]", "what?", "it's", 'say "x"', "été", "a b;c"])
def test_folders_with_odd_names_are_read(tmp_path: Path, finished: Any, name: str) -> None:
    with TrialLog(tmp_path / name, "t") as log:
        log.append(finished(), node="code", step=1)
    assert totals(tmp_path / name).attempts == 1


def test_numbers_json_has_no_word_for_are_read(tmp_path: Path, finished: Any) -> None:
    with TrialLog(tmp_path, "t") as log:
        log.append(finished(asked={"temperature": float("nan"), "top_p": float("inf")}), node="code", step=1)
        log.append(NodeFinished(goto="x", seconds=float("inf")), node="code", step=1)
    assert totals(tmp_path) == sum_events(log.events)
    assert totals(tmp_path).attempts == 1


def test_the_room_is_imported_without_duckdb() -> None:
    code = (
        "import sys, hepcoder.ledger.queries, hepcoder.ledger.manifest\n"
        "print('duckdb' in sys.modules, 'numpy' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).split() == ["False", "False"]
