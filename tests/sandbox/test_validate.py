"""Jobs that cannot run are refused before anything starts."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from execution_case import followed
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.ledger.errors import InputError, TaskError
from hepcoder.sandbox.capacity import free_bytes, most_processes
from hepcoder.sandbox.finish import finish
from hepcoder.sandbox.records import GIB, MIB, Input, Job, Limits, default_memory_bytes
from hepcoder.sandbox.validate import check_job, holds_code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "data.root"
    file.write_bytes(b"root")
    return file


def refusal(job: Job, *, foreign_reader: bool = False) -> str:
    with pytest.raises(TaskError) as caught:
        check_job(job, foreign_reader=foreign_reader)
    return str(caught.value)


def test_a_good_job(folder: Path, data: Path) -> None:
    link = folder.parent / "link.root"
    link.symlink_to(data)
    check_job(Job(script="pass", folder=folder, inputs=(Input(path=data, name="a b.root"), Input(path=link, name="Ω"))))


def test_folder(tmp_path: Path, folder: Path, data: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert "not a folder but a link" in refusal(Job(script="pass", folder=link))
    assert "not a folder but a file" in refusal(Job(script="pass", folder=data))
    assert "No such file" in refusal(Job(script="pass", folder=tmp_path / "missing"))
    assert "absolute" in refusal(Job(script="pass", folder=Path("run")))
    (folder / "old.txt").touch()
    assert "holds 'old.txt'" in refusal(Job(script="pass", folder=folder))


def test_script(folder: Path) -> None:
    assert "character 4" in refusal(Job.model_construct(script="x = \ud800", folder=folder, inputs=()))
    assert "bytes, more than" in refusal(Job(script="x" * (50 * 2**20 + 1), folder=folder))


@pytest.mark.parametrize("script", ["", " \n\t\n", "# to do", "\ufeff# to do\r\n\f # more\r", "#" * 10_000_000])
def test_a_script_without_code(folder: Path, script: str) -> None:
    assert "holds no code" in refusal(Job(script=script, folder=folder))


@pytest.mark.parametrize("script", ["pass", "# to do\nx = 1", "# to do\rx = 1", '"""only words"""', "\ufeffx=1", "  x"])
def test_a_script_with_code(folder: Path, script: str) -> None:
    check_job(Job(script=script, folder=folder))


@given(lines=st.lists(st.sampled_from(["", "   ", "# words", "\t# x = 1", "\f"])))
def test_blanks_and_comments_are_never_code(lines: list[str]) -> None:
    assert not holds_code("\n".join(lines))
    assert holds_code("\n".join([*lines, "x = 1"]))


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\0b", "a\nb", "x" * 256, "script.py"])
def test_names(folder: Path, data: Path, name: str) -> None:
    assert repr(name) in refusal(Job(script="pass", folder=folder, inputs=(Input(path=data, name=name),)))


def test_two_inputs_of_one_name(folder: Path, data: Path) -> None:
    inputs = (Input(path=data, name="a"), Input(path=data, name="a"))
    assert "two inputs" in refusal(Job(script="pass", folder=folder, inputs=inputs))


def test_inputs(tmp_path: Path, folder: Path, data: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("/nowhere")

    def reason(path: Path) -> str:
        return refusal(Job(script="pass", folder=folder, inputs=(Input(path=path, name="x"),)))

    assert "No such file" in reason(tmp_path / "missing")
    assert "No such file" in reason(tmp_path / "dangling")
    assert "a folder" in reason(tmp_path)
    assert "a pipe" in reason(tmp_path / "pipe")
    assert "a device" in reason(Path("/dev/null"))
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        assert "a socket" in reason(tmp_path / "s")
    (tmp_path / "nothing").touch()
    assert "empty (0 bytes)" in reason(tmp_path / "nothing")
    assert "absolute" in reason(Path("data.root"))
    data.chmod(0o600)
    job = Job(script="pass", folder=folder, inputs=(Input(path=data, name="x"),))
    check_job(job)
    assert "chmod o+r" in refusal(job, foreign_reader=True)


def test_too_many_inputs(folder: Path, data: Path) -> None:
    inputs = tuple(Input(path=data, name=str(number)) for number in range(1001))
    assert "1001 inputs" in refusal(Job(script="pass", folder=folder, inputs=inputs))


def test_a_bad_input_is_the_users_to_mend(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        check_job(Job(script="pass", folder=folder, inputs=(Input(path=tmp_path / "gone", name="x"),)))


@pytest.mark.parametrize("value", [0, -1, -(10**20)])
@pytest.mark.parametrize("name", list(Limits.model_fields))
def test_limits_that_are_not_positive(folder: Path, name: str, value: int) -> None:
    limits = Limits().model_copy(update={name: value})
    message = refusal(Job(script="pass", folder=folder).model_copy(update={"limits": limits}))
    assert name in message
    assert str(value) in message


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 604800.1])
def test_a_time_beyond_the_week(folder: Path, value: float) -> None:
    limits = Limits().model_copy(update={"wall_seconds": value})
    message = refusal(Job(script="pass", folder=folder).model_copy(update={"limits": limits}))
    assert "wall_seconds" in message
    assert str(value) in message


def test_limits_above_the_machine(folder: Path) -> None:
    installed = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    free, most = free_bytes(folder), most_processes()
    assert free is not None
    assert most is not None
    cases: list[tuple[str, int, int]] = [
        ("memory_bytes", installed + MIB, installed),
        ("disk_bytes", 2 * free, free),
        ("processes", most + 1, most),
    ]
    for name, asked, there in cases:
        message = refusal(Job(script="pass", folder=folder, limits=Limits.model_validate({name: asked})))
        assert name in message
        assert str(asked) in message
        assert str(there)[:3] in message  # free space changes meanwhile


def test_the_usual_memory_fits_into_half_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    page = os.sysconf("SC_PAGE_SIZE")
    for installed, usual in [(24 * GIB, 4 * GIB), (8 * GIB, 4 * GIB), (3 * GIB, 3 * GIB // 2), (MIB, 64 * MIB)]:
        pages = installed // page
        monkeypatch.setattr(os, "sysconf", lambda name, pages=pages: page if name == "SC_PAGE_SIZE" else pages)
        assert default_memory_bytes() == usual
    monkeypatch.setattr(os, "sysconf", _unknown)
    assert default_memory_bytes() == 4 * GIB


def _unknown(name: str) -> int:
    message = f"unrecognized configuration name {name}"
    raise ValueError(message)


@contextmanager
def mounted(place: Path, options: str) -> Iterator[Path]:
    """A small file system of its own; the test is skipped where it cannot be mounted."""
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a tmpfs cannot be mounted: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_file_system(tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "size=3m") as place:
        (place / "filler").write_bytes(bytes(3 * MIB))
        (place / "run").mkdir()
        limits = Limits(disk_bytes=MIB)
        assert "above the 0 bytes free" in refusal(Job(script="pass", folder=place / "run", limits=limits))


def test_a_read_only_file_system(tmp_path: Path) -> None:
    with mounted(tmp_path / "closed", "size=3m") as place:
        (place / "run").mkdir()
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        assert "not writable" in refusal(Job(script="pass", folder=place / "run", limits=Limits(disk_bytes=MIB)))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: folder.rmdir(),
        lambda folder: (folder.rmdir(), folder.symlink_to("/"))[0],
        lambda folder: (folder.rmdir(), folder.write_text("x"))[0],
    ],
    ids=["vanishes", "becomes-a-link", "becomes-a-file"],
)
def test_a_run_folder_that_goes_during_the_run(folder: Path, spoil: Callable[[Path], Any]) -> None:
    spoil(folder)
    execution = finish(Job(script="pass", folder=folder), followed(), 0, backend="bwrap", folder_as_seen="/job")
    assert execution.outcome == "sandbox_failed"
    assert execution.exit_code is None
    assert execution.artifacts == ()
    assert str(folder) in execution.detail


def test_inputs_that_disappear_during_the_run_are_named(folder: Path, data: Path) -> None:
    job = Job(script="pass", folder=folder, inputs=(Input(path=data, name="events.root"),))
    assert finish(job, followed(), 0, backend="bwrap", folder_as_seen="/job").detail == ""
    data.unlink()
    execution = finish(job, followed(), 0, backend="bwrap", folder_as_seen="/job")
    assert execution.outcome == "finished"
    assert "disappeared during the run: 'events.root'" in execution.detail
