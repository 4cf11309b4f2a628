"""Collecting from and deleting folders that were made to hurt."""

import hashlib
import os
import socket
import time
from pathlib import Path

import pytest

from hepcoder.sandbox.collect import collect_artifacts
from hepcoder.sandbox.folders import MAX_DEPTH, remove_folder, walk
from hepcoder.sandbox.records import MIB, Limits


def make_deep(folder: Path, levels: int) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=descriptor)
        inner = os.open("d", os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(os.open("bottom", os.O_CREAT | os.O_WRONLY, dir_fd=descriptor))
    os.close(descriptor)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


def test_regular_files_with_their_digests(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "b.json").write_bytes(b"{}")
    (folder / "a.txt").write_bytes(b"a")
    (folder / "script.py").write_bytes(b"1")
    artifacts, note = collect_artifacts(folder, Limits(), skip=frozenset({"script.py"}))
    assert [(artifact.name, artifact.bytes) for artifact in artifacts] == [("a.txt", 1), ("sub/b.json", 2)]
    assert artifacts[1].sha256 == hashlib.sha256(b"{}").hexdigest()
    assert note == ""


def test_links_pipes_and_sockets_are_never_opened(folder: Path) -> None:
    secret = folder.parent / "secret"
    secret.write_text("secret")
    (folder / "link").symlink_to(secret)
    (folder / "folder-link").symlink_to(folder.parent, target_is_directory=True)
    (folder / "dangling").symlink_to("/nowhere")
    os.mkfifo(folder / "plot.png")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s"))
        started = time.monotonic()
        assert collect_artifacts(folder, Limits()) == ((), "")
        assert time.monotonic() - started < 1


def test_sparse_and_many_and_odd_names(folder: Path) -> None:
    with (folder / "sparse").open("wb") as file:
        file.truncate(10**12)
    (folder / "good").write_text("x")
    Path(os.fsdecode(bytes(folder) + b"/\xff\xfe")).write_text("x")
    artifacts, note = collect_artifacts(folder, Limits(disk_bytes=MIB))
    assert [artifact.name for artifact in artifacts] == ["good"]
    assert "sparse" in note
    for number in range(50):
        (folder / f"f{number:02}").touch()
    artifacts, note = collect_artifacts(folder, Limits(files=20))
    assert len(artifacts) == 20 - 0
    assert "after 20 entries" in note


def test_a_folder_1500_deep(folder: Path) -> None:
    make_deep(folder, 1500)
    (folder / "top").write_text("x")
    assert [artifact.name for artifact in collect_artifacts(folder, Limits())[0]] == ["top"]
    assert sum(1 for _ in walk(folder)) == MAX_DEPTH + 1
    remove_folder(folder)
    assert not folder.exists()


def test_removing_follows_no_link_and_opens_closed_folders(folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "kept").write_text("x")
    (folder / "link").symlink_to(outside, target_is_directory=True)
    closed = folder / "a" / "b" / "c"
    closed.mkdir(parents=True)
    (closed / "file").write_text("x")
    (folder / "a" / ".removed-1").mkdir()
    (folder / ".removed-2").mkdir()
    for place in (closed, closed.parent, closed.parent.parent):
        place.chmod(0)
    remove_folder(folder)
    assert not folder.exists()
    assert (outside / "kept").read_text() == "x"
    remove_folder(folder)


def test_a_walk_leaves_no_descriptor_open(folder: Path) -> None:
    make_deep(folder, 10)
    before = len(list(Path("/proc/self/fd").iterdir()))
    next(iter(walk(folder)))
    for _ in walk(folder):
        pass
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
    assert list(walk(folder / "missing")) == []
