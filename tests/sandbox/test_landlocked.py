"""The tier without user namespaces: what scripts can reach there, seen from outside."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import hepcoder.sandbox
from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.landlock.launcher import LandlockSandbox, closed_folder
from hepcoder.sandbox.landlock.probe import try_landlock
from hepcoder.sandbox.landlock.readable import open_up, readable_places
from hepcoder.sandbox.processes import all_processes, is_alive, stat_fields
from hepcoder.sandbox.records import Execution, Input, Job, Limits

CHECKOUT = Path(hepcoder.sandbox.__path__[0]).resolve().parent
NOBODY = 65534
USERS = [None, NOBODY] if os.geteuid() == 0 else [None]
KERNELS = [
    *((user, None) for user in USERS),
    *(pytest.param(USERS[-1], abi, marks=pytest.mark.thorough) for abi in (3, 4, 5)),
]
ABIS = [None, pytest.param(5, marks=pytest.mark.thorough)]

# Runs a job as the user that it is started as, with nothing imported beforehand, and prints what came of it.
AGENT = """
import json, sys
from pathlib import Path
from hepcoder.sandbox.landlock.probe import try_landlock
from hepcoder.sandbox.records import Input, Job, Limits
from hepcoder.sandbox.workers.worker import Kind, Worker
folder, script, inputs, abi = json.loads(sys.stdin.read())
tried = try_landlock(abi)
assert tried.sandbox is not None, tried.reason
named = tuple(Input(path=Path(path), name=name) for name, path in inputs.items())
worker = Worker(tried.sandbox.launcher, Kind(named, (), Path(folder).parent))
worker.wait_until_ready()
limits = Limits(wall_seconds=60)
print(worker.run(Job(script=script, folder=Path(folder), inputs=named, limits=limits), None).model_dump_json())
worker.stop()
"""

PRELUDE = """
import os, sys
def attempt(name, action):
    try:
        action()
    except OSError as error:
        print(name, '->', error.strerror)
    except Exception as error:
        print(name, '->', type(error).__name__)
    else:
        print(name, '-> done')
"""


def works(highest_abi: int | None = None) -> LandlockSandbox:
    tried = try_landlock(highest_abi)
    if tried.sandbox is None:
        pytest.skip(tried.reason)
    assert isinstance(tried.sandbox, LandlockSandbox)
    return tried.sandbox


@pytest.fixture(scope="module")
def open_root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hepcoder-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def open_folder(open_root: Path) -> Path:
    """A folder that every user can get to, and that stays as long as servers may wait there."""
    folder = Path(tempfile.mkdtemp(dir=open_root))
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="module")
def sandbox(open_root: Path) -> Iterator[LandlockSandbox]:
    made = works()
    yield made
    made.close()


def run(
    sandbox: LandlockSandbox, folder: Path, script: str, inputs: dict[str, Path] | None = None, **limits: Any
) -> Execution:
    folder.mkdir()
    named = tuple(Input(path=path, name=name) for name, path in (inputs or {}).items())
    bounds = Limits(**({"wall_seconds": 60} | limits))
    return sandbox.run(Job(script=textwrap.dedent(script), folder=folder, inputs=named, limits=bounds))


def run_as(
    user: int | None,
    folder: Path,
    script: str,
    inputs: dict[str, Path],
    abi: int | None = None,
    python: Path = Path(sys.executable),
) -> tuple[Execution, dict[str, str]]:
    """Run a job from a process of some user; return what came of it and of each attempt."""
    folder.mkdir()
    if user is not None:
        os.chown(folder, user, user)
    question = [str(folder), PRELUDE + textwrap.dedent(script), {name: str(path) for name, path in inputs.items()}, abi]
    ended = subprocess.run(
        [str(python), "-c", AGENT],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "SOME_API_KEY": "sk-very-secret"},
        user=user,
        group=user,
        extra_groups=None if user is None else [],
    )
    assert ended.returncode == 0, ended.stderr
    execution = Execution.model_validate_json(ended.stdout)
    lines = (line.split(" -> ", 1) for line in execution.stdout.splitlines() if " -> " in line)
    return execution, {line[0]: line[1] for line in lines}


@pytest.mark.parametrize(
    ("highest_abi", "reason"), [(0, "no Landlock"), (1, "ABI 1 is too old"), (2, "ABI 2 is too old.*empty inputs")]
)
def test_without_what_it_needs_it_is_refused(highest_abi: int, reason: str) -> None:
    tried = try_landlock(highest_abi)
    assert (tried.name, tried.sandbox) == ("landlock", None)
    assert re.search(reason, tried.reason)


def test_what_it_lacks_is_told(sandbox: LandlockSandbox) -> None:
    assert "ABI" in sandbox.launcher.how
    text = " ".join(sandbox.lacks)
    for word in ("process ids", "names, sizes", "/dev/shm", "process pools"):
        assert word in text
    old = works(5)
    assert "signal no child" in " ".join(old.lacks)
    assert not old.launcher.reusable


FILES = """
    canary, new, near, checkout = {canary!r}, {new!r}, {near!r}, {checkout!r}
    real = os.path.realpath('events.txt')
    print('read', '->', open('events.txt').read())
    attempt('canary', lambda: open(canary))
    attempt('truncated', lambda: os.truncate(canary, 0))
    attempt('appended', lambda: open(canary, 'a'))
    attempt('removed', lambda: os.unlink(canary))
    attempt('moved', lambda: os.rename(canary, 'stolen'))
    attempt('hard link', lambda: os.link(canary, 'hard'))
    attempt('new', lambda: open(new, 'w'))
    attempt('listed', lambda: os.listdir(near))
    attempt('up', lambda: os.listdir('..'))
    attempt('dots', lambda: open('../../canary.txt'))
    os.symlink(canary, 'link')
    attempt('link', lambda: open('link'))
    attempt('root link', lambda: open('/proc/self/root' + canary))
    attempt('input emptied', lambda: os.truncate(real, 0))
    attempt('input opened to empty', lambda: os.open(real, os.O_RDONLY | os.O_TRUNC))
    attempt('input written', lambda: open(real, 'r+'))
    attempt('input removed', lambda: os.unlink(real))
    attempt('input linked', lambda: os.link(real, 'input'))
    for name in ('/etc/passwd', '/etc/shadow', checkout + '/pyproject.toml', checkout + '/agents/__init__.py',
                 checkout + '/tests/sandbox/conftest.py', checkout + '/.git/HEAD', '/proc/net/tcp',
                 '/proc/self/net/tcp', '/proc/self/mountinfo', '/proc/1/cmdline', '/proc/kallsyms',
                 '/proc/sysrq-trigger'):
        attempt(name, lambda: open(name).read(1))
    for name in ('/', '/tmp', '/dev/shm', '/home', '/root', '/proc', os.path.expanduser('~root')):
        attempt('list ' + name, lambda: os.listdir(name))
    for name in ('/tmp/hepcoder-new', '/dev/shm/hepcoder-new', '/var/tmp/hepcoder-new', sys.prefix + '/new',
                 os.path.dirname(os.__file__) + '/new.pth', '/proc/self/oom_score_adj',
                 '/proc/sys/kernel/core_pattern'):
        attempt('write ' + name, lambda: open(name, 'w'))
    for room in ('agents', 'benchmarks', 'graphs', 'ui'):
        attempt('import ' + room, lambda: __import__('hepcoder.' + room))
    import hepcoder.tools, hepcoder.tools.contract, hepcoder.sandbox.records, hepcoder.ledger.record
    # No harm is done by these, but nobody is told that they fail.
    for action in (lambda: os.chmod(real, 0), lambda: os.chown(real, 1, 1), lambda: os.utime(real, (1, 1)),
                   lambda: os.chmod(canary, 0o777), lambda: os.utime(canary, (1, 1))):
        action()
    attempt('xattr', lambda: os.setxattr(real, 'user.x', b'1'))
    attempt('setuid', lambda: os.chmod('script.py', 0o4755))
    attempt('device', lambda: os.mknod('zero', 0o20666, os.makedev(1, 5)))
"""


@pytest.mark.parametrize(("user", "abi"), KERNELS)
def test_files(open_folder: Path, user: int | None, abi: int | None) -> None:
    works(abi)
    canary, events = open_folder / "canary.txt", open_folder / "events.txt"
    for file in (canary, events):
        file.write_text("the canary sings")
        file.chmod(0o666)
        if user is not None:
            os.chown(file, user, user)
    before = [(file.stat().st_mode, file.stat().st_uid, file.stat().st_mtime_ns) for file in (canary, events)]
    script = FILES.format(
        canary=str(canary), new=str(open_folder / "new"), near=str(open_folder), checkout=str(CHECKOUT)
    )
    execution, found = run_as(user, open_folder / "run", script, {"events.txt": events}, abi)
    assert execution.ok, execution.stderr + execution.detail
    assert found.pop("read") == "the canary sings"
    assert found.pop("xattr") == "Operation not supported"
    assert {name: outcome for name, outcome in found.items() if outcome == "done"} == {}
    assert [path.name for path in sorted(open_folder.iterdir()) if path.name[0] != "."] == [
        *("canary.txt", "events.txt", "run"),
    ]
    assert canary.read_text() == events.read_text() == "the canary sings"
    assert [(file.stat().st_mode, file.stat().st_uid, file.stat().st_mtime_ns) for file in (canary, events)] == before
    assert not list(open_folder.glob(".hepcoder*"))
    assert (open_folder / "run" / "script.py").stat().st_mode & 0o6000 == 0


OTHERS = """
    import ctypes, errno, fcntl, resource, signal, socket, subprocess
    victim, agent, server = {victim}, {agent}, os.getppid()
    libc = ctypes.CDLL(None, use_errno=True)
    def call(name, number, *arguments):
        result = libc.syscall(number, *(ctypes.c_long(value) for value in arguments))
        print(name, '->', 'done' if result >= 0 else os.strerror(ctypes.get_errno()))
    for who, pid in (('victim', victim), ('agent', agent), ('server', server)):
        attempt('kill ' + who, lambda: os.kill(pid, signal.SIGTERM))
        attempt('stop ' + who, lambda: os.kill(pid, signal.SIGSTOP))
        attempt('probe ' + who, lambda: os.kill(pid, 0))
        attempt('pidfd ' + who, lambda: os.pidfd_open(pid))
        attempt('limit ' + who, lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1)))
        attempt('affinity ' + who, lambda: os.sched_setaffinity(pid, [0]))
        attempt('nice ' + who, lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
        for name in ('environ', 'mem', 'maps', 'cmdline', 'fd'):
            attempt(name + ' of ' + who, lambda: (os.listdir if name == 'fd' else open)(f'/proc/{{pid}}/{{name}}'))
    attempt('owner', lambda: fcntl.fcntl(0, fcntl.F_SETOWN, server))
    for family in (1, 2, 10, 16, 17, 40, 38):
        attempt(f'socket {{family}}', lambda: socket.socket(family))
    attempt('datagrams', lambda: socket.socketpair(type=socket.SOCK_DGRAM))
    if os.uname().machine == 'x86_64':
        call('ptrace', 101, 16, victim, 0, 0)
        call('unshare', 272, 0x10000000)
        call('io_uring', 425, 1, 0)
        call('shmget', 29, 0, 4096, 0o1600)
        call('inotify', 294, 0)
        call('tgkill', 234, victim, victim, 15)
        call('sigqueue', 129, victim, 15, 0)
    status = dict(line.split(':\\t', 1) for line in open('/proc/self/status'))
    for name in ('NoNewPrivs', 'Seccomp', 'CapEff', 'CapPrm', 'CapAmb', 'CapBnd', 'Uid'):
        print('own', name, '=>', status[name].split()[0])
    print('environment =>', sorted(os.environ))
    links = [f'/proc/self/fd/{{name}}' for name in os.listdir('/proc/self/fd')]
    print('descriptors =>', *{{os.readlink(link).split(':')[0] for link in links if os.path.lexists(link)}})
"""


@pytest.mark.parametrize(("user", "abi"), KERNELS)
def test_processes_and_sockets(open_folder: Path, user: int | None, abi: int | None) -> None:
    works(abi)
    with subprocess.Popen(["/usr/bin/sleep", "120"], user=user) as victim:
        script = OTHERS.format(victim=victim.pid, agent=os.getpid())
        execution, found = run_as(user, open_folder / "run", script, {}, abi)
        assert victim.poll() is None
        assert "T" not in Path(f"/proc/{victim.pid}/stat").read_text().rpartition(")")[2].split()[0]
        victim.kill()
    assert execution.ok, execution.stderr + execution.detail
    assert {name: outcome for name, outcome in found.items() if outcome == "done"} == {}
    told = dict(line.split(" => ") for line in execution.stdout.splitlines() if " => " in line)
    assert told["own NoNewPrivs"] == "1"
    assert told["own Seccomp"] == "2"
    assert int(told["own CapEff"], 16) == int(told["own CapPrm"], 16) == int(told["own CapAmb"], 16) == 0
    assert told["own Uid"] != "0"
    assert "KEY" not in told["environment"]
    for target in told["descriptors"].split():  # fonts stay open
        assert target in {"/dev/null", "pipe"} or Path(target).is_relative_to(sys.prefix), target


@pytest.mark.parametrize("abi", ABIS)
def test_good_code(open_folder: Path, abi: int | None) -> None:
    sandbox = works(abi)
    events = open_folder / "events.txt"
    events.write_text("1 2 3")
    script = """
        import warnings; warnings.simplefilter('error')
        import abc, os, shutil, signal, sqlite3, subprocess, sys, tempfile, threading
        import awkward as ak, hist, matplotlib.pyplot as plt, mplhep, numpy as np, uproot
        with uproot.recreate('out.root') as file:
            file['tree'] = {'x': np.arange(100.0)}
        print(uproot.open('out.root')['tree']['x'].array(library='np').sum())
        figure, axes = plt.subplots(); axes.plot([1, 2]); figure.savefig('plot.png'); figure.savefig('plot.pdf')
        with open('events.txt') as file: print(file.read())
        for copy in (shutil.copy, shutil.copy2, shutil.copyfile): copy('events.txt', copy.__name__)
        shutil.copytree('.', 'tree', ignore=lambda *_: ['tree'])
        with tempfile.TemporaryDirectory() as folder: os.mkdir(folder + '/x')
        with tempfile.NamedTemporaryFile() as file: file.write(b'x')
        base = sqlite3.connect('some.db'); base.execute('create table t (x)'); base.close()
        mapped = np.memmap('map.bin', dtype='f8', mode='w+', shape=10); mapped[:] = 1; mapped.flush()
        threads = [threading.Thread(target=lambda: None) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(subprocess.run([sys.executable, '-c', 'print(6 * 7)'], capture_output=True, text=True).stdout)
        print(subprocess.run(['ls'], capture_output=True, check=True, text=True).stdout.split()[:2])
        os.mkdir(os.path.expanduser('~/note'))
        print(ak.Array([[1], [2, 3]]).tolist(), os.cpu_count() > 0, os.isatty(0))
    """
    execution = run(sandbox, open_folder / "run", script, {"events.txt": events})
    assert execution.ok, execution.stderr + execution.detail
    assert execution.stderr == ""
    lines = [line for line in execution.stdout.splitlines() if line]
    assert lines[:3] == ["4950.0", "1 2 3", "42"]
    assert lines[-1] == "[[1], [2, 3]] True False"
    names = {artifact.name for artifact in execution.artifacts}
    assert {"out.root", "plot.png", "plot.pdf", "copy", "some.db", "tree/out.root"} <= names
    assert "events.txt" not in names
    assert execution.backend.startswith("landlock without own process ids")
    sandbox.close()


def test_the_server_is_used_again_and_nothing_is_carried(sandbox: LandlockSandbox, open_folder: Path) -> None:
    script = """
        import os, tempfile
        home, scratch = os.path.expanduser('~'), tempfile.gettempdir()
        print(os.getppid(), os.listdir(scratch), os.listdir(home), sorted(os.listdir('.')))
        for place in (scratch, home, '.'):
            open(os.path.join(place, 'left'), 'w').write('x')
    """
    outputs = [run(sandbox, open_folder / str(number), script).stdout for number in range(3)]
    assert len(set(outputs)) == 1
    assert outputs[0].endswith("['home'] [] ['script.py']\n")


def test_before_signal_scopes_each_script_has_its_own_server(open_folder: Path) -> None:
    sandbox = works(5)
    script = (
        "import signal\nsignal.signal(signal.SIGUSR1, lambda *_: print('heard'))\nsignal.raise_signal(signal.SIGUSR1)"
    )
    assert run(sandbox, open_folder / "signal", script).stdout == "heard\n"
    outputs = [run(sandbox, open_folder / str(number), "import os; print(os.getppid())").stdout for number in range(2)]
    assert outputs[0] != outputs[1]


def test_another_job_is_not_seen(sandbox: LandlockSandbox, open_folder: Path) -> None:
    run(sandbox, open_folder / "first", "open('result.txt', 'w').write('mine')")
    script = f"""
        import os
        for path in ({str(open_folder / "first" / "result.txt")!r}, '../../first/result.txt', {str(open_folder)!r}):
            try: print((open if path.endswith('txt') else os.listdir)(path))
            except OSError: print('denied')
    """
    assert run(sandbox, open_folder / "second", script).stdout == "denied\n" * 3


DAEMONS = """
    import os, signal, sys, time
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                open(f'pid-{os.getpid()}', 'w').close()
                time.sleep(60)
            os._exit(0)
        os.wait()
    while len([name for name in os.listdir('.') if name.startswith('pid-')]) < 3: time.sleep(0.01)
"""


def pids_left(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("pid-")) for path in folder.glob("pid-*")]


def test_daemons_end_with_their_job(sandbox: LandlockSandbox, open_folder: Path) -> None:
    execution = run(sandbox, open_folder / "run", DAEMONS)
    assert execution.ok, execution.stderr
    pids = pids_left(open_folder / "run")
    assert len(pids) == 3
    assert not any(is_alive(pid) for pid in pids)


@pytest.mark.parametrize("highest_abi", ABIS)
def test_what_forks_faster_than_it_is_found_ends_too(open_folder: Path, highest_abi: int | None) -> None:
    sandbox = works(highest_abi)
    script = """
        import os, time
        print(os.getsid(0))
        until = time.monotonic() + 15
        if os.fork() == 0:
            os.setsid()
            while time.monotonic() < until:
                if os.fork():
                    os._exit(0)
            os._exit(0)
        time.sleep(0.2)
    """
    execution = run(sandbox, open_folder / "run", script)
    session = execution.stdout.strip()
    assert not [pid for pid in all_processes() if is_alive(pid) and stat_fields(pid)[3] == session]
    sandbox.close()


@pytest.mark.parametrize("abi", ABIS)
def test_what_ignores_signals_ends_at_the_limit(open_folder: Path, abi: int | None) -> None:
    sandbox = works(abi)
    begin = time.monotonic()
    execution = run(sandbox, open_folder / "run", textwrap.dedent(DAEMONS) + "while True: pass", wall_seconds=2)
    assert time.monotonic() - begin < 12
    assert execution.outcome == "time"
    pids = pids_left(open_folder / "run")
    assert len(pids) == 3
    assert not any(is_alive(pid) for pid in pids)
    sandbox.close()


def test_a_bounded_fork_bomb_is_stopped(sandbox: LandlockSandbox, open_folder: Path) -> None:
    script = """
        import os, time
        until = time.monotonic() + 8
        for _ in range(150):
            try:
                if os.fork() == 0:
                    while time.monotonic() < until: time.sleep(0.2)
                    os._exit(0)
            except OSError: time.sleep(0.05)
        time.sleep(5)
    """
    execution = run(sandbox, open_folder / "run", script, processes=20)
    assert execution.outcome == "processes"
    assert execution.peaks.processes is not None
    assert execution.peaks.processes <= 160


def test_nothing_is_left_when_the_host_is_killed(open_folder: Path) -> None:
    works()
    folder = open_folder / "run"
    folder.mkdir()
    script = textwrap.dedent(DAEMONS) + "open('all', 'w').close()\nwhile True: time.sleep(1)"
    question = json.dumps([str(folder), script, {}, None])
    with subprocess.Popen([sys.executable, "-c", AGENT], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as agent:
        assert agent.stdin is not None
        agent.stdin.write(question.encode())
        agent.stdin.close()
        jobs = _wait_for(lambda: [path.parent for path in open_folder.glob(".hepcoder*/job/all")], seconds=60)
        pids = pids_left(jobs[0])
        assert len(pids) == 3
        assert all(is_alive(pid) for pid in pids)
        agent.send_signal(signal.SIGKILL)
    _wait_for(lambda: [True] if not any(is_alive(pid) for pid in pids) else [], seconds=10)


def _wait_for(find: Any, *, seconds: float) -> list[Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := find():
            return list(found)
        time.sleep(0.05)
    pytest.fail(f"nothing happened within {seconds:g} s")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs scripts as another user")
def test_as_root_closed_folders_do_not_matter(sandbox: LandlockSandbox, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    events = closed / "events.txt"
    events.write_text("the canary sings")
    execution = run(
        sandbox, closed / "run", "print(open('events.txt').read())\nopen('out.txt', 'w')", {"events.txt": events}
    )
    assert execution.stdout == "the canary sings\n", execution.stderr + execution.detail
    assert (closed / "run" / "out.txt").stat().st_uid == 0
    assert [artifact.name for artifact in execution.artifacts] == ["out.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs scripts as another user")
def test_as_root_the_folder_of_temporary_files_must_be_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))
    assert re.search("closed to others; set TMPDIR", try_landlock().reason)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs scripts as another user")
def test_as_root_an_input_that_cannot_be_shown_is_named(sandbox: LandlockSandbox, tmp_path: Path) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev:
        pytest.skip("needs two file systems")
    with tempfile.TemporaryDirectory(dir=shm) as closed:
        events = Path(closed, "events.txt")
        events.write_text("1")
        assert closed_folder(events.parent) == Path(closed)
        with pytest.raises(SandboxError, match=r"events.txt.*chmod o\+x"):
            run(sandbox, tmp_path / "run", "pass", {"events.txt": events})


def test_an_inner_folder_is_opened_up_around_what_is_hidden(tmp_path: Path) -> None:
    for name in ("python/lib/numpy", "python/lib/hepcoder/agents", "python/lib/hepcoder/tools", "checkout/venv/lib"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "python/lib/one.py").touch()
    (tmp_path / "python/lib/link").symlink_to(tmp_path / "checkout")
    hidden = [tmp_path / "python/lib/hepcoder", tmp_path / "checkout"]
    found = open_up([tmp_path / "python", tmp_path / "checkout/venv"], hidden)
    assert {Path(place).relative_to(tmp_path).as_posix() for place in found.read} == {
        *("python/lib/numpy", "python/lib/one.py", "checkout/venv"),
    }
    assert {Path(place).relative_to(tmp_path).as_posix() for place in found.listed} == {"python", "python/lib"}


def test_nothing_hidden_lies_in_what_may_be_read() -> None:
    readable = readable_places()
    assert str(CHECKOUT / "sandbox") in readable.read
    for room in ("agents", "benchmarks", "graphs", "ui", "tests", ".git"):
        place = CHECKOUT / room
        assert not any(place.is_relative_to(shown) for shown in readable.read)


def test_in_an_ordinary_install_only_the_tools_are_read(open_folder: Path) -> None:
    works()
    environment = open_folder / "environment"
    packages = environment / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys.executable)
    (environment / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix, 'bin')}\n")
    for room in ("agents", "ledger", "sandbox", "tools"):
        shutil.copytree(CHECKOUT / room, packages / "hepcoder" / room, ignore=shutil.ignore_patterns("__pycache__"))
    (packages / "others.pth").write_text(f"{Path(pytest.__file__).parent.parent}\n")
    script = f"""
        import hepcoder.tools, hepcoder.ledger, hepcoder.sandbox
        packages = {str(packages)!r}
        attempt('listed', lambda: os.listdir(packages))
        attempt('tools', lambda: open(packages + '/hepcoder/tools/__init__.py'))
        attempt('agents', lambda: open(packages + '/hepcoder/agents/__init__.py'))
        attempt('import', lambda: __import__('hepcoder.agents'))
    """
    _, found = run_as(None, open_folder / "run", script, {}, python=environment / "bin" / "python")
    assert found.pop("import") in {"Permission denied", "ModuleNotFoundError"}
    assert found == {"listed": "done", "tools": "done", "agents": "Permission denied"}
