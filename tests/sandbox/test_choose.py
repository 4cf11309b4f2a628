"""Which sandbox is taken, and what is said when none is."""

import os
from pathlib import Path

import pytest

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.bwrap import BubblewrapSandbox
from hepcoder.sandbox.choose import choose_sandbox, describe
from hepcoder.sandbox.confinement import Confinement
from hepcoder.sandbox.records import Job, Limits


def test_auto_takes_bwrap(bwrap: Sandbox) -> None:
    sandbox = choose_sandbox()
    assert isinstance(sandbox, BubblewrapSandbox)
    assert describe(sandbox).startswith("bwrap (")
    assert "lacks: " in describe(sandbox)


def test_what_is_missing_is_told() -> None:
    sandbox = BubblewrapSandbox(Confinement("/usr/bin/bwrap", change_user=False, own_network=False))
    assert "own network" in describe(sandbox)
    assert sandbox.label.startswith("bwrap without own network")


def test_without_an_own_network_there_are_no_sockets(bwrap: Sandbox, tmp_path: Path) -> None:
    confinement = Confinement("bwrap", change_user=os.geteuid() == 0, own_network=False)
    script = (
        "import socket\nfor f in (1, 2, 10):\n    try: socket.socket(f)\n    except OSError as e: print(e.strerror)"
    )
    execution = BubblewrapSandbox(confinement).run(Job(script=script, folder=tmp_path))
    assert execution.stdout == "Permission denied\n" * 3, execution.detail


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="not installed.*apt-get install bubblewrap.*--sandbox none"):
        choose_sandbox()


def test_installed_but_not_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: setting up uid map: Permission denied' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="setting up uid map: Permission denied.*AppArmor"):
        choose_sandbox()


def test_no_such_sandbox() -> None:
    with pytest.raises(ValueError, match="'docker'"):
        choose_sandbox("docker")  # type: ignore[arg-type]


@pytest.fixture
def unsafe() -> Sandbox:
    with pytest.warns(RuntimeWarning, match="all rights"):
        return choose_sandbox("none")


def test_none_says_so(unsafe: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-very-secret")
    data = tmp_path / "data"
    data.write_text("42")
    folder = tmp_path / "run"
    folder.mkdir()
    from hepcoder.sandbox.records import Input

    script = "import os\nprint(open('x').read(), 'SOME_API_KEY' in os.environ)\nopen('out', 'w').write('1')\n{}['a']"
    execution = unsafe.run(Job(script=script, folder=folder, inputs=(Input(path=data, name="x"),)))
    assert execution.backend == "none"
    assert execution.stdout == "42 False\n"
    assert execution.exit_code == 1
    assert execution.traceback is not None
    assert (execution.traceback.exception, execution.traceback.line) == ("KeyError", 4)
    assert str(tmp_path) not in execution.traceback.text
    assert [artifact.name for artifact in execution.artifacts] == ["out"]
    assert "no confinement" in describe(unsafe)


def test_none_keeps_limits(unsafe: Sandbox, tmp_path: Path) -> None:
    script = "import os, time\nos.fork()\ntime.sleep(60)"
    execution = unsafe.run(Job(script=script, folder=tmp_path, limits=Limits(wall_seconds=0.5)))
    assert execution.outcome == "time"
