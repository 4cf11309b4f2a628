"""Reads an output file into named values, whatever a hostile script has made of it."""

import csv
import io
import json
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output
from hepcoder.tools.safe_files import read_output

Values = Mapping[str, Any]
"""Named values of a file; one value named "" where the file has no names."""

MAX_BYTES = 64 * 1024**2
_MAX_TEXT_BYTES = 16 * 1024**2
_MAX_MEMBERS = 1000
_MAX_DEPTH = 16
_NPY = b"\x93NUMPY"
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_FLOAT = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?|[+-]?(nan|inf|infinity)", re.IGNORECASE)


class UnreadableError(ValueError):
    """An output cannot be graded, and why."""


def read_named(folder: Path, output: Output) -> Values:
    """Read one output.

    Args:
        folder: Folder of outputs.
        output: Its contract. The file must hold exactly the names of it.

    Returns:
        Arrays of an npz or npy, columns of a csv as lists, values of a JSON object, the bytes of any other file.

    Raises:
        UnreadableError: The file is missing, no plain file, too large, not what its name says, or has other names.
    """
    most = _MAX_TEXT_BYTES if output.kind in ("json", "csv") else MAX_BYTES
    content = read_output(folder, output.file, most)
    if isinstance(content, Failure):
        raise UnreadableError(content.message)
    try:
        values = _READERS.get(output.kind, _whole)(content)
    except UnreadableError as error:
        message = f"{output.file} {error}"
        raise UnreadableError(message) from error
    except Exception as error:  # bytes of foreign code may break any parser in any way
        message = f"{output.file} is no readable {output.kind} file ({type(error).__name__}: {str(error)[:200]})"
        raise UnreadableError(message) from error
    _check_names(output, values)
    return values


def _check_names(output: Output, values: Values) -> None:
    wanted = {field.name for field in output.fields} or {""}
    missing, extra = sorted(wanted - set(values)), sorted(set(values) - wanted)
    if missing or extra:
        parts = [f"lacks {', '.join(map(repr, missing))}"] if missing else []
        parts += [f"has {', '.join(repr(name[:40]) for name in extra[:8])}, not asked for"] if extra else []
        message = f"{output.file} {' and '.join(parts)}"
        raise UnreadableError(message)


def _json(content: bytes) -> Values:
    found = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_no_twice)
    _refuse_deep(found)
    if not isinstance(found, dict):
        message = f"holds a {type(found).__name__}, not an object with names"
        raise UnreadableError(message)
    return found


def _no_twice(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_twice([name for name, _ in pairs])
    return dict(pairs)


def _refuse_deep(found: Any) -> None:
    level = [found]
    for _ in range(_MAX_DEPTH):
        lists = [each for each in level if isinstance(each, dict | list)]
        level = [part for each in lists for part in (each.values() if isinstance(each, dict) else each)]
    if level:
        message = f"is nested deeper than {_MAX_DEPTH} levels"
        raise UnreadableError(message)


def _refuse_twice(names: Sequence[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        message = f"has the name {twice[0][:40]!r} twice"
        raise UnreadableError(message)


def _npz(content: bytes) -> Values:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if size > MAX_BYTES or len(members) > _MAX_MEMBERS:
            message = (
                f"unpacks to {len(members):,} arrays of {size:,} bytes, more than {MAX_BYTES:,} or {_MAX_MEMBERS:,}"
            )
            raise UnreadableError(message)
        _refuse_twice([member.filename for member in members])
        return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}


def _array(content: bytes) -> Any:
    """One array; its header may neither ask for Python objects nor for more than there is."""
    if not content.startswith(_NPY):
        message = "holds something that is no array"
        raise UnreadableError(message)
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = header(stream)
    n_bytes = dtype.itemsize
    for length in shape:
        n_bytes *= int(length)
    if dtype.hasobject or not 0 <= n_bytes <= len(content):
        message = f"holds an array of {dtype} and shape {shape} that cannot be read"
        raise UnreadableError(message)
    stream.seek(0)
    return np.lib.format.read_array(stream, allow_pickle=False)


def _csv(content: bytes) -> Values:
    rows = [row for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True) if row]
    if not rows:
        message = "has no header"
        raise UnreadableError(message)
    header = [name.strip() for name in rows[0]]
    _refuse_twice(header)
    uneven = next((row for row in rows if len(row) != len(header)), None)
    if uneven is not None:
        message = f"has a row of {len(uneven)} cells, the header has {len(header)}"
        raise UnreadableError(message)
    return {name: [_cell(row[column]) for row in rows[1:]] for column, name in enumerate(header)}


def _cell(text: str) -> int | float | str:
    text = text.strip()
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _whole(content: bytes) -> Values:
    return {"": content}


_READERS: Mapping[str, Callable[[bytes], Values]] = {
    "json": _json,
    "npz": _npz,
    "npy": lambda content: {"": _array(content)},
    "csv": _csv,
}
