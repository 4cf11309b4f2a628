"""Recordings: each attempt of a trial is found again, and a resumed step meets its own answers."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.errors import DigestError, ReplayMissError, StorageError
from hepcoder.ledger.events import Body, Event
from hepcoder.ledger.failures import Failure
from hepcoder.ledger.recording import Recording, count_before

REQUESTS = st.sampled_from("abc")
STEPS = st.lists(st.lists(REQUESTS, max_size=5), max_size=6)


def _event(body: Body, seq: int, step: int) -> Event:
    return Event(seq=seq, at=datetime(2026, 1, 1, tzinfo=UTC), trial="t", node="code", step=step, body=body)


def _play(
    steps: list[list[str]], started: Any, finished: Any, first: int = 1, sent: Counter[str] | None = None
) -> list[Event]:
    """What a recorder writes when each step sends these requests."""
    counts = Counter[str]() if sent is None else sent
    events: list[Event] = []
    for step, requests in enumerate(steps, first):
        for request in requests:
            counts[request * 64] += 1
            for make in (started, finished):
                events.append(_event(make(request, counts[request * 64]), len(events), step))
    return events


@given(STEPS)
def test_every_recorded_attempt_is_found_once(started: Any, finished: Any, steps: list[list[str]]) -> None:
    events = _play(steps, started, finished)
    recording = Recording(events, ArtifactStore(Path("unused")))
    sent = Counter(request * 64 for requests in steps for request in requests)
    assert len(recording) == sum(sent.values())
    for request in ("a" * 64, "b" * 64, "c" * 64):
        for ordinal in range(1, sent[request] + 1):
            call = recording.find(request, ordinal)
            assert call is not None
            assert (call.request_sha256, call.ordinal) == (request, ordinal)
        assert recording.find(request, sent[request] + 1) is None
        assert recording.find(request, 0) is None


@given(STEPS, st.data())
def test_a_step_entered_again_meets_its_own_answers(
    started: Any, finished: Any, steps: list[list[str]], data: st.DataObject
) -> None:
    """Killed anywhere and resumed at the step it was in, a trial asks for exactly what it asked for before."""
    events = _play(steps, started, finished)
    kept = events[: data.draw(st.integers(0, len(events)), label="killed after")]
    step = kept[-1].step if kept else 1
    counts = count_before(kept, step)
    assert counts == Counter(request * 64 for requests in steps[: step - 1] for request in requests)
    again = _play(steps[step - 1 :], started, finished, first=step, sent=counts)
    assert [event.body for event in again] == [event.body for event in events if event.step >= step]
    recording = Recording(kept, ArtifactStore(Path("unused")))
    ended = [event.body for event in kept if event.body.kind == "call_finished" and event.step >= step]
    for call in ended:
        assert recording.find(call.request_sha256, call.ordinal) == call
    assert count_before([*kept, *again], 99) == Counter(r * 64 for requests in steps for r in requests)


def test_the_reply_is_the_stored_bytes(tmp_path: Path, finished: Any) -> None:
    store = ArtifactStore(tmp_path)
    call = finished(reply_sha256=store.put_bytes(b'{"text": "x"}'))
    recording = Recording([_event(call, 0, 1)], store)
    assert recording.reply(call) == b'{"text": "x"}'
    store.path(call.reply_sha256).write_bytes(b"{}")
    with pytest.raises(DigestError):
        recording.reply(call)
    store.path(call.reply_sha256).unlink()
    with pytest.raises(StorageError):
        recording.reply(call)


def test_an_attempt_without_response_says_why(finished: Any) -> None:
    failure = Failure(stage="provider", name="timeout", message="no answer")
    recording = Recording([], ArtifactStore(Path("unused")))
    with pytest.raises(ReplayMissError, match=r"call 1, attempt 1 .* \(provider.timeout\)"):
        recording.reply(finished(failure=failure, status=None))
    with pytest.raises(ReplayMissError, match="no response came"):
        recording.reply(finished())


def test_of_two_records_of_one_attempt_the_later_counts(finished: Any) -> None:
    events = [_event(finished(seconds=float(n)), n, 1) for n in range(2)]
    found = Recording(events, ArtifactStore(Path("unused"))).find("a" * 64, 1)
    assert found is not None
    assert found.seconds == 1.0
