"""The search for keys finds them wherever they are written, and never says them."""

import base64
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.ledger.errors import RunError
from hepcoder.ledger.secrets import find_secrets

LONG = "Ab3" * 20
# Put together here, so that no search for keys stumbles over this file.
KEYS = {
    "Anthropic key": "sk-" + "ant-api03-" + LONG,
    "OpenAI key": "sk-" + "proj-" + LONG,
    "OpenAI-like key": "sk-" + LONG,
    "Google key": "AI" + "za" + LONG[:35],
    "Hugging Face token": "hf" + "_" + LONG[:34],
    "GitHub token": "gh" + "p_" + LONG[:36],
    "Groq key": "gs" + "k_" + LONG,
    "xAI key": "xa" + "i-" + LONG,
    "GitLab token": "gl" + "pat-" + LONG[:20],
    "AWS key": "AK" + "IA" + "ABCDEFGH12345678",
    "bearer token": "Authorization: " + "Bearer " + LONG,
    "key header": '"x-api' + '-key": "' + LONG,
    "private key": "-----BEGIN RSA" + " PRIVATE KEY-----",
}


@pytest.mark.parametrize("what", sorted(KEYS))
@pytest.mark.parametrize("before", [0, (1 << 20) - 20, (1 << 20) - 1])
def test_keys_are_found_by_their_shape(tmp_path: Path, what: str, before: int) -> None:
    path = tmp_path / "trials" / "t" / "events.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(" " * before + KEYS[what] + '"}\n' + "x" * 2_000_000)
    found = find_secrets(tmp_path)
    assert what in {finding.what for finding in found}
    assert {finding.path for finding in found} == {"trials/t/events.jsonl"}
    assert all(before <= finding.offset <= before + 20 for finding in found)
    assert LONG not in repr(found)


@given(st.text(min_size=8, max_size=40), st.binary(max_size=40), st.binary(max_size=40))
@settings(max_examples=80, deadline=None)
def test_given_values_are_found_plain_and_in_base64(value: str, before: bytes, after: bytes) -> None:
    raw = before + value.encode() + after
    with TemporaryDirectory() as name:
        folder = Path(name)
        for number, text in enumerate([raw, base64.b64encode(raw), base64.urlsafe_b64encode(raw)]):
            (folder / str(number)).write_bytes(text)
        found = find_secrets(folder, ["", value])
        assert {finding.path for finding in found} == {"0", "1", "2"}
        assert {finding.what.removesuffix(" in base64") for finding in found} == {"given value 2"}


def test_a_value_in_a_database_is_found(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "checkpoint.sqlite") as database:
        database.execute("CREATE TABLE t (x TEXT)")
        database.execute("INSERT INTO t VALUES (?)", ("a very secret value",))
    database.close()
    (finding,) = find_secrets(tmp_path, ["very secret value"])
    assert finding.path == "checkpoint.sqlite"


def test_ordinary_files_are_clean(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("task-ant sk-learn hf_hub AIza\nrisk-" + "a" * 40 + "\nThe bearer of news\n")
    (tmp_path / "link").symlink_to("/etc")
    assert find_secrets(tmp_path) == ()
    assert find_secrets(tmp_path, [""]) == ()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="absent is no folder"):
        find_secrets(tmp_path / "absent")
