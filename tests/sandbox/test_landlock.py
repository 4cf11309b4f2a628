"""What a process under Landlock can still reach: tried in processes of their own."""

import os
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from hepcoder.sandbox.inside.landlock import Rules, find_abi, make_ruleset

PRELUDE = """
import os, sys
from hepcoder.sandbox.inside.landlock import Rules, find_abi, make_ruleset, restrict

def attempt(name, action):
    try:
        action()
    except OSError as error:
        print(name, error.strerror)
    else:
        print(name, 'done')
"""
SYSTEM = tuple({"/usr", "/lib", "/lib64", "/etc", sys.prefix, sys.base_prefix, *sys.path[1:]})
ABIS = [None, 1, 2, 3, 4, 5]

pytestmark = pytest.mark.skipif(find_abi() < 6, reason=f"needs Landlock ABI 6; here it is {find_abi()}")


def run(code: str, rules: Rules | None = None, highest_abi: int | None = None) -> dict[str, str]:
    """Run Python, restricted first if there are rules; return what each attempt came to."""
    first = f"restrict(make_ruleset({rules!r}, {highest_abi!r}))\n" if rules else ""
    ended = subprocess.run(
        [sys.executable, "-I", "-c", PRELUDE + first + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return dict(line.split(" ", 1) for line in ended.stdout.splitlines())


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Folders to read, to write, and to stay away from, each with a file."""
    made = (tmp_path / "read", tmp_path / "write", tmp_path / "other")
    for folder in made:
        folder.mkdir()
        (folder / "file.txt").write_text("the canary sings")
    return made


def test_the_abi_can_be_capped() -> None:
    here = find_abi()
    assert [find_abi(bound) for bound in (0, 1, 5, here, here + 1)] == [0, 1, 5, here, here]


def test_without_landlock_there_is_no_ruleset() -> None:
    with pytest.raises(ValueError, match="no Landlock"):
        make_ruleset(Rules(), highest_abi=0)


@pytest.mark.parametrize("highest_abi", ABIS)
def test_only_what_is_named_is_reached(folders: tuple[Path, Path, Path], highest_abi: int | None) -> None:
    read, write, other = folders
    code = f"""
        import shutil
        read, write, other = {str(read)!r}, {str(write)!r}, {str(other)!r}
        attempt('read', lambda: open(read + '/file.txt').read())
        attempt('list', lambda: os.listdir(read))
        attempt('execute', lambda: __import__('subprocess').run(['/usr/bin/true'], check=True))
        attempt('append', lambda: open(read + '/file.txt', 'a'))
        attempt('remove', lambda: os.unlink(read + '/file.txt'))
        attempt('make', lambda: open(read + '/new', 'w'))
        attempt('write', lambda: open(write + '/new.txt', 'w').write('x'))
        attempt('folder', lambda: os.mkdir(write + '/folder'))
        attempt('link', lambda: os.symlink(other + '/file.txt', write + '/link'))
        attempt('fifo', lambda: os.mkfifo(write + '/fifo'))
        attempt('delete', lambda: shutil.rmtree(write + '/folder'))
        attempt('other', lambda: open(other + '/file.txt'))
        attempt('other-list', lambda: os.listdir(other))
        attempt('other-write', lambda: open(other + '/new', 'w'))
        attempt('through-link', lambda: open(write + '/link'))
        attempt('through-proc', lambda: open('/proc/self/root' + other + '/file.txt'))
        attempt('dots', lambda: open(write + '/../other/file.txt'))
        attempt('hard', lambda: os.link(read + '/file.txt', write + '/hard'))
        attempt('out', lambda: os.rename(write + '/new.txt', other + '/stolen'))
        attempt('device', lambda: os.mknod(write + '/zero', 0o20666, os.makedev(1, 5)))
    """
    found = run(code, Rules(read=(*SYSTEM, str(read)), write=(str(write),)), highest_abi)
    done = {name for name, outcome in found.items() if outcome == "done"}
    assert done == {"read", "list", "execute", "write", "folder", "link", "fifo", "delete"}
    assert [path.name for path in other.iterdir()] == ["file.txt"]
    assert [path.name for path in read.iterdir()] == ["file.txt"]


@pytest.mark.parametrize("highest_abi", ABIS)
def test_truncation_is_seen_from_abi_3(folders: tuple[Path, Path, Path], highest_abi: int | None) -> None:
    file = folders[0] / "file.txt"
    run(f"attempt('cut', lambda: os.truncate({str(file)!r}, 0))", Rules(read=(str(folders[0]), *SYSTEM)), highest_abi)
    assert (file.read_text() == "") == (highest_abi in {1, 2})


def test_a_single_file_can_be_named(folders: tuple[Path, Path, Path]) -> None:
    read = folders[0]
    (read / "sibling.txt").write_text("no")
    rules = Rules(read=(*SYSTEM, str(read / "file.txt"), str(read / "missing"), str(read / "file.txt" / "missing")))
    code = f"""
        for name in ('file.txt', 'sibling.txt'): attempt(name, lambda: open({str(read)!r} + '/' + name))
        attempt('list', lambda: os.listdir({str(read)!r}))
        attempt('null', lambda: open('/dev/null', 'w').write('x'))
    """
    denied = "Permission denied"
    assert run(code, rules) == {"file.txt": "done", "sibling.txt": denied, "list": denied, "null": denied}
    with_input = Rules(read=SYSTEM, devices=("/dev/null",)).with_inputs([str(read / "sibling.txt")])
    assert run(code, with_input) == {"file.txt": denied, "sibling.txt": "done", "list": denied, "null": "done"}


def test_files_move_between_folders_that_may_be_written(folders: tuple[Path, Path, Path]) -> None:
    _, write, other = folders
    code = f"attempt('move', lambda: os.rename({str(write / 'file.txt')!r}, {str(other / 'moved.txt')!r}))"
    assert run(code, Rules(read=SYSTEM, write=(str(write), str(other)))) == {"move": "done"}
    assert (other / "moved.txt").exists()


@pytest.mark.parametrize("sockets", [True, False])
def test_sockets_are_made_only_where_allowed(tmp_path: Path, sockets: bool) -> None:
    code = f"""
        import socket
        server = socket.socket(socket.AF_UNIX)
        attempt('bind', lambda: server.bind({str(tmp_path / "s")!r}))
    """
    found = run(code, Rules(read=SYSTEM, write=(str(tmp_path),), sockets=sockets))
    assert found == {"bind": "done" if sockets else "Permission denied"}


@pytest.mark.parametrize("highest_abi", [None, 3])
def test_tcp_is_refused_from_abi_4(highest_abi: int | None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
            import socket
            attempt('connect', lambda: socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 2))
            attempt('listen', lambda: socket.create_server(('127.0.0.1', 0)))
        """
        found = run(code, Rules(read=SYSTEM), highest_abi)
    assert ("done" in found["connect"], "done" in found["listen"]) == (
        (False,) * 2 if highest_abi is None else (True,) * 2
    )


@pytest.mark.parametrize("highest_abi", [None, 5])
def test_signals_and_abstract_sockets_are_kept_inside_from_abi_6(highest_abi: int | None) -> None:
    name = f"\0hepcoder-landlock-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        code = f"""
            import socket, subprocess, signal
            attempt('signal', lambda: os.kill({os.getpid()}, 0))
            attempt('connect', lambda: socket.socket(socket.AF_UNIX).connect({name!r}))
            child = subprocess.Popen(['/usr/bin/sleep', '20'])
            attempt('own-child', lambda: child.kill())
            print('ended', -child.wait() == signal.SIGKILL)
        """
        found = run(code, Rules(read=SYSTEM), highest_abi)
    outcome = "done" if highest_abi else "Operation not permitted"
    assert found == {"signal": outcome, "connect": outcome, "own-child": "done", "ended": "True"}


def test_one_ruleset_serves_many_forks(folders: tuple[Path, Path, Path]) -> None:
    read, _, other = folders
    code = f"""
        ruleset = make_ruleset(Rules(read=({str(read)!r}, '/usr', '/lib', '/lib64')))
        for number in range(3):
            if os.fork() == 0:
                restrict(ruleset)
                os.close(ruleset)
                attempt(f'read{{number}}', lambda: open({str(read / "file.txt")!r}))
                attempt(f'other{{number}}', lambda: open({str(other / "file.txt")!r}))
                sys.stdout.flush()
                os._exit(0)
            os.wait()
        attempt('parent', lambda: open({str(other / "file.txt")!r}))
    """
    found = run(code)
    assert found == {
        **{f"read{number}": "done" for number in range(3)},
        **{f"other{number}": "Permission denied" for number in range(3)},
        "parent": "done",
    }


def test_a_second_ruleset_gives_nothing_back(folders: tuple[Path, Path, Path]) -> None:
    read, write, other = folders
    code = f"""
        restrict(make_ruleset(Rules(read=({str(read)!r}, {str(other)!r}), write=({str(write)!r},))))
        for folder in ({str(read)!r}, {str(write)!r}, {str(other)!r}):
            attempt(folder[-5:].strip('/'), lambda: open(folder + '/file.txt'))
    """
    found = run(code, Rules(read=(*SYSTEM, str(read)), write=(str(write),)))
    assert found == {"read": "done", "write": "done", "other": "Permission denied"}


def test_no_new_rights_and_no_looking_into_others_of_the_same_user() -> None:
    code = """
        import subprocess
        if os.geteuid() == 0:  # a capability to profile would let it read the environment of all
            os.setresuid(65534, 65534, 65534)
        with subprocess.Popen(['/usr/bin/sleep', '20'], env={'KEY': 'secret'}) as other:
            if os.fork() == 0:
                restrict(make_ruleset(Rules(read=('/proc',))))
                for name in ('mem', 'environ', 'cmdline'):
                    attempt(name, lambda: open(f'/proc/{other.pid}/{name}', 'rb').read(1))
                print('status', [line for line in open('/proc/self/status') if line.startswith('NoNewPrivs')])
                sys.stdout.flush()
                os._exit(0)
            os.wait()
            other.kill()
    """
    found = run(code)
    assert found["mem"] == found["environ"] == "Permission denied"
    assert found["cmdline"] == "done"
    assert "\\t1\\n" in found["status"]


def test_a_path_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    looping = tmp_path / "loop"
    looping.symlink_to(looping)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match="loop"):
        make_ruleset(Rules(read=(str(looping),)))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_it_is_quick(tmp_path: Path) -> None:
    rules = Rules(read=SYSTEM, write=(str(tmp_path),), devices=("/dev/null", "/dev/zero"))
    times = []
    for _ in range(20):
        begin = time.perf_counter()
        os.close(make_ruleset(rules))
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.001
