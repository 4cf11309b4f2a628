"""Numbers out of LHCO text: a fast way for regular lines, a careful one that says what is wrong with the others."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.lhco_record import VALUES, Integers, Rows
from hepcoder.tools.inspect.lhco_text import Chunk, chunks, data_lines

OBJECT_WORDS = 2 + len(VALUES)
_NUMBERS = b"0123456789.-+eE \n"
_MOST_INTEGER = 2.0**63
_NEWLINE, _SPACE, _ZERO = b"\n 0"


def read_rows(path: Path, entry_stop: int | None) -> Iterator[Rows]:
    """The rows of a file, some at a time; an event may go on in the next part, which then starts with its objects.

    Args:
        path: The file.
        entry_stop: Number of events, after which nothing is looked at; None for all. A part may hold more.

    Raises:
        InputError: A line has too few or wrong numbers, or the file is not whole text.
    """
    left = entry_stop
    for chunk in chunks(path):
        rows = _regular(chunk)
        if rows is None:
            rows = _careful(path, chunk, left)
        yield rows
        if left is not None:
            left -= len(rows.events)
            if left < 0:
                return


def _regular(chunk: Chunk) -> Rows | None:
    """The rows of lines that hold nothing but numbers, as many on each line; None where any is otherwise."""
    import pyarrow as pa

    if not chunk.plain:
        return None
    text = chunk.text.replace(b"\r\n", b"\n") if b"\r" in chunk.text else chunk.text
    text = _without_comments(text.replace(b"\t", b" "))
    if text.translate(None, _NUMBERS):
        return None
    heads, objects, starts = _sorted_out(_single_spaced(text))
    n_words = objects[: objects.find(b"\n")].count(b" ") + 1 if objects else OBJECT_WORDS
    if n_words < OBJECT_WORDS:
        return None
    try:
        numbers, triggers = _columns(heads, 3, {1: pa.float64(), 2: pa.float64()})
        kinds, *values = _columns(
            objects, n_words, {1: pa.int64(), **dict.fromkeys(range(2, OBJECT_WORDS), pa.float64())}
        )
    except pa.ArrowInvalid:
        return None
    if max(np.abs(each).max(initial=0.0) for each in (numbers, triggers)) >= _MOST_INTEGER:
        return None
    return Rows(numbers.astype(np.int64), triggers.astype(np.int64), starts, kinds, tuple(values))


def _without_comments(text: bytes) -> bytes:
    """The lines whose first mark is no ``#``."""
    kept, done, mark = [], 0, text.find(b"#")
    while mark >= 0:
        start, end = text.rfind(b"\n", 0, mark) + 1, text.find(b"\n", mark) + 1
        if text[start:mark].isspace() or start == mark:
            kept.append(text[done:start])
            done = end
        mark = text.find(b"#", end)
    return b"".join([*kept, text[done:]])


def _single_spaced(text: bytes) -> bytes:
    """The lines with one space between their words, without any other space and without empty lines."""
    marks = np.frombuffer(b"\n" + text, dtype=np.uint8)
    after_gap = marks[:-1] <= _SPACE
    words = np.compress(~((marks[1:] == _SPACE) & after_gap), marks[1:]).tobytes()
    if ((marks[1:] == _NEWLINE) & after_gap).any():
        words = words.replace(b" \n", b"\n").lstrip(b"\n")
        while b"\n\n" in words:
            words = words.replace(b"\n\n", b"\n")
    return words


def _sorted_out(text: bytes) -> tuple[bytes, bytes, Integers]:
    """The lines that start events, the lines of objects, and how many of these are before each event."""
    marks = np.frombuffer(text, dtype=np.uint8)
    ends = np.flatnonzero(marks == _NEWLINE) + 1
    firsts = np.concatenate([[0], ends])[: len(ends)]
    is_head = (marks[firsts] == _ZERO) & (marks[np.minimum(firsts + 1, len(marks) - 1)] <= _SPACE)
    places = np.flatnonzero(is_head)
    opens, closes = firsts[places].tolist(), ends[places].tolist()
    heads = b"".join([text[low:high] for low, high in zip(opens, closes, strict=True)])
    objects = b"".join([text[low:high] for low, high in zip([0, *closes], [*opens, len(text)], strict=True)])
    return heads, objects, places - np.arange(len(places))


def _columns(text: bytes, n_words: int, types: Mapping[int, Any]) -> list[npt.NDArray[Any]]:
    """Some of the words of each line, as numbers.

    Raises:
        ArrowInvalid: A line has another number of words, or one is no number.
    """
    import pyarrow as pa
    import pyarrow.csv as pc

    if not text:
        return [np.zeros(0, dtype=one.to_pandas_dtype()) for one in types.values()]
    names = [str(place) for place in range(n_words)]
    table = pc.read_csv(
        pa.BufferReader(text),
        read_options=pc.ReadOptions(column_names=names, use_threads=False, block_size=len(text) + 1),
        parse_options=pc.ParseOptions(delimiter=" ", quote_char=False),
        convert_options=pc.ConvertOptions(
            column_types={names[place]: one for place, one in types.items()},
            include_columns=[names[place] for place in types],
            null_values=[],
        ),
    )
    return [column.to_numpy() for column in table.columns]


def _careful(path: Path, chunk: Chunk, most: int | None) -> Rows:
    """The rows of any lines, word by word, up to the event after the first so many (None: all).

    Raises:
        InputError: A line has too few or wrong numbers; says which.
    """
    heads: list[tuple[int, int]] = []
    starts: list[int] = []
    kinds: list[int] = []
    values: list[list[float]] = []
    for number, words in data_lines(path, chunk):
        if words[0] != "0":
            kind, row = _object(path, number, words)
            kinds.append(kind)
            values.append(row)
            continue
        starts.append(len(kinds))
        if most is not None and len(heads) >= most:
            heads.append((0, 0))
            break
        heads.append(_head(path, number, words))
    table = np.array(heads, dtype=np.int64).reshape(-1, 2)
    numbers = np.array(values, dtype=np.float64).reshape(-1, len(VALUES))
    return Rows(
        table[:, 0], table[:, 1], np.array(starts, dtype=np.int64), np.array(kinds, dtype=np.int64), tuple(numbers.T)
    )


def _head(path: Path, number: int, words: list[str]) -> tuple[int, int]:
    try:
        return int(float(words[1])), int(float(words[2])) if len(words) > 2 else 0
    except (IndexError, ValueError):
        msg = f"{str(path)!r} line {number}: an event line is '0 number trigger', not {' '.join(words)!r}"
        raise InputError(msg) from None


def _object(path: Path, number: int, words: list[str]) -> tuple[int, list[float]]:
    if len(words) >= OBJECT_WORDS:
        with suppress(ValueError):
            # no type of the format is below 0 or above 6, and one may be too large for an array
            return min(max(int(words[1]), -1), 7), [float(word) for word in words[2:OBJECT_WORDS]]
    msg = (
        f"{str(path)!r} line {number}: an object line has a number, a type and at least 7 values, "
        f"not {' '.join(words)!r}; the file may be truncated"
    )
    raise InputError(msg)
