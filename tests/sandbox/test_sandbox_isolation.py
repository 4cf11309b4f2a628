"""What a script cannot reach: seen from outside, not only by what the script reports.

What follows from places of its own, which only the tier of bubblewrap has, is asked of it alone; `test_landlocked` asks
for the same in terms of the other, and the attacks of `test_attacks` are made on both.
"""

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

import hepcoder.sandbox
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Execution

Run = Callable[..., Execution]

CHECKOUT = Path(hepcoder.sandbox.__path__[0]).resolve().parent


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    file = tmp_path / "canary.txt"
    file.write_text("the canary sings")
    file.chmod(0o666)
    return file


def test_no_environment_of_ours(run_in_bwrap: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-very-secret")
    script = """
        import os
        print(sorted(os.environ))
        for pid in os.listdir('/proc'):
            if pid.isdigit():
                try: print(open(f'/proc/{pid}/environ', 'rb').read())
                except OSError as error: print(pid, error)
    """
    execution = run_in_bwrap(script)
    assert execution.ok
    assert "SOME_API_KEY" not in execution.stdout
    assert "sk-very-secret" not in execution.stdout


def test_no_descriptors_of_ours(run: Run, canary: Path) -> None:
    script = """
        import os
        for number in sorted(os.listdir('/proc/self/fd'), key=int):
            try: print(number, os.readlink(f'/proc/self/fd/{number}').partition(':')[0])
            except FileNotFoundError: pass  # the listing itself
    """
    with canary.open() as file:
        os.set_inheritable(file.fileno(), True)
        execution = run(script)
    assert execution.ok
    shown = [line for line in execution.stdout.splitlines() if not line.endswith((".ttf", ".otf"))]
    assert shown == ["0 /dev/null", "1 pipe", "2 pipe", "100 pipe"]  # the last is for notes


def test_other_files_of_the_user_are_not_there(run: Run, canary: Path, tmp_path: Path) -> None:
    sibling = tmp_path / "sibling"
    sibling.mkdir(mode=0o777)
    (sibling / "secret.txt").write_text("the canary sings")
    script = f"""
        secrets = [{str(canary)!r}, {str(sibling / "secret.txt")!r}, '../canary.txt', '/proc/1/root/{canary}']
        for path in [*secrets, '/etc/passwd', '/etc/shadow']:
            try: print(open(path).read())
            except OSError as error: print(type(error).__name__)
    """
    execution = run(script)
    assert execution.ok
    assert "canary sings" not in execution.stdout
    assert "root:" not in execution.stdout


def test_home_is_not_there(run_in_bwrap: Run) -> None:
    execution = run_in_bwrap("import os\nprint(os.path.expanduser('~'), os.listdir(os.path.expanduser('~')))")
    assert execution.stdout == "/tmp/home []\n"


def test_nothing_outside_is_written(run: Run, canary: Path, tmp_path: Path) -> None:
    script = f"""
        import os, sys, pathlib
        places = [{str(canary)!r}, {str(tmp_path / "new.txt")!r}, '/usr/bin/new', '/etc/new', '/data/new', '/new',
                  '/opt/hepcoder/hepcoder/tools/new.py', os.path.join(sys.prefix, 'new'),
                  os.path.join(os.path.dirname(os.__file__), 'new.pth')]
        for place in places:
            try: open(place, 'w').write('x'); print('WRITTEN', place)
            except OSError as error: print(type(error).__name__)
        os.symlink({str(canary)!r}, 'link')
        try: open('link', 'w').write('x'); print('WRITTEN link')
        except OSError: pass
    """
    before = sorted(tmp_path.iterdir())
    execution = run(script)
    assert execution.ok
    assert "WRITTEN" not in execution.stdout
    assert canary.read_text() == "the canary sings"
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "run-0"] == before


def test_inputs_stay_as_they_are(run_in_bwrap: Run, canary: Path) -> None:
    before = canary.stat()
    script = """
        import os
        real = os.path.realpath('events.txt')
        print(open('events.txt').read())
        attacks = [
            lambda: open('events.txt', 'w'), lambda: open('events.txt', 'a').write('x'),
            lambda: os.truncate('events.txt', 0), lambda: os.open(real, os.O_RDONLY | os.O_TRUNC),
            lambda: os.unlink(real), lambda: os.rename(real, '/data/other'), lambda: os.chmod(real, 0),
            lambda: os.utime(real, (1, 1)), lambda: os.link(real, 'hard'), lambda: os.chown(real, 1, 1),
            lambda: os.setxattr(real, 'user.x', b'1'), lambda: os.replace('events.txt', real),
        ]
        for number, attack in enumerate(attacks):
            try: attack(); print('DONE', number)
            except OSError as error: print(error.strerror)
    """
    execution = run_in_bwrap(script, inputs={"events.txt": canary})
    assert execution.ok, execution.stderr
    assert "canary sings" in execution.stdout
    assert "DONE" not in execution.stdout
    after = canary.stat()
    assert canary.read_text() == "the canary sings"
    assert (after.st_mode, after.st_uid, after.st_mtime_ns, after.st_nlink) == (
        before.st_mode,
        before.st_uid,
        before.st_mtime_ns,
        before.st_nlink,
    )


def test_an_input_is_no_artifact_until_replaced(run: Run, canary: Path, tmp_path: Path) -> None:
    assert run("print(1)", inputs={"events.txt": canary}).artifacts == ()
    execution = run(
        "import os\nos.unlink('events.txt')\nopen('events.txt', 'w').write('new')", inputs={"events.txt": canary}
    )
    assert [artifact.name for artifact in execution.artifacts] == ["events.txt"]
    assert canary.read_text() == "the canary sings"
    assert sorted(path.name for path in (tmp_path / "run-0").iterdir()) == ["script.py"]


def test_no_network(run: Run) -> None:
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        port = server.getsockname()[1]
        script = f"""
            import socket
            inet, inet6, netlink, packet, vsock, alg = 2, 10, 16, 17, 40, 38
            for family, kind in [(inet, 1), (inet, 2), (inet6, 1), (netlink, 3), (packet, 3), (vsock, 1), (alg, 5)]:
                try: socket.socket(family, kind); print('SOCKET', family)
                except OSError as error: print(error.strerror)
            try: socket.create_connection(('127.0.0.1', {port}), 1); print('CONNECTED')
            except OSError as error: print(error)
            try: print('RESOLVED', socket.getaddrinfo('example.org', 80))
            except OSError as error: print(error)
        """
        execution = run(script)
        with suppress(TimeoutError):
            connections.append(server.accept())
    assert execution.ok
    assert not connections
    for word in ("SOCKET", "CONNECTED", "RESOLVED"):
        assert word not in execution.stdout


def test_no_local_sockets_of_the_host(run: Run) -> None:
    name = f"\0hepcoder-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        server.settimeout(0.2)
        execution = run(f"import socket\ns = socket.socket(socket.AF_UNIX)\ns.connect({name!r})")
        with pytest.raises(TimeoutError):
            server.accept()
    assert not execution.ok


def test_hepcoder_inside_is_its_tools_only(run_in_bwrap: Run) -> None:
    script = """
        import importlib
        import hepcoder.tools, hepcoder.tools.contract, hepcoder.sandbox.records, hepcoder.ledger.record
        print(list(hepcoder.tools.__path__))
        for room in ('agents', 'benchmarks', 'graphs', 'ui', 'tests'):
            try: importlib.import_module(f'hepcoder.{room}'); print('IMPORTED', room)
            except ModuleNotFoundError as error: print(error)
    """
    execution = run_in_bwrap(script)
    assert execution.ok, execution.stderr
    assert "/opt/hepcoder/hepcoder/tools" in execution.stdout
    assert "IMPORTED" not in execution.stdout
    assert execution.stdout.count("No module named") == 5


def test_the_checkout_is_not_there(run_in_bwrap: Run) -> None:
    script = f"""
        import os, sys
        checkout = {str(CHECKOUT)!r}
        for name in ('agents', 'benchmarks', 'graphs', 'ui', 'tests', '.git', 'pyproject.toml', 'tools', ''):
            path = os.path.join(checkout, name)
            if os.path.exists(path): print('SEEN', path, os.listdir(path))
        for top in ('/opt', sys.prefix, sys.base_prefix):
            for folder, folders, files in os.walk(top):
                if os.path.basename(folder) == 'hepcoder': print('HEPCODER', folder, sorted(folders))
    """
    execution = run_in_bwrap(script)
    assert execution.ok
    seen = [line for line in execution.stdout.splitlines() if line.startswith("SEEN")]
    # A virtual environment inside of the checkout is all that may be seen of it.
    prefix = Path(sys.prefix)
    inside = [prefix.relative_to(CHECKOUT).parts[0]] if prefix.is_relative_to(CHECKOUT) else []
    assert all(line.endswith(("[]", f"SEEN {CHECKOUT}/ {inside!r}")) for line in seen)
    hepcoders = [line for line in execution.stdout.splitlines() if line.startswith("HEPCODER")]
    assert "HEPCODER /opt/hepcoder ['hepcoder']" in hepcoders
    assert "HEPCODER /opt/hepcoder/hepcoder ['ledger', 'sandbox', 'tools']" in hepcoders
    assert all(line.endswith("[]") or line.startswith("HEPCODER /opt/") for line in hepcoders)


def test_rights_are_gone(run: Run, tier: Sandbox) -> None:
    execution = run("import os\nprint(os.getuid(), os.getpid(), open('/proc/self/status').read())")
    status = dict(line.split(":\t", 1) for line in execution.stdout.splitlines() if ":\t" in line)
    assert not execution.stdout.startswith("0 ")
    # An ordinary user cannot lower the bound of what no_new_privs keeps from being gained; a new namespace can.
    bound = () if tier.name == "landlock" and os.geteuid() else ("CapBnd",)
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb", *bound):
        assert int(status[name], 16) == 0, name
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_kernel_settings_cannot_be_written(run: Run) -> None:
    script = """
        for path in ('sys/kernel/core_pattern', 'sysrq-trigger', '1/mem', '1/oom_score_adj'):
            path = '/proc/' + path
            try: open(path, 'r+b'); print('OPEN', path)
            except OSError as error: print(error.strerror)
    """
    execution = run(script)
    assert execution.ok
    allowed = {"OPEN /proc/1/oom_score_adj", "OPEN /proc/1/mem"} if os.geteuid() else set()
    assert {line for line in execution.stdout.splitlines() if line.startswith("OPEN")} <= allowed


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="system call numbers of x86_64")
def test_dangerous_system_calls_are_refused(run: Run) -> None:
    script = """
        import ctypes, errno
        libc = ctypes.CDLL(None, use_errno=True)
        calls = dict(
            unshare=(272, 0x10000000), clone_user=(56, 0x10000000 | 17, 0, 0, 0, 0), clone3=(435, 0, 0),
            io_uring=(425, 1, 0), bpf=(321, 0, 0, 0), keyctl=(250, 0, 0), userfaultfd=(323, 0),
            perf=(298, 0, 0, 0, 0, 0), ptrace=(101, 0), mount=(165, 0, 0, 0, 0, 0), memfd=(319, 0, 0),
            x32=(0x40000000 | 39,), dgram_pair=(53, 1, 2, 0, 0), chroot=(161, 0),
            setuid_file=(257, -100, b'suid', 0o102, 0o4755), personality=(135, 0x40000),
        )
        for name, call in calls.items():
            ctypes.set_errno(0)
            result = libc.syscall(*call)
            print(name, result, errno.errorcode.get(ctypes.get_errno()))
    """
    execution = run(script)
    assert execution.ok, execution.stderr
    assert execution.stdout.split("\n")[:-1] == [
        "unshare -1 EPERM",
        "clone_user -1 EPERM",
        "clone3 -1 ENOSYS",
        "io_uring -1 ENOSYS",
        "bpf -1 EPERM",
        "keyctl -1 EPERM",
        "userfaultfd -1 EPERM",
        "perf -1 EPERM",
        "ptrace -1 EPERM",
        "mount -1 EPERM",
        "memfd -1 EPERM",
        "x32 -1 ENOSYS",
        "dgram_pair -1 EACCES",
        "chroot -1 EPERM",
        "setuid_file -1 EPERM",
        "personality -1 EPERM",
    ]


def test_no_setuid_file_is_left(run: Run, tmp_path: Path) -> None:
    run("import os\nopen('a', 'w')\nos.chmod('a', 0o4755)")
    assert not (tmp_path / "run-0" / "a").stat().st_mode & 0o6000
