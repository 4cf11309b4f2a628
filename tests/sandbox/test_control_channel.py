"""What a fork server says is not trusted, and what it is told may be anything."""

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.sandbox.follow import Streams
from hepcoder.sandbox.inside import server
from hepcoder.sandbox.workers.replies import LostWorkerError, Reply, parse_reply, receive
from hepcoder.sandbox.workers.running import RunningJob

anything = st.binary(max_size=300)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)
replies = st.fixed_dictionaries(
    {},
    optional={
        "ready": json_values,
        "started": json_values,
        "failed": json_values,
        "ended": st.integers(-10, 1 << 17) | json_values,
        "cpu_seconds": json_values,
        "clean": json_values,
    },
)


@given(anything | (replies | json_values).map(lambda value: json.dumps(value).encode()))
def test_a_reply_is_understood_or_refused(message: bytes) -> None:
    with suppress(LostWorkerError):
        reply = parse_reply(message)
        assert reply.ended is None or 0 <= reply.ended <= 0xFFFF
        assert 0 <= reply.cpu_seconds < float("inf")


@pytest.mark.parametrize("message", [b"[" * 100_000, b"\xff" * 1000, b'{"ended": 1e400}', b'{"ended": "0", "more": 1}'])
def test_hostile_replies(message: bytes) -> None:
    with pytest.raises(LostWorkerError, match="said"):
        parse_reply(message)


@given(st.lists(anything.filter(bool), max_size=4))
def test_a_server_that_talks_nonsense_never_finishes_a_job(messages: list[bytes]) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stopped = []

    class Process:
        def stop(self, job: int | None) -> None:
            stopped.append(job)

    with ours, theirs:
        ours.setblocking(False)
        running = RunningJob(ours, Process(), Streams(0, 0), {})  # type: ignore[arg-type]
        for message in messages:
            theirs.send(message)
        theirs.close()
        while not running.ended():
            pass
        running.stop()
    assert running.failure
    assert len(stopped) == 1
    assert not running.clean


def test_messages_in_the_wrong_order_are_no_end() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        theirs.send(b'{"ready": 3}')
        assert receive(ours) == Reply(ready=3)
        ours.setblocking(False)
        assert receive(ours) is None
        theirs.send(b"")
        theirs.close()
        with pytest.raises(LostWorkerError, match="ended"):
            receive(ours)


SETTINGS: dict[str, object] = {
    "modules": [],
    "job": "/",
    "inputs": [],
    "scratch": [],
    "rules": None,
    "abi": None,
    "filter": None,
    "namespace": False,
    "visible": {"read": [], "write": []},
}


@pytest.mark.parametrize(
    "message",
    [
        b"\xff\xfe",
        b"[]",
        b"{}",
        b'{"inputs": 3}',
        b"x" * 100_000,
        b'{"inputs": [], "limits": {"NONE": 1}, "script": "s"}',
    ],
)
def test_a_server_that_is_told_nonsense_runs_nothing_and_goes_on_or_ends(message: bytes, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-s", server.__file__, str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
    )
    with ours, process:
        theirs.close()
        ours.settimeout(20)
        ours.send(json.dumps(SETTINGS).encode())
        assert receive(ours) == Reply(ready=process.pid)
        output, write = os.pipe()
        socket.send_fds(ours, [message], [write, write, write])
        os.close(write)
        reply = receive(ours)
        assert reply is not None
        assert reply.failed
        ours.close()
        assert process.wait(20) == 0
        os.close(output)
