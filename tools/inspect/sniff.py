"""What a file is by its first bytes, held against what its name says."""

import gzip
import re
from pathlib import Path

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.facts import FileKind

SUFFIXES: dict[str, tuple[FileKind, ...]] = {
    ".root": ("root",),
    ".parquet": ("parquet",),
    ".pq": ("parquet",),
    ".npz": ("npz",),
    ".npy": ("npy",),
    ".csv": ("csv",),
    ".tsv": ("csv",),
    ".json": ("json",),
    ".lhco": ("lhco",),
    ".txt": ("lhco", "csv"),
    ".dat": ("lhco", "csv"),
}
MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"root", "root"),
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "npz"),
    (b"PK\x05\x06", "npz"),
    (b"\x93NUMPY", "npy"),
)
FOREIGN = ((b"\x89HDF", "HDF5"), (b"\x1f\x8b", "gzip"), (b"\x89PNG", "a PNG image"), (b"%PDF", "PDF"))
HEAD = 1 << 16


def sniff(path: Path) -> FileKind:
    """The kind of a file, by its content.

    Raises:
        InputError: It is missing, a folder, empty, unreadable, of no known kind, or not what its suffix says.
    """
    head = _head(path)
    kind = _kind_of(head)
    suffix = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    expected = SUFFIXES.get(suffix.lower())
    if kind is None or (expected and kind not in expected):
        what = f"a {suffix} file" if expected else "a ROOT, Parquet, npz, npy, CSV, JSON or LHCO file"
        msg = f"{str(path)!r} is not {what}: it {_impression(head, kind)}; give the real file or its right suffix"
        raise InputError(msg)
    return kind


def _head(path: Path) -> bytes:
    if path.is_dir():
        msg = f"{str(path)!r} is a folder; name a file in it"
        raise InputError(msg)
    if path.exists() and not path.is_file():  # opening a pipe would wait for a writer
        msg = f"{str(path)!r} is a pipe, a socket or a device; name a regular file"
        raise InputError(msg)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        if head[:2] == b"\x1f\x8b":
            with gzip.open(path) as file:
                head = file.read(HEAD)
    except FileNotFoundError:
        msg = f"there is no file {str(path)!r}; check the path"
        raise InputError(msg) from None
    except (OSError, EOFError) as error:
        msg = f"{str(path)!r} cannot be read: {error}"
        raise InputError(msg) from error
    if not head:
        msg = f"{str(path)!r} is empty (0 bytes); copy it again"
        raise InputError(msg)
    return head


def _kind_of(head: bytes) -> FileKind | None:
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    text = as_text(head)
    if text is None:
        return None
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not lines:
        return None
    if text.lstrip()[0] in "[{":
        return "json"
    if looks_like_lhco(lines):
        return "lhco"
    return "csv" if _looks_like_table(lines) else None


def as_text(head: bytes) -> str | None:
    """The bytes as text; None when they are not text."""
    if b"\0" in head:
        return None
    try:
        return head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        cut_inside_character = error.start > len(head) - 4 and len(head) == HEAD
        return head[: error.start].decode("utf-8-sig") if cut_inside_character else None


def looks_like_lhco(lines: list[str]) -> bool:
    """Whether data lines start as LHCO does: an event line ``0 number trigger``, then object lines."""
    first = lines[0].split()
    if first[0] != "0" or not 2 <= len(first) <= 4 or not all(_is_number(word) for word in first):
        return False
    second = lines[1].split() if len(lines) > 1 else first
    return second[0] == "0" or (second[0] == "1" and len(second) > 4)


def delimiter_of(line: str) -> str | None:
    """The mark between the columns of a table line; None for a single column."""
    counts = {mark: line.count(mark) for mark in (",", "\t", ";")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else None


def _looks_like_table(lines: list[str]) -> bool:
    mark = delimiter_of(lines[0])
    if mark is None:
        return all(re.fullmatch(r"[\w.+-]+", line.strip()) for line in lines[:20])
    whole = lines[:-1][:20] or lines
    return len({line.count(mark) for line in whole}) == 1


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _impression(head: bytes, kind: FileKind | None) -> str:
    if kind is not None:
        return f"looks like {kind}"
    for magic, name in FOREIGN:
        if head.startswith(magic):
            return f"looks like {name}"
    return f"starts with {head[:16]!r}"
