"""Jobs that cannot run are refused before anything starts."""

import os
from pathlib import Path

import pytest

from hepcoder.ledger.errors import TaskError
from hepcoder.sandbox.records import Input, Job
from hepcoder.sandbox.validate import check_job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "data.root"
    file.write_bytes(b"")
    return file


def refusal(job: Job, *, foreign_reader: bool = False) -> str:
    with pytest.raises(TaskError) as caught:
        check_job(job, foreign_reader=foreign_reader)
    return str(caught.value)


def test_a_good_job(folder: Path, data: Path) -> None:
    link = folder.parent / "link.root"
    link.symlink_to(data)
    check_job(Job(script="", folder=folder, inputs=(Input(path=data, name="a b.root"), Input(path=link, name="Ω"))))


def test_folder(tmp_path: Path, folder: Path, data: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert "not a folder but a link" in refusal(Job(script="", folder=link))
    assert "not a folder but a file" in refusal(Job(script="", folder=data))
    assert "No such file" in refusal(Job(script="", folder=tmp_path / "missing"))
    assert "absolute" in refusal(Job(script="", folder=Path("run")))
    (folder / "old.txt").touch()
    assert "holds 'old.txt'" in refusal(Job(script="", folder=folder))


def test_script(folder: Path) -> None:
    assert "character 4" in refusal(Job.model_construct(script="x = \ud800", folder=folder, inputs=()))
    assert "bytes, more than" in refusal(Job(script="#" * (50 * 2**20 + 1), folder=folder))


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\0b", "a\nb", "x" * 256, "script.py"])
def test_names(folder: Path, data: Path, name: str) -> None:
    assert repr(name) in refusal(Job(script="", folder=folder, inputs=(Input(path=data, name=name),)))


def test_two_inputs_of_one_name(folder: Path, data: Path) -> None:
    inputs = (Input(path=data, name="a"), Input(path=data, name="a"))
    assert "two inputs" in refusal(Job(script="", folder=folder, inputs=inputs))


def test_inputs(tmp_path: Path, folder: Path, data: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to("/nowhere")

    def reason(path: Path) -> str:
        return refusal(Job(script="", folder=folder, inputs=(Input(path=path, name="x"),)))

    assert "No such file" in reason(tmp_path / "missing")
    assert "No such file" in reason(tmp_path / "dangling")
    assert "a folder" in reason(tmp_path)
    assert "a pipe" in reason(tmp_path / "pipe")
    assert "a device" in reason(Path("/dev/null"))
    assert "absolute" in reason(Path("data.root"))
    data.chmod(0o600)
    job = Job(script="", folder=folder, inputs=(Input(path=data, name="x"),))
    check_job(job)
    assert "chmod o+r" in refusal(job, foreign_reader=True)


def test_too_many_inputs(folder: Path, data: Path) -> None:
    inputs = tuple(Input(path=data, name=str(number)) for number in range(1001))
    assert "1001 inputs" in refusal(Job(script="", folder=folder, inputs=inputs))
