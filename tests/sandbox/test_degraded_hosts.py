"""Machines that allow less: each is made for the test, and the tier taken and what it lacks are looked at."""

import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.inside.landlock import find_abi

NOBODY = "65534"
LANDLOCK = find_abi(None) >= 3

LOOK = """
import json, sys, tempfile
from pathlib import Path
from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Job
found = {}
for name in sys.argv[1:]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "run")
        folder.mkdir()
        try:
            sandbox = choose_sandbox(name)
        except SandboxError as error:
            found[name] = {"tier": None, "refusal": str(error)}
            continue
        script = "import socket\\nprint('ran')\\ntry: socket.socket()\\nexcept OSError as error: print('no socket')"
        execution = sandbox.run(Job(script=script, folder=folder))
        sandbox.close()
        out = execution.stdout or execution.detail
        found[name] = {"tier": sandbox.name, "lacks": sandbox.lacks, "out": out}
print(json.dumps(found))
"""


def look(*names: str, before: Sequence[str] = (), python: Path | str = sys.executable, **environment: str) -> Any:
    """Choose each sandbox and run a script in it, in a process of its own."""
    command = [*before, str(python), "-c", LOOK, *names]
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, cwd="/", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def host(*settings: str, root_of_namespace: bool = False) -> list[str]:
    """The beginning of a command that runs as an ordinary user in a throw-away host with other kernel settings.

    It is a user namespace within a user namespace: the outer one has the settings, the inner one no rights over them.
    """
    write = "".join(f"echo {setting.replace('=', ' > /proc/sys/user/')} || exit 9; " for setting in settings)
    user = NOBODY if os.geteuid() == 0 else str(os.geteuid())
    inner = "" if root_of_namespace else f"unshare --user --map-user={user} --map-group={user} "
    lower = ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"] if os.geteuid() == 0 else []
    command = [*lower, "unshare", "--user", "--map-root-user", "sh", "-c", f'{write}exec {inner}"$@"', "sh"]
    tried = subprocess.run(
        [*command, sys.executable, "-c", "import pydantic"], capture_output=True, cwd="/", check=False
    )
    if tried.returncode != 0:
        pytest.skip(f"such a host cannot be made here: {tried.stderr.decode().strip()[-200:]}")
    return command


def without_bwrap(folder: Path) -> str:
    """A PATH with the usual programs and no bwrap."""
    folder.mkdir()
    for name in ("sh", "env"):
        (folder / name).symlink_to(shutil.which(name) or "/bin/sh")
    return str(folder)


@pytest.mark.usefixtures("bwrap")
def test_the_throw_away_host_alone_changes_nothing() -> None:
    found = look("bwrap", before=host())["bwrap"]
    assert found["tier"] == "bwrap"
    assert not any("own network" in lack for lack in found["lacks"])
    assert found["out"] == "ran\nno socket\n", found


@pytest.mark.usefixtures("bwrap")
def test_root_of_a_namespace_without_other_users_is_an_ordinary_user() -> None:
    found = look("bwrap", before=host(root_of_namespace=True))["bwrap"]
    assert (found["tier"], found["out"]) == ("bwrap", "ran\nno socket\n"), found


@pytest.mark.usefixtures("bwrap")
def test_no_network_namespaces() -> None:
    found = look("auto", before=host("0=max_net_namespaces"))["auto"]
    assert found["tier"] == "bwrap"
    assert "own network (sockets are refused by the filter)" in found["lacks"]
    assert found["out"] == "ran\nno socket\n", found


def test_no_user_namespaces() -> None:
    found = look("auto", "bwrap", before=host("1=max_user_namespaces"))  # the one that the test itself needs
    assert found["bwrap"]["tier"] is None
    assert "ENOSPC" in found["bwrap"]["refusal"]
    assert "sysctl -w user.max_user_namespaces=15000" in found["bwrap"]["refusal"]
    if LANDLOCK:
        assert found["auto"]["tier"] == "landlock"
        assert any("process ids" in lack for lack in found["auto"]["lacks"])
        assert found["auto"]["out"] == "ran\nno socket\n", found
    else:
        assert "- landlock: " in found["auto"]["refusal"]


def test_bwrap_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", without_bwrap(tmp_path / "bin"))
    with pytest.raises(SandboxError, match="(?s)not installed.*apt-get install bubblewrap.*--sandbox none"):
        choose_sandbox("bwrap")
    if LANDLOCK:
        sandbox = choose_sandbox()
        assert sandbox.name == "landlock"
        assert sandbox.lacks


@pytest.mark.parametrize(
    ("says", "way_out"),
    [
        ("bwrap: setting up uid map: Permission denied", "profile bwrap .*userns,.*apparmor_parser -r"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "inside a container"),
        ("", "no reason was given.*try it by hand"),
    ],
)
def test_bwrap_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str, way_out: str) -> None:
    folder = without_bwrap(tmp_path / "bin")
    fake = Path(folder, "bwrap")
    fake.write_text(f'#!/bin/sh\necho "{says}" >&2\nexit 1\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", folder)
    with pytest.raises(SandboxError, match=f"(?s)^no sandbox can start here.*{says}.*{way_out}.*--sandbox none"):
        choose_sandbox("bwrap")


@pytest.mark.usefixtures("bwrap")
def test_home_cannot_be_written() -> None:
    found = look("auto", HOME="/proc/no-such-home", XDG_CACHE_HOME="/proc/no-such-cache")["auto"]
    assert (found["tier"], found["out"]) == ("bwrap", "ran\nno socket\n"), found


def test_python_below_a_closed_home(bwrap: Sandbox, tmp_path: Path) -> None:
    home = tmp_path / "home"
    venv.create(home / "environment", symlinks=True)
    (packages,) = (home / "environment" / "lib").glob("python*/site-packages")
    here = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("".join(f"import site; site.addsitedir({path!r})\n" for path in here))
    home.chmod(0o700)
    found = look("bwrap", python=home / "environment" / "bin" / "python")["bwrap"]
    assert (found["tier"], found["out"]) == ("bwrap", "ran\nno socket\n"), found
