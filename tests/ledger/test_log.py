"""The event log: what is written is read, whatever happens in between."""

import errno
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.ledger.chain import GENESIS, link
from hepcoder.ledger.errors import RunBusyError, RunError, StorageError
from hepcoder.ledger.events import Body, Diagnosed, Event, Judged, NodeFinished, NodeStarted, PlanMade, ScriptWritten
from hepcoder.ledger.failures import FAILURE_CLASSES, Failure
from hepcoder.ledger.log import EVENTS_FILE, TrialLog, read_events

TEXTS = st.text(max_size=50)
SHAS = st.text("0123456789abcdef", min_size=64, max_size=64)
FAILURES = st.builds(
    lambda key, message, line: Failure(stage=key[0], name=key[1], message=message, line=line),
    st.sampled_from(sorted(FAILURE_CLASSES)),
    TEXTS,
    st.none() | st.integers(1, 10**6),
)
BODIES: st.SearchStrategy[Body] = st.one_of(
    st.builds(NodeStarted),
    st.builds(NodeFinished, goto=TEXTS, seconds=st.floats(allow_nan=False)),
    st.builds(PlanMade, plan_sha256=SHAS, text=TEXTS),
    st.builds(ScriptWritten, script_sha256=SHAS, rules=st.lists(TEXTS).map(tuple)),
    st.builds(Diagnosed, failure=FAILURES, script_sha256=st.none() | SHAS, advice=TEXTS),
    st.builds(Judged, script_sha256=SHAS, failure=st.none() | FAILURES),
)

WRITER = """
import sys
from pathlib import Path
from hepcoder.ledger.events import PlanMade
from hepcoder.ledger.log import TrialLog
with TrialLog(Path(sys.argv[1]), "t") as log:
    while True:
        log.append(PlanMade(plan_sha256="0" * 64, text="x" * 20_000), node="code", step=1)
"""


def _fill(folder: Path, count: int) -> Path:
    with TrialLog(folder, "t") as log:
        for number in range(count):
            log.append(PlanMade(plan_sha256="0" * 64, text=f"plan {number}"), node="supervise", step=number)
    return log.path


@given(st.lists(st.lists(BODIES, max_size=4), max_size=3))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_over_any_number_of_sittings(sittings: list[list[Body]]) -> None:
    with TemporaryDirectory() as name:
        written: list[Event] = []
        for bodies in sittings:
            with TrialLog(Path(name), "t") as log:
                assert log.events == tuple(written)
                written += [log.append(body, node="code", step=3) for body in bodies]
                assert log.events == tuple(written)
        if sittings:
            found = read_events(Path(name) / EVENTS_FILE)
            assert found.events == tuple(written)
            assert found.damaged == ()
            assert [event.seq for event in found.events] == list(range(len(written)))
            assert [event.body for event in found.events] == [body for bodies in sittings for body in bodies]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_byte_anywhere_is_caught(data: st.DataObject) -> None:
    with TemporaryDirectory() as name:
        path = _fill(Path(name), 4)
        raw = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(raw) - 2), label="place")
        raw[place] ^= data.draw(st.integers(1, 255), label="change")
        path.write_bytes(raw)
        found = read_events(path)
    assert found.damaged
    assert {event.seq for event in found.events} <= {0, 1, 2, 3}
    number = found.damaged[0].number - 1
    assert {event.seq for event in found.events} >= {0, 1, 2, 3} - {number, number + 1}
    assert all(event.body.text == f"plan {event.seq}" for event in found.events if isinstance(event.body, PlanMade))


@given(st.integers(min_value=0))
@settings(max_examples=40, deadline=None)
def test_a_log_cut_anywhere_is_read_and_goes_on(cut: int) -> None:
    with TemporaryDirectory() as name:
        path = _fill(Path(name), 3)
        raw = path.read_bytes()
        kept = raw[: cut % len(raw)]
        path.write_bytes(kept)
        before = read_events(path)
        with TrialLog(Path(name), "t") as log:
            added = log.append(NodeStarted(), node="run", step=0)
        assert path.read_bytes().startswith(kept)
        after = read_events(path)
    assert after.events == (*before.events, added)
    assert len(after.damaged) == len(before.damaged) <= 1
    assert added.seq == len(before.events) + len(before.damaged)


@pytest.mark.parametrize(
    ("change", "reason", "seqs"),
    [
        (lambda lines: [lines[0], b"\xff\xfe no json\n", *lines[1:]], "not_json", [0, 1, 2, 3]),
        (lambda lines: [lines[0], b"[1, 2]\n", *lines[1:]], "schema", [0, 1, 2, 3]),
        (lambda lines: [lines[0], b"\n", *lines[1:]], "not_json", [0, 1, 2, 3]),
        (lambda lines: [lines[0], lines[1].replace(b"plan 1", b"plan 7"), *lines[2:]], "hash", [0, 2, 3]),
        (lambda lines: [lines[0], *lines[2:]], "chain", [0, 3]),
        (lambda lines: lines[1:], "chain", [2, 3]),
        (lambda lines: [*lines, lines[-1]], "chain", [0, 1, 2, 3]),
        (lambda lines: [*lines, *lines[-2:]], "chain", [0, 1, 2, 3]),
    ],
)
def test_damage_is_named_and_the_rest_is_read(
    tmp_path: Path, change: Callable[[list[bytes]], list[bytes]], reason: str, seqs: list[int]
) -> None:
    path = _fill(tmp_path, 4)
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    found = read_events(path)
    assert [event.seq for event in found.events] == seqs
    assert found.damaged[0].reason == reason
    with TrialLog(tmp_path, "t") as log:
        assert log.damaged == found.damaged
        assert log.append(NodeStarted(), node="run", step=0).seq >= 4
    assert read_events(path).damaged == found.damaged


def test_an_event_of_another_version_is_damage_of_the_schema(tmp_path: Path) -> None:
    event = Event(seq=0, at=datetime.now(UTC), trial="t", node="run", step=0, body=NodeStarted())
    line, _ = link(event.model_dump_json().replace('"v":1', '"v":2').encode(), GENESIS)
    path = tmp_path / EVENTS_FILE
    path.write_bytes(line + b"\n")
    (damage,) = read_events(path).damaged
    assert (damage.number, damage.reason) == (1, "schema")
    assert damage.detail.startswith("v: ")


def test_a_killed_writer_leaves_at_most_one_torn_line(tmp_path: Path) -> None:
    for _ in range(3):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)])
        path = tmp_path / EVENTS_FILE
        before = path.stat().st_size if path.exists() else 0
        while not path.exists() or path.stat().st_size < before + 200_000:
            assert writer.poll() is None
            time.sleep(0.001)
        with pytest.raises(RunBusyError, match=str(path)):
            TrialLog(tmp_path, "t")
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        lines_before = len(read_events(path).damaged)
        assert lines_before <= 3
        with TrialLog(tmp_path, "t") as log:
            log.append(NodeStarted(), node="run", step=0)
    found = read_events(path)
    seqs = [event.seq for event in found.events]
    assert len(found.damaged) <= 3
    assert seqs == sorted(set(seqs))
    assert seqs[-1] + 1 == len(seqs) + len(found.damaged)


def test_a_full_disk_is_named_and_loses_nothing(tmp_path: Path) -> None:
    with TrialLog(tmp_path, "t") as log:
        first = log.append(NodeStarted(), node="run", step=0)
        real = os.dup(log._fd)  # type: ignore[arg-type]
        full = os.open("/dev/full", os.O_RDWR)
        os.dup2(full, log._fd)  # type: ignore[arg-type]
        with pytest.raises(StorageError, match=f"{log.path}.*{os.strerror(errno.ENOSPC)}"):
            log.append(NodeStarted(), node="run", step=1)
        os.dup2(real, log._fd)  # type: ignore[arg-type]
        second = log.append(NodeStarted(), node="run", step=1)
        assert log.events == (first, second)
        os.close(real)
        os.close(full)
    assert read_events(log.path).events == (first, second)
    assert read_events(log.path).damaged == ()


def test_half_a_line_is_taken_back_when_the_file_cannot_grow(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with TrialLog(tmp_path, "t") as log:
        first = log.append(NodeStarted(), node="run", step=0)
        size = log.path.stat().st_size
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, hard))
            with pytest.raises(StorageError, match=os.strerror(errno.EFBIG)):
                log.append(NodeStarted(), node="run", step=1)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert log.path.stat().st_size == size
        second = log.append(NodeStarted(), node="run", step=1)
    assert read_events(log.path).events == (first, second)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/t"):
        TrialLog(tmp_path / "file" / "t", "t")


def test_a_read_only_folder_is_named(read_only: Path) -> None:
    with pytest.raises(StorageError, match=os.strerror(errno.EACCES)):
        TrialLog(read_only, "t")


def test_one_writer_at_a_time_within_a_process_too(tmp_path: Path) -> None:
    with TrialLog(tmp_path, "t"), pytest.raises(RunBusyError, match="another process"):
        TrialLog(tmp_path, "t")
    TrialLog(tmp_path, "t").close()


def test_a_log_of_another_trial_is_refused_and_unlocked(tmp_path: Path) -> None:
    _fill(tmp_path, 1)
    with pytest.raises(RunError, match="holds trial 't', not 'u'"):
        TrialLog(tmp_path, "u")
    TrialLog(tmp_path, "t").close()


def test_threads_share_a_log_and_subscribers_see_its_order(tmp_path: Path) -> None:
    seen: list[Event] = []
    with TrialLog(tmp_path, "t") as log:
        log.subscribe(seen.append)
        threads = [
            threading.Thread(target=lambda: [log.append(NodeStarted(), node="code", step=1) for _ in range(100)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert tuple(seen) == read_events(log.path).events
    assert [event.seq for event in seen] == list(range(400))


def test_a_failing_subscriber_does_not_undo_the_record(tmp_path: Path) -> None:
    def fail(event: Event) -> None:
        raise KeyError(event.seq)

    with TrialLog(tmp_path, "t") as log:
        log.subscribe(fail)
        with pytest.raises(KeyError):
            log.append(NodeStarted(), node="code", step=1)
    assert len(read_events(log.path).events) == 1


def test_a_closed_log_says_so(tmp_path: Path) -> None:
    log = TrialLog(tmp_path, "t")
    log.close()
    log.close()
    with pytest.raises(StorageError, match="is closed"):
        log.append(NodeStarted(), node="code", step=1)


def test_a_missing_log_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=f"{tmp_path / EVENTS_FILE} cannot be read"):
        read_events(tmp_path / EVENTS_FILE)
