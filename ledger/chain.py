"""The hash chain of an event log: each line names the one before it by digest.

A line is the event's JSON with two keys more at its end, ``prev`` and ``hash``; ``hash`` is the sha256 of ``prev``
followed by the event's JSON exactly as it stands in the line, closed by ``}``. A changed, copied, moved or removed line
shows up. Lines cut off at the very end do not, and nothing here stops someone who computes all the hashes anew.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

GENESIS = "0" * 64
Reason = Literal["not_json", "schema", "hash", "chain"]

_TAIL = re.compile(rb',"prev":"([0-9a-f]{64})","hash":"([0-9a-f]{64})"\}')
_TAIL_BYTES = len(b',"prev":"","hash":""}') + 128
# Each `Event` begins with these two, so that its number is known without parsing it.
_SEQ = re.compile(rb'\{"v":[0-9]+,"seq":([0-9]+),')


class Line(NamedTuple):
    """One line of a log, looked at byte by byte.

    Attributes:
        number: Line number, from 1.
        event_json: The event's JSON without the chain; empty when the line is damaged.
        seq: The event's number, or None when it cannot be known.
        digest: The line's hash, or None when it cannot be trusted.
        prev: The hash it names as its predecessor's, or None.
        reason: What is wrong, or None when the line is good.
        detail: The same in words.
    """

    number: int
    event_json: bytes = b""
    seq: int | None = None
    digest: str | None = None
    prev: str | None = None
    reason: Reason | None = None
    detail: str = ""


def link(event_json: bytes, prev: str) -> tuple[bytes, str]:
    """Chain an event to its predecessor.

    Args:
        event_json: A JSON object with at least one key, on one line.
        prev: Hash of the line before; `GENESIS` for the first.

    Returns:
        The line without its newline, and its hash.

    Example:
        >>> line, digest = link(b'{"v":1,"seq":0}', GENESIS)
        >>> line == b'{"v":1,"seq":0,"prev":"' + b"0" * 64 + b'","hash":"' + digest.encode() + b'"}'
        True
    """
    digest = hashlib.sha256(prev.encode() + event_json).hexdigest()
    return b'%b,"prev":"%b","hash":"%b"}' % (event_json[:-1], prev.encode(), digest.encode()), digest


def check_lines(lines: Iterable[bytes]) -> Iterator[Line]:
    """Check the bytes and the chain of a log; the events themselves are not parsed.

    After a damaged line the chain cannot be followed and begins anew with the next good one.

    Args:
        lines: The lines in order, with or without their newline.

    Yields:
        Each line, good or with the reason why not.
    """
    expected: str | None = GENESIS
    last_seq = -1
    for number, raw in enumerate(lines, 1):
        line = _check_bytes(number, raw.removesuffix(b"\n"))
        seq = line.seq
        if seq is not None:
            if expected is not None and line.prev != expected:
                line = line._replace(event_json=b"", reason="chain", detail="it does not follow the line before it")
            elif seq <= last_seq:
                line = line._replace(event_json=b"", reason="chain", detail=f"event {seq} comes a second time")
            last_seq = max(last_seq, seq)
        expected = line.digest
        yield line


def _check_bytes(number: int, raw: bytes) -> Line:
    tail = _TAIL.fullmatch(raw, max(0, len(raw) - _TAIL_BYTES))
    if tail is None:
        return _name_damage(number, raw)
    event_json = raw[:-_TAIL_BYTES] + b"}"
    prev, digest = tail[1], tail[2].decode()
    if hashlib.sha256(prev + event_json).hexdigest() != digest:
        return _name_damage(number, raw)
    seq = _SEQ.match(event_json)
    if seq is None:
        return Line(number, digest=digest, reason="schema", detail="it does not begin with v and seq")
    return Line(number, event_json, int(seq[1]), digest, prev.decode())


def _name_damage(number: int, raw: bytes) -> Line:
    try:
        value = json.loads(raw)
    except ValueError:
        return Line(number, reason="not_json", detail=f"its {len(raw)} bytes are no JSON; cut short or overwritten")
    if not isinstance(value, dict) or not {"prev", "hash"} <= value.keys():
        return Line(number, reason="schema", detail="it is JSON but no event with prev and hash")
    return Line(number, reason="hash", detail="its hash does not fit its content; it was changed")
