"""What cannot work is refused in one line with exit code 2, before anything runs or is asked."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from solving_case import GOOD, PROMPT, fenced, script_model, write_input

from hepcoder.ui.cli import run
from hepcoder.ui.exits import Exit


def pipe(path: Path) -> None:
    os.mkfifo(path)


def live_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path.name)


def link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_input(tmp_path)
    return tmp_path


def solve(where: Path, **task: Any) -> int:
    path = where / "task.yaml"
    path.write_text(yaml.safe_dump({"prompt": PROMPT, "outputs": ["result.json:n_selected,mean_pt[GeV]"], **task}))
    model = script_model(where, "plan", fenced(GOOD))
    return run(["solve", "--task", str(path), "--model", model, "--runs", str(where / "runs"), "--quiet"])


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (Path.mkdir, "folder"),
        (pipe, "pipe"),
        (live_socket, "socket"),
        (link_to("/nowhere"), "no file"),
        (link_to("/dev/zero"), "device"),
        (link_to("."), "folder"),
        (Path.touch, "0 bytes"),
    ],
)
def test_inputs(where: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None], says: str) -> None:
    make(where / "bad.root")
    assert solve(where, inputs=["photons.root", "bad.root"]) == Exit.USAGE
    err = capsys.readouterr().err
    assert says in err
    assert "bad.root" in err
    assert not (where / "runs").exists()


def test_an_input_whose_name_no_script_could_be_given(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (where / "photons.root").rename(where / "photons\n.root")
    assert solve(where, inputs=["photons\n.root"]) == Exit.USAGE
    assert "no plain file name" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"wall_seconds": 0}, ("wall_seconds", "greater than 0", "not 0")),
        ({"cpu_seconds": -3}, ("cpu_seconds", "greater than 0", "not -3")),
        ({"memory_bytes": 10**15}, ("memory_bytes = 1000000000000000", "this machine's")),
        ({"disk_bytes": 10**18}, ("disk_bytes = 1000000000000000000", "free at")),
        ({"processes": 10**9}, ("processes = 1000000000", "allows")),
        ({"wall_seconds": 10**7}, ("wall_seconds", "604800", "10000000")),
    ],
)
def test_limits(where: Path, capsys: pytest.CaptureFixture[str], limits: dict[str, int], says: tuple[str, ...]) -> None:
    assert solve(where, inputs=["photons.root"], limits=limits) == Exit.USAGE
    err = capsys.readouterr().err
    for part in says:
        assert part in err
    assert not (where / "runs").exists()


def test_a_request_that_is_no_text(where: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = script_model(where, "plan", fenced(GOOD))
    request = os.fsdecode(b"count \xff events")  # as a shell passes bytes that are no UTF-8
    assert run(["solve", request, "-i", "photons.root", "-o", "result.json:n", "--model", model]) == Exit.USAGE
    assert "unicode" in capsys.readouterr().err


def test_a_plan_that_is_no_text_is_still_a_plan(where: Path) -> None:
    model = script_model(where, "count \ud800 photons", fenced(GOOD))
    outputs = ["-o", "result.json:n_selected,mean_pt[GeV]"]
    arguments = ["solve", PROMPT, "-i", "photons.root", *outputs, "--model", model, "--runs", str(where / "runs")]
    assert run([*arguments, "--quiet"]) == Exit.SOLVED


@pytest.mark.parametrize(
    "reply", ["No.", "```python\n# to do\n```", "```python\n\n```", "```python\nx = '\ud800'\n```"]
)
def test_a_model_that_writes_no_script_has_failed_and_not_the_user(
    where: Path, capsys: pytest.CaptureFixture[str], reply: str
) -> None:
    path = where / "task.yaml"
    path.write_text(yaml.safe_dump({"prompt": PROMPT, "inputs": ["photons.root"]}))
    model = script_model(where, "plan", reply, reply, reply, reply)
    arguments = ["--task", str(path), "-o", "result.json", "--model", model, "--runs", str(where / "runs"), "--quiet"]
    assert run(["solve", *arguments]) == Exit.FAILED
    assert "coder.no_code" in capsys.readouterr().out
