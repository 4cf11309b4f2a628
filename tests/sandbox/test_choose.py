"""Which sandbox is taken, and what is said when none is."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.advice import ways_out, ways_to_mend
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.bwrap.confinement import Confinement
from hepcoder.sandbox.bwrap.launcher import BubblewrapLauncher
from hepcoder.sandbox.choose import choose_sandbox, describe, try_tiers
from hepcoder.sandbox.records import Input, Job, Limits
from hepcoder.sandbox.root import read_map
from hepcoder.sandbox.workers.confined import ConfinedSandbox


def test_auto_takes_bwrap_first(bwrap: Sandbox) -> None:
    assert [tried.name for tried in try_tiers()] == ["bwrap", "landlock"]
    sandbox = choose_sandbox()
    assert sandbox.name == "bwrap"
    assert describe(sandbox).startswith("bwrap (")
    assert "lacks: " in describe(sandbox)
    assert "\n" not in describe(sandbox)


def test_what_is_missing_is_told() -> None:
    sandbox = ConfinedSandbox(BubblewrapLauncher(Confinement("/usr/bin/bwrap", change_user=False, own_network=False)))
    assert "own network" in describe(sandbox)
    assert any("own network" in lack for lack in sandbox.lacks)


def test_without_an_own_network_there_are_no_sockets(bwrap: Sandbox, tmp_path: Path) -> None:
    assert isinstance(bwrap, ConfinedSandbox)
    assert isinstance(bwrap.launcher, BubblewrapLauncher)
    sandbox = ConfinedSandbox(BubblewrapLauncher(replace(bwrap.launcher.confinement, own_network=False)))
    folder = tmp_path / "run"
    folder.mkdir()
    script = (
        "import socket\nfor f in (1, 2, 10):\n    try: socket.socket(f)\n    except OSError as e: print(e.strerror)"
    )
    execution = sandbox.run(Job(script=script, folder=folder))
    sandbox.close()
    assert execution.stdout == "Permission denied\n" * 3, execution.detail


@pytest.mark.parametrize("name", ["dockr", "docker_image", "", "bwrap:x"])
def test_no_such_sandbox(name: str) -> None:
    with pytest.raises(ValueError, match=f"no sandbox is called '{name}'.*'podman:IMAGE'"):
        choose_sandbox(name)


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


@pytest.mark.parametrize(
    ("tier", "reason", "says"),
    [
        ("bwrap", "bubblewrap (bwrap) is not installed", "dnf install bubblewrap"),
        ("bwrap", "bubblewrap at /opt/bwrap ...: setting up uid map: Permission denied", "profile bwrap /opt/bwrap fl"),
        ("bwrap", "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted", "apparmor_parser -r"),
        ("bwrap", "bwrap: Creating new namespace failed: ... (ENOSPC)", "user.max_user_namespaces=15000"),
        ("bwrap", "bwrap: Can't mount proc on /newroot/proc: Operation not permitted", "systempaths=unconfined"),
        ("bwrap", "bwrap: No permissions to create new namespace, likely because ...", "unprivileged_userns_clone=1"),
        ("bwrap", "bwrap: Unknown option --disable-userns", "bubblewrap 0.5 or later"),
        ("bwrap", "bwrap did not answer within 5 s", "very busy"),
        ("bwrap", "never heard of", "try it by hand: bwrap"),
        ("landlock", "the kernel has no Landlock, or was started without it", "lsm= boot parameter"),
        (
            "landlock",
            "Landlock ABI 1 is too old: before 3 (Linux 6.2) scripts could empty inputs",
            "Linux 6.2 or later",
        ),
        ("podman:x", "Error: newuidmap: write to uid_map failed", "usermod --add-subuids"),
        (
            "docker:x",
            "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock",
            "systemctl start docker",
        ),
        ("docker:x", "docker: Error response from daemon: No such image: x", "docker pull IMAGE"),
        ("podman:x", "runc: executable file `python3` not found in $PATH", "python3 -m pip install hepcoder"),
        ("apptainer:/x.sif", "cannot use cgroups: requires cgroups v2", "delegate.conf"),
        ("none", "whatever", ""),
    ],
)
def test_the_way_out_fits_the_reason(tier: str, reason: str, says: str) -> None:
    assert says in "\n".join(ways_out(tier, reason))


def test_the_apparmor_profile_is_whole() -> None:
    lines = "\n".join(ways_out("bwrap", "setting up uid map: Permission denied")).splitlines()
    first, last = lines.index("cat > /etc/apparmor.d/bwrap <<'END'"), lines.index("END")
    profile = ["abi <abi/4.0>,", "include <tunables/global>", "profile bwrap /usr/bin/bwrap flags=(unconfined) {"]
    assert lines[first + 1 : last] == [*profile, "  userns,", "}"]


@pytest.mark.parametrize("network", [True, False])
@pytest.mark.parametrize("ban", [True, False])
def test_what_bubblewrap_lacks_can_be_mended(network: bool, ban: bool) -> None:
    confinement = Confinement("bwrap", change_user=False, own_network=network, forbid_user_namespaces=ban)
    assert len(confinement.lacks) == (not network) + (not ban)
    assert all(ways_to_mend(lack) for lack in confinement.lacks)


def test_an_unusable_container_says_why(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="write podman:IMAGE"):
        choose_sandbox("podman")


def test_the_map_of_users() -> None:
    assert read_map("0 1000 1\n1 100000 65536\n") == [(0, 1000, 1), (1, 100000, 65536)]
    assert read_map(Path("/proc/self/uid_map").read_text())
    assert os.geteuid() >= 0
