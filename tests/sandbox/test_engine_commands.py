"""The command lines of container engines, as text."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.ledger.errors import SandboxError, TaskError
from hepcoder.sandbox.containers.commands import Mount, run_command
from hepcoder.sandbox.containers.engines import Container, EngineName, client_environment, parse_engine
from hepcoder.sandbox.records import GIB, Limits

LIMITS = Limits(wall_seconds=100, cpu_seconds=100, memory_bytes=2 * GIB, processes=20)
MOUNTS = (
    Mount(Path("/runs/a b:c/job"), "/job", writable=True),
    Mount(Path("/rooms/tools"), "/opt/hepcoder/hepcoder/tools"),
    Mount(Path('/data/x,"y".root'), "/data/x.root"),
)
FIRST = "-I -S /opt/hepcoder/hepcoder/sandbox/inside/container.py"
DOCKER = f"""
    /bin/docker run --name job-1 --label hepcoder.job --interactive --pull never --entrypoint python3 --workdir /
    --hostname sandbox --no-healthcheck --network none --ipc private --log-driver none --cap-drop ALL
    --security-opt no-new-privileges --security-opt label=disable
    --user 1000:100
    --read-only --tmpfs /tmp:rw,exec,nosuid,nodev,size=268435456,mode=1777 --shm-size 67108864
    --ulimit core=0:0 --ulimit nofile=512:512
    --memory 2147483648 --memory-swap 2147483648 --pids-limit 24 --cpus 1.00
    --mount "type=bind,source=/runs/a b:c/job,target=/job"
    --mount type=bind,source=/rooms/tools,target=/opt/hepcoder/hepcoder/tools,readonly
    --mount 'type=bind,"source=/data/x,""y"".root",target=/data/x.root,readonly'
    physics:1 {FIRST}
"""
PODMAN = DOCKER.replace("/bin/docker", "/bin/podman").replace(
    "--user 1000:100",
    "--user 1000:100 --userns keep-id --http-proxy=false --image-volume ignore --tmpfs /var/tmp:rw,size=4096,mode=0755",
)
APPTAINER = f"""
    /bin/apptainer exec --containall --cleanenv --no-home --no-eval --no-umask --no-mount hostfs,bind-paths,cwd
    --pid --ipc --uts --hostname sandbox --pwd / --net --network none
    --memory 2147483648 --memory-swap 2147483648 --pids-limit 24 --cpus 1.00
    --mount "type=bind,source=/runs/a b:c/job,target=/job"
    --mount type=bind,source=/rooms/tools,target=/opt/hepcoder/hepcoder/tools,ro
    --mount 'type=bind,"source=/data/x,""y"".root",target=/data/x.root,ro'
    physics:1 python3 {FIRST}
"""


def command(engine: EngineName, *, mounts: tuple[Mount, ...] = MOUNTS, root: bool = False) -> list[str]:
    container = Container(engine, f"/bin/{engine}", "physics:1", change_user=root)
    return run_command(container, mounts=mounts, limits=LIMITS, user=(1000, 100), name="job-1")


@pytest.mark.parametrize(("engine", "text"), [("docker", DOCKER), ("podman", PODMAN), ("apptainer", APPTAINER)])
def test_the_whole_command(engine: EngineName, text: str) -> None:
    import shlex

    assert command(engine) == shlex.split(text)


def test_what_an_engine_may_not_bound_is_left_out_and_told() -> None:
    bounds = {"cgroup_limits": False, "cpu_limit": False, "own_network": False}
    container = Container("apptainer", "/bin/apptainer", "x", change_user=False, **bounds)
    words = run_command(container, mounts=MOUNTS, limits=LIMITS, user=(1000, 100), name="job-1")
    assert not {"--memory", "--pids-limit", "--cpus", "--net", "--network"} & set(words)
    assert any("own network" in lack for lack in container.lacks)
    assert any("watched from outside" in lack for lack in container.lacks)
    assert Container("podman", "p", "x", change_user=False).lacks == ()
    assert "each process only" in Container("podman", "p", "x", change_user=False, limits_seen=False).lacks[0]


def test_root_gets_no_user_namespace_from_podman() -> None:
    assert "--userns" not in command("podman", root=True)
    assert "nproc=4096:4096" in command("podman", root=True)


def test_cpu_share_is_worth_the_cpu_time() -> None:
    container = Container("docker", "docker", "x", change_user=False)
    cores = os.cpu_count() or 1
    for cpu, share in ((200.0, min(2.0, cores)), (1.0, 1.0), (1e9, float(cores))):
        limits = Limits(wall_seconds=100, cpu_seconds=cpu)
        words = run_command(container, mounts=(), limits=limits, user=(1, 1), name="n")
        assert float(words[words.index("--cpus") + 1]) == share


PRINTABLE = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Zs", "Co", "Cn"), exclude_characters="/")
)


@given(PRINTABLE, PRINTABLE, st.sampled_from(["docker", "podman", "apptainer"]))
def test_every_path_arrives_whole(folder: str, name: str, engine: EngineName) -> None:
    mount = Mount(Path(f"/x{folder}"), f"/data/x{name}")
    words = command(engine, mounts=(mount,))
    (fields,) = csv.reader([words[words.index("--mount") + 1]], strict=True)
    assert fields == ["type=bind", f"source={mount.source}", f"target={mount.target}", fields[-1]]
    assert fields[-1] in {"ro", "readonly"}


@pytest.mark.parametrize("path", ["/a\nb", "/a\x00b", "/a\x1b[31m", "/ends ", "/not\udc80utf8"])
def test_a_path_that_no_engine_can_take_is_refused(path: str) -> None:
    with pytest.raises(TaskError, match="cannot be shown to a container: rename it"):
        command("podman", mounts=(Mount(Path(path), "/data/x"),))


@given(st.dictionaries(st.from_regex(r"[A-Z_]{1,20}", fullmatch=True), st.just("sk-secret")))
def test_keys_never_reach_the_engine(environment: dict[str, str]) -> None:
    given_on = client_environment(environment | {"OPENAI_API_KEY": "sk", "APPTAINER_BIND": "/home", "HOME": "/home/me"})
    assert given_on["HOME"] == "/home/me"
    assert not {name for name in given_on if "KEY" in name or "TOKEN" in name or "BIND" in name}
    assert not any("sk-secret" in word for word in command("docker"))


def test_names(tmp_path: Path) -> None:
    image = tmp_path / "image.sif"
    image.touch()
    assert parse_engine("auto") is None
    assert parse_engine("docker:ghcr.io/me/physics:1.2@sha256:abc") == ("docker", "ghcr.io/me/physics:1.2@sha256:abc")
    assert parse_engine(f"apptainer:{image}") == ("apptainer", str(image))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("podman", "names no image; write podman:IMAGE"),
        ("docker:", "names no image; write docker:IMAGE"),
        ("docker:--privileged", "'--privileged' is no name of an image"),
        ("podman:a b", "'a b' is no name of an image"),
        ("apptainer:docker://me/physics", "apptainer build image.sif docker://me/physics"),
        ("apptainer:/no/such.sif", "no Apptainer image at '/no/such.sif'"),
    ],
)
def test_bad_names(name: str, says: str) -> None:
    with pytest.raises(SandboxError, match=says):
        parse_engine(name)
