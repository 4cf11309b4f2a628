"""Start and end of jobs: nothing stays, whoever dies first."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from tier_case import landlock_is_thorough

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.bwrap.launcher import BubblewrapLauncher, probe
from hepcoder.sandbox.records import Execution, Job, Limits
from hepcoder.sandbox.workers.confined import ConfinedSandbox

Run = Callable[..., Execution]


def processes_with(word: str) -> list[int]:
    """Processes of this machine whose command line or environment holds a word."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                text = (place / "cmdline").read_bytes()
            except OSError:
                continue
            if word.encode() in text:
                found.append(int(place.name))
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


DAEMON = """
    import os, sys, time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, '-S', '-c', 'import time; time.sleep(60)', {mark!r}])
        os._exit(0)
    time.sleep(0.5)
    print('parent ends')
"""


def test_a_daemon_is_gone_and_holds_nobody_up(run: Run) -> None:
    started = time.monotonic()
    execution = run(DAEMON.format(mark="hepcoder-test-daemon"))
    assert execution.ok, execution.stderr
    assert execution.stdout == "parent ends\n"
    assert time.monotonic() - started < 20
    assert not processes_with("hepcoder-test-daemon")


@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGTERM])
def test_when_the_agent_is_killed_the_script_dies(
    bwrap: Sandbox, tmp_path: Path, signal_number: signal.Signals
) -> None:
    mark = f"hepcoder-test-orphan-{os.getpid()}-{signal_number.value}"
    folder = tmp_path / "run"
    folder.mkdir()
    script = DAEMON.format(mark=mark).replace("time.sleep(0.5)", "time.sleep(60)")
    agent = f"""
import textwrap
from pathlib import Path
from hepcoder.sandbox.choose import choose_sandbox
from hepcoder.sandbox.records import Job
choose_sandbox('bwrap').run(Job(script=textwrap.dedent({script!r}), folder=Path({str(folder)!r})))
"""
    process = subprocess.Popen([sys.executable, "-c", agent])
    try:
        assert wait_until(lambda: bool(processes_with(mark)), 30)
    finally:
        process.send_signal(signal_number)
        process.wait()
    assert wait_until(lambda: not processes_with(mark))


@landlock_is_thorough
def test_a_worker_thread_that_ends_takes_no_sandbox_with_it(run: Run) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(run, "print(1)").result().ok
    assert run("import time\ntime.sleep(0.3)\nprint(2)").stdout == "2\n"
    started: list[Execution] = []
    first = threading.Thread(target=lambda: started.append(run("import time\ntime.sleep(1)\nprint(3)")))
    first.start()
    first.join()
    assert started[0].ok


@landlock_is_thorough
def test_several_at_once_do_not_meet(run: Run) -> None:
    script = """
        import os, time
        open('mine', 'w').write('{0}')
        time.sleep(0.5)
        print(sorted(os.listdir('.')), open('mine').read())
    """
    with ThreadPoolExecutor(4) as pool:
        executions = list(pool.map(lambda number: run(script.format(number)), range(4)))
    assert [execution.stdout for execution in executions] == [f"['mine', 'script.py'] {n}\n" for n in range(4)]


def test_no_other_process_is_in_sight(run_in_bwrap: Run) -> None:
    script = "import os, time\ntime.sleep(0.5)\nprint(len([name for name in os.listdir('/proc') if name.isdigit()]))"
    with ThreadPoolExecutor(2) as pool:
        assert [execution.stdout for execution in pool.map(run_in_bwrap, [script] * 2)] == ["3\n"] * 2


@landlock_is_thorough
@pytest.mark.parametrize("spoil", ["folder", "input"])
def test_what_goes_during_the_run_is_told(run: Run, tmp_path: Path, spoil: str) -> None:
    folder, data = tmp_path / "own", tmp_path / "data.txt"
    data.write_text("42")
    inputs = {"data.txt": data}
    assert run("print(1)", inputs=inputs).ok  # a worker is ready from here on
    folder.mkdir()
    threading.Timer(0.5, folder.rmdir if spoil == "folder" else data.unlink).start()
    execution = run("import time\ntime.sleep(2)\nopen('left', 'w').close()", inputs=inputs, folder=folder)
    if spoil == "folder":
        assert execution.outcome == "sandbox_failed"
        assert str(folder) in execution.detail
    else:
        assert execution.ok
        assert "disappeared during the run: 'data.txt'" in execution.detail


def test_a_new_session_so_that_ctrl_c_does_not_reach_the_script(run: Run) -> None:
    execution = run("import os\nprint(os.getsid(0) == os.getpid() == os.getpgid(0), os.isatty(0))")
    assert execution.stdout == "True False\n"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("pass", 0),
        ("raise SystemExit(3)", 3),
        ("import os; os._exit(125)", 125),
        ("import os; os.abort()", -6),
        ("import os; os.kill(os.getpid(), 9)", -9),
        ("raise ValueError", 1),
    ],
)
def test_exit_codes(run: Run, script: str, code: int) -> None:
    execution = run(script)
    assert execution.outcome == "finished"
    assert execution.exit_code == code
    assert execution.ok == (code == 0)


def test_a_forbidden_system_call_that_kills(run: Run) -> None:
    assert run("import os, signal\nos.kill(os.getpid(), signal.SIGSYS)").outcome == "forbidden"


def test_exception_of_the_script(run: Run) -> None:
    execution = run("import json\n\ndef read():\n    return json.loads('{')\n\nread()\n")
    assert execution.traceback is not None
    assert execution.traceback.exception == "JSONDecodeError"
    assert execution.traceback.line == 4
    assert "<python>/json/" in execution.traceback.text


def test_output_that_is_no_text(run: Run) -> None:
    execution = run("import os\nos.write(1, bytes(range(256)))\nos.write(2, b'\\xff\\xfe\\n')\nprint('\\ud800')")
    assert execution.ok, execution.stderr
    assert "\ufffd" in execution.stdout
    assert "\\ud800" in execution.stdout


def test_the_same_script_prints_the_same_twice(run: Run) -> None:
    script = """
        import os, sys
        print(__file__, os.getcwd(), sys.path, {'a', 'b', 'c'}, hash('x'), os.environ, sys.argv)
    """
    assert run(script).stdout == run(script).stdout


def test_a_sandbox_that_breaks_is_not_the_script(bwrap: Sandbox, tmp_path: Path) -> None:
    assert isinstance(bwrap, ConfinedSandbox)
    assert isinstance(bwrap.launcher, BubblewrapLauncher)
    confinement = bwrap.launcher.confinement
    folder = tmp_path / "run"
    folder.mkdir()
    wrapper = tmp_path / "bwrap"
    wrapper.write_text(f'#!/bin/sh\nexec {confinement.program} --ro-bind /nowhere /nowhere "$@"\n')
    wrapper.chmod(0o755)
    broken = replace(confinement, program=str(wrapper))
    assert "/nowhere" in probe(broken, seconds=5)
    sandbox = ConfinedSandbox(BubblewrapLauncher(broken))
    execution = sandbox.run(Job(script="print(1)", folder=folder, limits=Limits(wall_seconds=10)))
    assert execution.outcome == "sandbox_failed"
    assert "/nowhere" in execution.detail
    assert execution.exit_code is None
    assert execution.traceback is None
    missing = ConfinedSandbox(BubblewrapLauncher(replace(confinement, program=str(tmp_path / "missing"))))
    with pytest.raises(SandboxError, match="cannot be started"):
        missing.run(Job(script="print(1)", folder=folder))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bwrap", "run"]


def test_files_belong_to_us_afterwards(run: Run, tmp_path: Path) -> None:
    run("import os\nos.makedirs('a/b')\nopen('a/b/c', 'w').close()\nos.symlink('/etc/passwd', 'link')")
    for path in (tmp_path / "run-0").rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_uid == os.geteuid(), path


MALICIOUS = (
    "import os\nwhile True: os.fork()",
    "kept = []\nwhile True: kept.append(bytearray(b'x' * 2**24))",
    "import time\ntime.sleep(60)",
    "while True: print('x' * 1000)",
    "import os, signal\nos.kill(-1, signal.SIGKILL)\nos.kill(os.getppid(), signal.SIGKILL)\nos.kill(1, signal.SIGKILL)",
    "import os\nfor i in range(10**6): open(f'/tmp/{i}', 'w').close()",
    "import os\nfor name in os.listdir('/proc'):\n    if name.isdigit(): os.kill(int(name), 19)",
    "import os\nfor n in range(3, 200):\n    try: os.write(n, b'{\"ended\": 0}')\n    except OSError: pass",
)  # fmt: skip


@pytest.mark.parametrize("jobs", [30, pytest.param(200, marks=pytest.mark.thorough)])
def test_many_jobs_in_a_row_with_malicious_ones_between(bwrap: Sandbox, tmp_path: Path, jobs: int) -> None:
    mounts = Path("/proc/self/mountinfo").read_text()
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    limits = Limits(
        wall_seconds=10, memory_bytes=300 * 2**20, disk_bytes=8 * 2**20, files=200, processes=20, output_bytes=10_000
    )
    for number in range(jobs):
        folder = tmp_path / f"{number}"
        folder.mkdir()
        if number % 12 == 5:
            bad = limits.model_copy(update={"wall_seconds": 2.0})
            bwrap.run(Job(script=MALICIOUS[number // 12 % len(MALICIOUS)], folder=folder, limits=bad))
        else:
            script = f"import os\nprint({number}, os.listdir('.'), os.listdir('/tmp/home'), os.listdir('/dev/shm'))"
            execution = bwrap.run(Job(script=script, folder=folder, limits=limits))
            assert execution.stdout == f"{number} ['script.py'] [] []\n", (number, execution)
    bwrap.close()
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors
    assert all(path.name.isdigit() for path in tmp_path.iterdir())


@landlock_is_thorough
def test_from_async_code(run: Run) -> None:
    async def several() -> list[Execution]:
        return await asyncio.gather(*(asyncio.to_thread(run, f"print({number})") for number in range(3)))

    assert [execution.stdout for execution in asyncio.run(several())] == ["0\n", "1\n", "2\n"]


def test_in_a_thread_whose_event_loop_runs_as_in_a_notebook(run: Run) -> None:
    async def cell() -> Execution:
        return run("print(1)")

    assert asyncio.run(cell()).stdout == "1\n"


def test_from_a_fork_of_a_process_that_has_workers(tier: Sandbox, run: Run) -> None:
    assert run("print(1)").ok
    script = "import sys; sys.exit(0)"
    child = os.fork()
    if child == 0:
        code = 1
        with suppress(BaseException):
            tier.close()  # must not end the parent's workers
            code = 0
        os._exit(code)
    assert os.waitpid(child, 0)[1] == 0
    assert run(script).ok
