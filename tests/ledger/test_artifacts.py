"""The artifact store: what is put under a digest comes back, or an error says why not."""

import hashlib
import os
import resource
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.ledger.artifacts import ArtifactStore
from hepcoder.ledger.errors import DigestError, StorageError


@given(st.lists(st.binary(max_size=200), max_size=5))
@settings(max_examples=40, deadline=None)
def test_what_is_put_comes_back(contents: list[bytes]) -> None:
    with TemporaryDirectory() as name:
        store = ArtifactStore(Path(name) / "artifacts")
        shas = [store.put_bytes(content) for content in [*contents, *contents]]
        assert [store.get_bytes(sha) for sha in shas] == contents * 2
        assert shas == [hashlib.sha256(content).hexdigest() for content in contents] * 2
        held = {path.name for path in store.folder.iterdir()} if contents else set()
        assert held == set(shas)


@given(st.text())
@settings(max_examples=30, deadline=None)
def test_a_text_comes_back_to_the_letter(text: str) -> None:
    with TemporaryDirectory() as name:
        store = ArtifactStore(Path(name))
        assert store.get_text(store.put_text(text)) == text


def test_a_file_is_copied_under_the_digest_of_its_content(tmp_path: Path) -> None:
    source = tmp_path / "data.bin"
    source.write_bytes(os.urandom(3_000_000))
    store = ArtifactStore(tmp_path / "artifacts")
    sha = store.put_file(source)
    assert store.put_file(source) == sha
    assert store.get_bytes(sha) == source.read_bytes()
    assert [path.name for path in store.folder.iterdir()] == [sha]
    assert store.path(sha).read_bytes() == source.read_bytes()


def test_a_changed_artifact_is_caught_and_healed_by_putting_it_again(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    sha = store.put_text("print(1)")
    store.path(sha).write_text("print(2)")
    with pytest.raises(DigestError, match=f"{sha} was changed"):
        store.get_bytes(sha)
    assert store.put_text("print(1)") == sha
    assert store.get_text(sha) == "print(1)"


def test_a_missing_artifact_is_named(tmp_path: Path) -> None:
    sha = "0" * 64
    store = ArtifactStore(tmp_path)
    assert not store.has(sha)
    with pytest.raises(StorageError, match=sha):
        store.get_text(sha)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "0" * 63, "0" * 65, "A" * 64, "0" * 64 + "\n"])
def test_only_a_digest_names_an_artifact(tmp_path: Path, name: str) -> None:
    with pytest.raises(DigestError, match="no sha256"):
        ArtifactStore(tmp_path).path(name)


@pytest.mark.parametrize("name", ["absent", "."])
def test_a_source_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    store = ArtifactStore(tmp_path / "artifacts")
    with pytest.raises(StorageError, match=str(tmp_path / name)):
        store.put_file(tmp_path / name)
    assert list(store.folder.iterdir()) == []


def test_a_store_that_cannot_be_written_is_named(read_only: Path) -> None:
    with pytest.raises(StorageError, match="Permission denied"):
        ArtifactStore(read_only).put_text("x")
    with pytest.raises(StorageError, match="Permission denied"):
        ArtifactStore(read_only / "artifacts").put_text("x")


def test_a_disk_that_fills_up_leaves_no_half_file(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    source = Path(__file__)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
        with pytest.raises(StorageError, match="File too large"):
            store.put_bytes(b"x" * 10_000)
        with pytest.raises(StorageError, match="File too large"):
            store.put_file(source)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_threads_may_put_the_same_at_once(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    shas: list[str] = []
    threads = [threading.Thread(target=lambda: shas.append(store.put_bytes(b"x" * 100_000))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(shas)) == 1
    assert [path.name for path in tmp_path.iterdir()] == [shas[0]]
    assert len(shas) == 8
