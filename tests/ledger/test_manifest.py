"""The manifest: written whole, read back, free of names of people and machines."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.ledger.errors import RunError, StorageError
from hepcoder.ledger.manifest import (
    InputFile,
    Manifest,
    SandboxInfo,
    describe_packages,
    describe_platform,
    hepcoder_version,
    read_manifest,
    source_commit,
    write_manifest,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _manifest(**changes: object) -> Manifest:
    fields: dict[str, object] = {
        "run": "20260304T050607.089Z-demo-ab12",
        "created": datetime(2026, 3, 4, tzinfo=UTC),
        "mode": "record",
        "hepcoder": hepcoder_version(),
        "python": platform.python_version(),
        "platform": describe_platform(),
        "packages": describe_packages(),
        "model": "local:qwen2.5-coder-1.5b",
        "inputs": (InputFile(name="data.root", path="data.root", bytes=3, sha256="0" * 64),),
        "sandbox": SandboxInfo(backend="bubblewrap", lacks=("landlock",)),
    }
    return Manifest.model_validate(fields | changes)


@given(st.dictionaries(st.text(), JSON, max_size=4), st.dictionaries(st.text(), st.integers(0, 2**32)), st.datetimes())
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read(task: dict[str, object], seeds: dict[str, int], created: datetime) -> None:
    manifest = _manifest(task=task, seeds=seeds, created=created.replace(tzinfo=UTC), parameters={"temperature": 0.0})
    with TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.json"
        write_manifest(path, manifest)
        write_manifest(path, manifest)
        assert read_manifest(path) == manifest
        assert [entry.name for entry in Path(folder).iterdir()] == ["manifest.json"]


def test_a_missing_or_damaged_manifest_is_named(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    with pytest.raises(RunError, match=f"{path} cannot be read: No such file"):
        read_manifest(path)
    write_manifest(path, _manifest())
    whole = path.read_text()
    path.write_text(whole[:100])
    with pytest.raises(RunError, match=f"{path} is damaged"):
        read_manifest(path)
    path.write_text(whole.replace('"record"', '"guess"'))
    with pytest.raises(RunError, match=f"{path} is damaged: mode: "):
        read_manifest(path)


def test_a_folder_that_cannot_be_written_is_named(read_only: Path) -> None:
    with pytest.raises(StorageError, match=r"manifest.json cannot be written: Permission denied"):
        write_manifest(read_only / "manifest.json", _manifest())


def test_no_name_of_user_or_host_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "a-user-name")
    monkeypatch.setenv("SOME_KEY", "a-key-value")
    text = _manifest().model_dump_json()
    assert platform.node() not in text or len(platform.node()) < 4
    assert "a-user-name" not in text
    assert "a-key-value" not in text


def test_the_installation_is_described() -> None:
    packages = describe_packages(["pydantic", "no-such-package-anywhere"])
    assert list(packages) == ["pydantic"]
    machine = describe_platform()
    assert 1 <= machine.cpus <= (os.cpu_count() or 1)
    assert machine.memory_bytes is None or machine.memory_bytes > 10**8


def test_the_commit_of_a_checkout_is_read_from_its_files(tmp_path: Path) -> None:
    def git(*words: str, folder: Path = tmp_path) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        return subprocess.run(
            ["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    assert source_commit(tmp_path) is None
    try:
        git("init", "--quiet")
    except FileNotFoundError:
        pytest.skip("git is not installed")
    assert source_commit(tmp_path) is None
    git("commit", "--quiet", "--allow-empty", "-m", "one")
    commit = git("rev-parse", "HEAD")
    assert source_commit(tmp_path) == commit
    git("pack-refs", "--all")
    assert source_commit(tmp_path) == commit
    git("worktree", "add", "--quiet", "-b", "side", str(tmp_path / "side"))
    assert source_commit(tmp_path / "side") == commit
    git("checkout", "--quiet", "--detach")
    assert source_commit(tmp_path) == commit
