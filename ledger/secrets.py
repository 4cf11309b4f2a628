"""Looks for keys in the files of a run. A finding says where, never what."""

import base64
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from hepcoder.ledger.errors import RunError
from hepcoder.ledger.files import reason
from hepcoder.ledger.record import Record

_CHUNK_BYTES = 1 << 20
_OVERLAP_BYTES = 1 << 13  # a key cut by the end of one chunk is whole in the next
_SHORTEST_BASE64 = 6


class _Shape(NamedTuple):
    """A pattern, and texts in lower case one of which every match contains: to look for these is much faster."""

    what: str
    needles: tuple[bytes, ...]
    pattern: re.Pattern[bytes]


_SHAPES = tuple(
    _Shape(what, (needle,), re.compile(pattern))
    for what, needle, pattern in (
        ("Anthropic key", b"sk-ant-", rb"sk-ant-[A-Za-z0-9_-]{16,}"),
        ("OpenAI key", b"sk-", rb"sk-(?<![A-Za-z0-9]sk-)(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{16,}"),
        ("OpenAI-like key", b"sk-", rb"sk-(?<![A-Za-z0-9]sk-)(?:or-v1-)?[A-Za-z0-9]{32,}"),
        ("Google key", b"aiza", rb"AIza[A-Za-z0-9_-]{35}"),
        ("Hugging Face token", b"hf_", rb"hf_(?<![A-Za-z0-9]hf_)[A-Za-z0-9]{30,}"),
        ("Groq key", b"gsk_", rb"gsk_(?<![A-Za-z0-9]gsk_)[A-Za-z0-9]{40,}"),
        ("xAI key", b"xai-", rb"xai-(?<![A-Za-z0-9]xai-)[A-Za-z0-9]{40,}"),
        ("GitHub token", b"gh", rb"gh(?<![A-Za-z0-9]gh)[pousr]_[A-Za-z0-9]{36}"),
        ("GitHub token", b"github_pat_", rb"github_pat_[A-Za-z0-9_]{60}"),
        ("GitLab token", b"glpat-", rb"glpat-[A-Za-z0-9_-]{20}"),
        ("AWS key", b"akia", rb"AKIA(?<![A-Za-z0-9]AKIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
        ("bearer token", b"bearer", rb"(?i:bearer)\s+[A-Za-z0-9._~+/-]{16,}"),
        ("key header", b"api-key", rb"(?i:x-(?:goog-)?api-key)[\"']?\s*[:=,]\s*[\"']?[A-Za-z0-9._~+/-]{16,}"),
        ("private key", b"private key", rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    )
)


class SecretFinding(Record):
    """A place that holds a secret.

    Attributes:
        path: The file, relative to the folder that was searched.
        offset: Byte at which it begins, from 0.
        what: The kind of key, or ``given value 1`` for the first of the values given, and how it was written.
    """

    path: str
    offset: int
    what: str


def find_secrets(folder: Path, values: Iterable[str] = ()) -> tuple[SecretFinding, ...]:
    """Search all files of a folder, binary ones too, for keys.

    Args:
        folder: Searched with all folders in it; links are not followed.
        values: Values that must not occur: as they are, in base64 (also within a longer text), or percent-encoded.
            Empty ones are left out.

    Returns:
        The findings, by file and place; empty when all is clean.

    Raises:
        RunError: The folder is missing, or a file cannot be read.
    """
    if not folder.is_dir():
        message = f"{folder} is no folder; name a run's folder"
        raise RunError(message)
    shapes = (*_SHAPES, *_value_shapes(values))
    findings: set[tuple[str, int, str]] = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            name = path.relative_to(folder).as_posix()
            findings.update((name, offset, what) for offset, what in _search(path, shapes))
    return tuple(SecretFinding(path=path, offset=offset, what=what) for path, offset, what in sorted(findings))


def _search(path: Path, shapes: Iterable[_Shape]) -> Iterator[tuple[int, str]]:
    try:
        with path.open("rb") as file:
            start, kept = 0, b""
            while chunk := file.read(_CHUNK_BYTES):
                text = kept + chunk
                lower = text.lower()
                for shape in shapes:
                    if any(needle in lower for needle in shape.needles):
                        yield from ((start + found.start(), shape.what) for found in shape.pattern.finditer(text))
                kept = text[-_OVERLAP_BYTES:]
                start += len(text) - len(kept)
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}"
        raise RunError(message) from error


def _value_shapes(values: Iterable[str]) -> Iterator[_Shape]:
    for number, value in enumerate(values, 1):
        if not value:
            continue
        raw = value.encode()
        plain = {raw, quote(value, safe="").encode()}
        yield _any_of(f"given value {number}", plain)
        encoded = {text for text in _base64_forms(raw) if len(text) >= _SHORTEST_BASE64}
        if encoded:
            yield _any_of(f"given value {number} in base64", encoded)


def _base64_forms(raw: bytes) -> Iterator[bytes]:
    """What base64 makes of a value, whatever stands before and after it: only the digits that it alone decides."""
    for before in range(3):
        digits = base64.b64encode(b"\0" * before + raw)
        first = (8 * before + 5) // 6
        last = 8 * (before + len(raw)) // 6
        yield digits[first:last]
        yield digits[first:last].replace(b"+", b"-").replace(b"/", b"_")


def _any_of(what: str, texts: set[bytes]) -> _Shape:
    pattern = re.compile(b"|".join(re.escape(text) for text in sorted(texts)))
    return _Shape(what, tuple(text.lower() for text in texts), pattern)
