"""Whatever a script leaves behind is collected without following, waiting or raising."""

import hashlib
import os
import socket
import stat
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hepcoder.sandbox.collect import collect_artifacts
from hepcoder.sandbox.folders import MAX_DEPTH, remove_folder
from hepcoder.sandbox.records import MIB, Limits

SECRET = b"a secret that lies outside"
LIMITS = Limits(files=500, disk_bytes=MIB)

# Any bytes but those that no name may hold; some are no UTF-8, some would command a terminal.
_NAME = st.binary(min_size=1, max_size=20).filter(
    lambda b: not set(b) & {0, 47} and b not in {b".", b".."}
) | st.sampled_from(
    [b"script.py", b"result.json", b"\x1b[31m", b"\xff\xfe", b"a\nb", b"-rf", b" ", b"\xe2\x80\xae", b"x" * 255]
)
_FILE = st.tuples(st.just("file"), st.binary(max_size=300))
_LINKS = [("link", target) for target in (b"/etc/passwd", b"../secret", b"..", b".", b"nowhere", b"/dev/zero")]
_ODD = [(kind, b"") for kind in ("fifo", "socket", "sparse", "large", "closed", "hard", "deep")]
_SPECIAL = st.sampled_from(_LINKS + _ODD)
_TREE: st.SearchStrategy[Any] = st.recursive(
    _FILE | _SPECIAL,
    lambda inner: st.tuples(st.just("folder"), st.dictionaries(_NAME, inner, max_size=5)),
    max_leaves=25,
)


def make(parent: int, name: bytes, kind: str, content: Any, secret: bytes) -> None:
    """Make one name in an open folder."""
    if kind == "folder":
        os.mkdir(name, dir_fd=parent)
        inner = os.open(name, os.O_RDONLY, dir_fd=parent)
        for child, (child_kind, child_content) in content.items():
            make(inner, child, child_kind, child_content, secret)
        os.close(inner)
    elif kind == "deep":
        make_deep(parent, name)
    elif kind == "link":
        os.symlink(content, name, dir_fd=parent)
    elif kind == "hard":
        os.link(secret, name, dst_dir_fd=parent)
    elif kind == "fifo":
        os.mkfifo(name, dir_fd=parent)
    elif kind == "socket":
        os.mknod(name, stat.S_IFSOCK | 0o600, dir_fd=parent)
    else:
        mode = 0 if kind == "closed" else 0o600
        descriptor = os.open(name, os.O_CREAT | os.O_WRONLY, mode, dir_fd=parent)
        os.write(descriptor, content)
        if kind in {"sparse", "large"}:
            os.truncate(descriptor, 2**40 if kind == "sparse" else MIB)
        os.close(descriptor)


def make_deep(parent: int, name: bytes) -> None:
    """Nest folders far below what is looked at, with a file in each."""
    descriptor = os.dup(parent)
    for _ in range(MAX_DEPTH + 20):
        os.mkdir(name, dir_fd=descriptor)
        inner = os.open(name, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
        os.close(os.open(b"file", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)


def expected(tree: dict[bytes, Any], prefix: bytes = b"") -> dict[str, bytes]:
    """Contents of the files that must be found, by name."""
    found: dict[str, bytes] = {}
    for name, (kind, content) in tree.items():
        path = prefix + name
        if kind == "folder":
            found |= expected(content, path + b"/")
        elif kind == "deep":
            levels = MAX_DEPTH - 1 - prefix.count(b"/")
            found |= {
                (prefix + b"/".join([name] * level) + b"/file").decode(errors="surrogateescape"): b""
                for level in range(1, levels + 1)
            }
        elif kind in {"file", "large", "hard", "closed"} and path != b"script.py":
            if kind == "closed" and os.geteuid() != 0:
                continue
            data = {"large": content.ljust(MIB, b"\0"), "hard": SECRET}.get(kind, content)
            found[path.decode(errors="surrogateescape")] = data
    return {name: data for name, data in found.items() if is_text(name)}


def is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(tree=st.dictionaries(_NAME, _TREE, max_size=6))
def test_any_tree(tmp_path_factory: pytest.TempPathFactory, tree: dict[bytes, Any]) -> None:
    base = tmp_path_factory.mktemp("tree")
    (base / "secret").write_bytes(SECRET)
    folder = base / "run"
    folder.mkdir()
    parent = os.open(folder, os.O_RDONLY)
    for name, (kind, content) in tree.items():
        make(parent, name, kind, content, os.fsencode(base / "secret"))
    os.close(parent)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    started = time.monotonic()
    artifacts, left_out = collect_artifacts(folder, LIMITS, skip=frozenset({"script.py"}))
    assert time.monotonic() - started < 5
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors
    assert left_out.isprintable()
    wanted = expected(tree)
    assert [one.name for one in artifacts] == sorted(wanted)
    for one in artifacts:
        assert one.bytes == len(wanted[one.name])
        assert one.sha256 == hashlib.sha256(wanted[one.name]).hexdigest()
    remove_folder(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


@pytest.mark.parametrize("place", ["missing", "file", "link"])
def test_a_folder_that_is_none(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "full", target_is_directory=True)
    assert collect_artifacts(tmp_path / place, LIMITS) == ((), "")


def test_what_is_left_out_is_said(folder: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.truncate(2**40)
    (folder / os.fsdecode(b"\xff")).touch()
    (folder / "\x1b]0;title\x07").write_bytes(b"x" * (2 * MIB))
    artifacts, note = collect_artifacts(folder, LIMITS)
    assert artifacts == ()
    assert "sparse" in note
    assert note.isprintable()


def test_a_live_socket_and_a_pipe_with_a_writer(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    descriptor = os.open(folder / "pipe.png", os.O_RDWR)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
        server.listen()
        os.write(descriptor, b"endless")
        assert collect_artifacts(folder, LIMITS) == ((), "")
    os.close(descriptor)


def test_no_more_entries_are_looked_at_than_allowed(folder: Path) -> None:
    for number in range(600):
        (folder / f"{number:04d}").touch()
    artifacts, note = collect_artifacts(folder, LIMITS)
    assert len(artifacts) == LIMITS.files
    assert "after 500 entries" in note
