"""The container tier: on a stand-in for an engine everywhere, on the real engines where they are."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine_stand_in
import pytest

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.choose import choose_sandbox, describe
from hepcoder.sandbox.containers.container import ContainerSandbox
from hepcoder.sandbox.containers.engines import ENGINES, Container, EngineName
from hepcoder.sandbox.processes import all_processes, is_alive
from hepcoder.sandbox.records import Execution, Input, Job, Limits

NAME = "podman:physics:1"

apptainer_is_thorough = pytest.mark.parametrize(
    "sandbox", ["podman", pytest.param("apptainer", marks=pytest.mark.thorough)], indirect=True
)


@pytest.fixture
def state(bwrap: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-ins for engines do and shall do; they are the only ones on PATH."""
    place = tmp_path / "engine"
    place.mkdir()
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")
    monkeypatch.setenv("SOME_API_KEY", "sk-very-secret")
    return engine_stand_in.install(place, "podman", "apptainer")


@pytest.fixture(params=["podman", "apptainer"])
def sandbox(state: Path, request: pytest.FixtureRequest) -> ContainerSandbox:
    """The tier on a stand-in for each kind of engine, without a probe."""
    return on(state, request.param)


def on(state: Path, engine: EngineName) -> ContainerSandbox:
    program = str(state.parent / engine)
    return ContainerSandbox(Container(engine, program, "physics:1", change_user=os.geteuid() == 0))


def run(
    sandbox: Sandbox, tmp_path: Path, script: str, *, cancel: threading.Event | None = None, **fields: Any
) -> Execution:
    folder = tmp_path / f"run-{time.monotonic_ns()}"
    folder.mkdir()
    inputs = tuple(Input(path=path, name=name) for name, path in fields.pop("inputs", {}).items())
    limits = Limits(**({"wall_seconds": 30.0} | fields))
    return sandbox.run(Job(script=textwrap.dedent(script), folder=folder, inputs=inputs, limits=limits), cancel=cancel)


def containers(state: Path) -> list[str]:
    return [path.name for path in state.glob("hepcoder-*")]


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not condition():
        time.sleep(0.05)
    return condition()


LOOK = """
    import json, os, socket, sys
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    def told(action):
        try: return f"allowed {action()}"
        except OSError as error: return type(error).__name__
    print(json.dumps({
        "environment": dict(os.environ), "stdin": sys.stdin.read(),
        "folder": os.getcwd(), "files": sorted(os.listdir()), "root": sorted(os.listdir("/opt/hepcoder/hepcoder")),
        "seccomp": status["Seccomp"].strip(), "rights": status["NoNewPrivs"].strip(), "user": os.getuid(),
        "capabilities": status["CapEff"].strip(),
        "parents": [told(lambda: open(f"/proc/{pid}/environ").read()) for pid in (1, os.getppid())],
        "memory": told(lambda: open(f"/proc/{os.getppid()}/mem")),
        "write": told(lambda: open("/opt/x", "w")), "input": told(lambda: open("x,1.txt", "a")),
        "home": told(lambda: open(os.environ["HOME"] + "/x", "w")), "shm": told(lambda: open("/dev/shm/x", "w")),
        "net": told(lambda: socket.socket(socket.AF_INET)),
    }))
"""


def test_what_a_script_sees(sandbox: ContainerSandbox, state: Path, tmp_path: Path) -> None:
    data = tmp_path / 'odd: "name", with all'
    data.write_text("42")
    execution = run(sandbox, tmp_path, LOOK, inputs={"x,1.txt": data})
    assert execution.ok, (execution.stderr, execution.detail)
    seen = json.loads(execution.stdout)
    assert seen["environment"]["HOME"] == "/tmp/home"
    assert not {"SOME_API_KEY", "IMAGE_SECRET"} & seen["environment"].keys()
    assert seen["files"] == ["script.py", "x,1.txt"]
    assert seen["root"] == ["ledger", "sandbox", "tools"]
    assert (seen["stdin"], seen["folder"]) == ("", "/job")
    assert (seen["seccomp"], seen["rights"], int(seen["capabilities"], 16)) == ("2", "1", 0)
    assert seen["user"] != 0
    assert seen["parents"][1] == "PermissionError"
    assert not any(word in seen["parents"][0] for word in ("SOME_API_KEY", "IMAGE_SECRET"))
    assert not any(seen[what].startswith("allowed") for what in ("write", "input", "net", "memory"))
    assert all(seen[what].startswith("allowed") for what in ("home", "shm"))
    assert "sk-very-secret" not in (state / "log").read_text()
    assert containers(state) == []


def test_how_it_is_recorded(sandbox: ContainerSandbox, tmp_path: Path) -> None:
    script = "import sys\nopen('out.txt', 'w').write('1')\nsys.stderr.write('no newline')\nsys.exit(3)"
    execution = run(sandbox, tmp_path, script)
    assert (execution.outcome, execution.exit_code, execution.stderr) == ("finished", 3, "no newline")
    assert [artifact.name for artifact in execution.artifacts] == ["out.txt"]
    assert execution.backend.startswith(sandbox.name)
    assert execution.peaks.cpu_seconds is not None
    if sandbox.container.engine == "podman":  # whose processes are not ours to see
        assert (execution.peaks.memory_bytes, execution.peaks.processes) == (None, None)
    assert describe(sandbox).startswith(f"{sandbox.name} (")
    assert "\n" not in describe(sandbox)
    assert not list(tmp_path.glob(".hepcoder*"))


def test_attempts_are_noted(sandbox: ContainerSandbox, tmp_path: Path) -> None:
    script = "try: open('/etc/shadow')\nexcept OSError: pass\nimport socket\nsocket.create_connection(('10.0.0.1', 80))"
    execution = run(sandbox, tmp_path, script)
    assert ("read", "/etc/shadow") in [(attempt.kind, attempt.target) for attempt in execution.attempts]
    assert "network" in [attempt.kind for attempt in execution.attempts]
    assert execution.outcome == "forbidden"


@apptainer_is_thorough
@pytest.mark.parametrize(
    ("script", "code", "exception"),
    [
        ("{}['a']", 1, "KeyError"),
        ("import os; os.kill(os.getpid(), 15)", -15, None),
        ("import os; os._exit(137)", 137, None),
    ],
)
def test_endings(sandbox: ContainerSandbox, tmp_path: Path, script: str, code: int, exception: str | None) -> None:
    execution = run(sandbox, tmp_path, script)
    assert (execution.outcome, execution.exit_code) == ("finished", code)
    assert (execution.traceback and execution.traceback.exception) == exception


@apptainer_is_thorough
@pytest.mark.parametrize(
    ("outcome", "script", "limits"),
    [
        ("time", "import time\ntime.sleep(60)", {"wall_seconds": 1.5}),
        ("output_flood", "while True: print('x' * 1000)", {}),
        ("disk", "f = open('x', 'wb')\nwhile True: f.write(bytes(100_000)); f.flush()", {"disk_bytes": 2**21}),
        ("cpu", "while True: pass", {"cpu_seconds": 1.0}),
        ("memory", "x = bytearray(20 * 2**30)", {}),
    ],
)
def test_limits(
    sandbox: ContainerSandbox, state: Path, tmp_path: Path, outcome: str, script: str, limits: dict[str, Any]
) -> None:
    execution = run(sandbox, tmp_path, script, **limits)
    assert execution.outcome == outcome, (execution.detail, execution.stderr)
    assert containers(state) == []


def test_a_kill_at_the_engines_limit_is_told_as_memory(state: Path, tmp_path: Path) -> None:
    (state / "oom").touch()
    execution = run(on(state, "podman"), tmp_path, "import os\nif os.fork() == 0: os.kill(os.getpid(), 9)\nos.wait()")
    assert (execution.outcome, execution.exit_code) == ("memory", None)
    assert str(Limits().memory_bytes) in execution.detail


def test_cancel_ends_everything(sandbox: ContainerSandbox, state: Path, tmp_path: Path) -> None:
    cancel = threading.Event()
    threading.Timer(1.0, cancel.set).start()
    mark = f"hepcoder-cancelled-{os.getpid()}"
    script = f"""
        import os, sys
        if os.fork() == 0: os.setsid()
        os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(60)', {mark!r}])
    """
    assert run(sandbox, tmp_path, script, cancel=cancel).outcome == "cancelled"
    assert containers(state) == []
    assert wait_until(lambda: not processes_with(mark))


def test_a_daemon_does_not_outlive_the_script(sandbox: ContainerSandbox, tmp_path: Path) -> None:
    mark = f"hepcoder-daemon-{os.getpid()}"
    script = f"""
        import os, sys
        if os.fork() == 0:
            os.setsid()
            os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(60)', {mark!r}])
        print('parent ends')
    """
    execution = run(sandbox, tmp_path, script)
    assert execution.stdout == "parent ends\n"
    assert wait_until(lambda: not processes_with(mark))


def processes_with(word: str) -> list[int]:
    found = []
    for pid in all_processes():
        try:
            text = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in text and pid != os.getpid():
            found.append(pid)
    return found


def test_a_container_ended_from_outside_is_not_the_scripts_fault(state: Path, tmp_path: Path) -> None:
    sandbox = on(state, "podman")

    def end() -> None:
        assert wait_until(lambda: any((state / name).read_text() for name in containers(state)))
        time.sleep(1.0)
        os.kill(int((state / containers(state)[0]).read_text()), signal.SIGKILL)

    thread = threading.Thread(target=end)
    thread.start()
    execution = run(sandbox, tmp_path, "import time\ntime.sleep(60)")
    thread.join()
    assert execution.outcome == "sandbox_failed"
    assert "ended from outside" in execution.detail


def test_an_engine_that_hangs_is_not_the_scripts_fault(state: Path, tmp_path: Path) -> None:
    sandbox = on(state, "podman")
    (state.parent / "podman").write_text("#!/bin/sh\n[ $1 = run ] && exec sleep 60\nexit 1\n")
    execution = run(sandbox, tmp_path, "print(1)", wall_seconds=1.0)
    assert execution.outcome == "sandbox_failed"
    assert "before the script began: time" in execution.detail


AGENT = """
from pathlib import Path
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Job
script = "import os, time\\nif os.fork() == 0: os.setsid()\\nopen('began', 'w')\\ntime.sleep(61.5)"
choose_sandbox({name!r}).run(Job(script=script, folder=Path({folder!r})))
"""


def test_when_the_agent_is_killed_the_container_ends_and_is_removed_later(state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    agent = subprocess.Popen([sys.executable, "-c", AGENT.format(name=NAME, folder=str(folder))])
    try:
        assert wait_until(lambda: bool(list(tmp_path.glob(".hepcoder*/job/began"))), 30)
        (name,) = containers(state)
        inner = int((state / name).read_text())
    finally:
        agent.kill()
        agent.wait()
    assert wait_until(lambda: not is_alive(inner))
    assert containers(state) == [name]
    (state / "hepcoder-00000000-1-1-00").touch()  # of another machine, which shares the engine
    assert run(on(state, "podman"), tmp_path, "print(1)").ok
    assert containers(state) == ["hepcoder-00000000-1-1-00"]


def test_a_sum_of_memory_is_seen_where_the_processes_are_ours(state: Path, tmp_path: Path) -> None:
    script = "import os, time\nfor _ in range(3): os.fork()\nx = bytearray(30 * 2**20)\ntime.sleep(30)"
    execution = run(on(state, "apptainer"), tmp_path, script, memory_bytes=200 * 2**20)
    assert execution.outcome == "memory", execution.detail
    assert execution.peaks.memory_bytes is not None
    assert execution.peaks.processes is not None
    assert 2 <= execution.peaks.processes <= 8


@pytest.mark.parametrize("engine", ["podman", "apptainer"])
def test_the_probe_accepts_what_works(state: Path, tmp_path: Path, engine: str) -> None:
    image = tmp_path / "image.sif"
    image.touch()
    sandbox = choose_sandbox(f"apptainer:{image}" if engine == "apptainer" else NAME)
    assert sandbox.name.startswith(f"{engine}:")
    assert any("cgroup limits" in lack for lack in sandbox.lacks)  # the stand-ins have none, and the probe looked


def test_what_the_engine_may_not_bound_is_done_without(state: Path, tmp_path: Path) -> None:
    (state / "refuse").write_text("--cpus requested cgroup controller `cpu` is not available\n")
    sandbox = choose_sandbox(NAME)
    assert any("CPU time of all processes" in lack for lack in sandbox.lacks)
    assert run(sandbox, tmp_path, "print(1)").ok


@pytest.mark.parametrize(
    ("refused", "says"),
    [
        ("run image not known: physics:1", "image not known.*podman pull IMAGE"),
        ("--read-only something odd", "something odd.*try it by hand: podman run"),
    ],
)
def test_an_engine_that_refuses(state: Path, refused: str, says: str) -> None:
    (state / "refuse").write_text(f"{refused}\n")
    with pytest.raises(SandboxError, match=f"(?s){says}"):
        choose_sandbox(NAME)


def test_an_image_without_the_packages(state: Path) -> None:
    venv.create(state.parent / "bare", symlinks=True)
    (state / "python").write_text(str(state.parent / "bare"))
    with pytest.raises(SandboxError, match="(?s)lacks Python packages: .*numpy.*pip install hepcoder"):
        choose_sandbox(NAME)


def test_an_image_with_an_old_python() -> None:
    program = Path(engine_stand_in.__file__).parents[2] / "sandbox" / "inside" / "container.py"
    code = f"import sys, runpy; sys.version_info = (3, 8, 1); runpy.run_path({str(program)!r}, run_name='__main__')"
    settings = json.dumps({"mark": "<>"})
    done = subprocess.run([sys.executable, "-c", code], input=settings, capture_output=True, text=True, check=False)
    assert "the image's python3 is 3.8.1, and hepcoder needs 3.11 or later" in done.stderr


def test_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="(?s)podman is not installed.*apt-get install podman"):
        choose_sandbox(NAME)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_real_engine(engine: str, tmp_path: Path) -> None:
    image = os.environ.get(f"HEPCODER_TEST_IMAGE_{engine.upper()}")
    if shutil.which(engine) is None or image is None:
        pytest.skip(
            f"needs {engine}, and an image with hepcoder's dependencies in $HEPCODER_TEST_IMAGE_{engine.upper()}"
        )
    inputs = {"x,1.txt": Path(__file__)}
    execution = run(choose_sandbox(f"{engine}:{image}"), tmp_path, LOOK, inputs=inputs, wall_seconds=120)
    assert execution.ok, (execution.stderr, execution.detail)
    seen = json.loads(execution.stdout)
    assert seen["files"] == ["script.py", "x,1.txt"]
    assert seen["user"] != 0
    assert not any(seen[what].startswith("allowed") for what in ("write", "input", "net", "memory"))
