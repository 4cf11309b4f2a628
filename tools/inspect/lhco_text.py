"""LHCO text in chunks of whole lines: which of them start an event, and where the text is not whole."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from hepcoder.ledger.errors import InputError

CHUNK_BYTES = 1 << 20
_MOST_INDENTATION = 64
_NEWLINE = ord("\n")
_ZERO = ord("0")
# What str.split() separates words at, so far as it is ASCII.
_IS_SPACE = np.array([chr(code).isspace() for code in range(128)] + [False] * 128)


@dataclass(frozen=True)
class Chunk:
    """Some whole lines of a file.

    Attributes:
        text: Their bytes, with a newline at the end of each.
        line: Number of the first one in the file, from 1 on.
    """

    text: bytes
    line: int

    @property
    def plain(self) -> bool:
        """Whether it is ASCII whose lines all end in LF or CR LF."""
        return self.text.isascii() and (b"\r" not in self.text or self.text.count(b"\r") == self.text.count(b"\r\n"))


def chunks(path: Path) -> Iterator[Chunk]:
    """The lines of a file, plain or gzipped, some at a time.

    Raises:
        InputError: It cannot be read to its end.
    """
    line = 1
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path) if packed else path.open("rb") as file:
            rest = b""
            while block := file.read(CHUNK_BYTES):
                text = rest + block
                cut = text.rfind(b"\n") + 1
                rest = text[cut:]
                if cut:
                    yield Chunk(text[:cut], line)
                    line += text.count(b"\n", 0, cut)
            if rest:
                yield Chunk(rest + b"\n", line)
    except (EOFError, OSError, zlib.error) as error:
        raise _not_whole(path, error) from error


def _not_whole(path: Path, error: Exception) -> InputError:
    return InputError(f"{str(path)!r} is not whole LHCO text: {error}")


def data_lines(path: Path, chunk: Chunk) -> Iterator[tuple[int, list[str]]]:
    """(line number, words) of each line that is neither empty nor a comment.

    Raises:
        InputError: It is not UTF-8 text.
    """
    try:
        text = chunk.text.decode()
    except UnicodeDecodeError as error:
        raise _not_whole(path, error) from error
    for number, line in enumerate(io.StringIO(text, newline=None), chunk.line):
        words = line.split()
        if words and not words[0].startswith("#"):
            yield number, words


def count_lhco_events(path: Path) -> int:
    """Number of events in a file.

    Raises:
        InputError: It is not text, or is cut inside its compression.
    """
    return sum(_events_in(path, chunk) for chunk in chunks(path))


def _events_in(path: Path, chunk: Chunk) -> int:
    found = _zero_lines(np.frombuffer(chunk.text, dtype=np.uint8)) if chunk.plain else None
    if found is None:
        return sum(words[0] == "0" for _, words in data_lines(path, chunk))
    return found


def _zero_lines(text: npt.NDArray[np.uint8]) -> int | None:
    """How many lines have 0 as their first word; None where that takes too many steps to see."""
    ends = np.flatnonzero(text == _NEWLINE)
    places = np.concatenate([[0], ends[:-1] + 1])
    for _ in range(_MOST_INDENTATION):
        first = text[places]
        blank = _IS_SPACE[first]
        if not blank.any():
            break
        places = np.concatenate([places[~blank], places[blank & (first != _NEWLINE)] + 1])
    else:
        return None
    return int((_IS_SPACE[text[places[text[places] == _ZERO] + 1]]).sum())
