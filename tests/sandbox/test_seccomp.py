"""The system call filter: judged by an interpreter of its own, and by the kernel."""

import ctypes
import ctypes.util
import errno
import platform
import struct
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hepcoder.sandbox.kernel.seccomp import script_filter
from hepcoder.sandbox.kernel.syscalls import LAST_REVIEWED, SYSTEM_CALLS

ALLOW, KILL, ERROR = 0x7FFF0000, 0x80000000, 0x00050000
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ERRNO = {
    "EPERM": ERROR | 1,
    "EACCES": ERROR | 13,
    "ENOTTY": ERROR | 25,
    "ENOSYS": ERROR | 38,
    "EOPNOTSUPP": ERROR | 95,
    "EAFNOSUPPORT": ERROR | 97,
    "nothing": ERROR,
}
OWN_PID = 4242
TIERS: dict[str, dict[str, Any]] = {
    "namespaces": {"own_network": True},
    "shared network": {"own_network": False},
    "landlock": {"own_network": False, "own_processes": False},
    "old landlock": {"own_network": False, "own_processes": False, "signal_scope": False, "own_pid": OWN_PID},
    "no signals": {"own_network": False, "own_processes": False, "signal_scope": False},
}


def judge(program: bytes, number: int, arguments: tuple[int, ...], audit: int) -> int:
    """Run a filter as the kernel would on one call, in the few instructions that ours use."""
    data = struct.pack("=IIQ6Q", number, audit, 0, *arguments)
    steps: list[tuple[int, int, int, int]] = list(struct.iter_unpack("=HBBI", program))
    register, place = 0, 0
    while True:
        code, if_true, if_false, value = steps[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x20:
            register = int.from_bytes(data[value : value + 4], sys.byteorder)
        elif code == 0x54:
            register &= value
        else:
            true = {0x15: register == value, 0x35: register >= value}[code]
            place += if_true if true else if_false


ALWAYS = {
    "ENOSYS": "clone3 openat2 io_uring_setup io_uring_enter io_uring_register",
    "EPERM": """
        mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig fsmount fspick mount_setattr
        unshare setns statmount listmount listns file_setattr lsm_set_self_attr ptrace process_vm_readv
        process_vm_writev pidfd_getfd kcmp process_madvise process_mrelease migrate_pages move_pages keyctl add_key
        request_key bpf
        perf_event_open userfaultfd memfd_create memfd_secret fanotify_init name_to_handle_at open_by_handle_at
        init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff settimeofday
        clock_settime adjtimex clock_adjtime sethostname setdomainname iopl ioperm modify_ldt acct quotactl quotactl_fd
        syslog vhangup uselib ustat _sysctl nfsservctl lookup_dcookie mknod mknodat shmget shmat shmctl semget semop
        semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink sched_setscheduler sched_setparam sched_setattr
        ioprio_set
    """,
}
UNSHARED = {
    "nothing": "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat"
    " setsid setpgid",
    "EOPNOTSUPP": "setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr setxattrat removexattrat",
    "EPERM": "pidfd_open pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo inotify_init inotify_init1"
    " inotify_add_watch",
}
SET_ID_MODE = {"chmod": 1, "fchmod": 1, "fchmodat": 2, "fchmodat2": 2, "creat": 1}
HARMLESS_CONTROLS = {
    *(0x5401, 0x802C542A, 0x540F, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451),
    *(0x40049409, 0x4020940D, 0x80086601),
}


def intended(tier: str, name: str, arguments: tuple[int, ...]) -> int:
    """Return the verdict on a call as sandbox tiers are meant to give it."""
    for verdict in (
        *_by_arguments(name, [argument & 0xFFFFFFFF for argument in arguments]),
        *(error for error, names in ALWAYS.items() if name in names.split()),
        *_by_tier(tier, name, [argument & 0xFFFFFFFF for argument in arguments]),
    ):
        return ERRNO[verdict]
    return ALLOW


def _by_arguments(name: str, low: list[int]) -> Iterator[str]:
    if name == "socketpair" and low[0] != 1:
        yield "EAFNOSUPPORT"
    if name == "socketpair" and low[1] & 0xF != 1:
        yield "EACCES"
    if (
        (name == "clone" and low[0] & 0x7E020000)
        or (name == "personality" and low[0] not in {0, 0xFFFFFFFF})
        or (name == "ioctl" and low[1] in {0x5412, 0x541C})
        or (name == "fcntl" and low[1] == 1024)
        or (name == "open" and low[1] & 0o20000100 and low[2] & 0o6000)
        or (name == "openat" and low[2] & 0o20000100 and low[3] & 0o6000)
        or (name in SET_ID_MODE and low[SET_ID_MODE[name]] & 0o6000)
        or (name in {"prlimit64", "sched_setaffinity", "get_robust_list", "setpriority"} and low[0])
        or (name == "setpriority" and low[1])
    ):
        yield "EPERM"


def _by_tier(tier: str, name: str, low: list[int]) -> Iterator[str]:
    keywords = TIERS[tier]
    if keywords["own_network"] and name == "socket" and low[0] != 1:
        yield "EAFNOSUPPORT"
    if not keywords["own_network"] and name in {"socket", "connect", "bind", "listen", "accept", "accept4"}:
        yield "EACCES"
    if "own_processes" in keywords:
        yield from (error for error, names in UNSHARED.items() if name in names.split())
        if name == "fcntl" and low[1] in {8, 10, 15}:
            yield "EPERM"
        if name == "ioctl" and low[1] not in HARMLESS_CONTROLS:
            yield "ENOTTY"
    if "signal_scope" in keywords and (
        name == "tkill" or (name in {"kill", "tgkill"} and low[0] != keywords.get("own_pid"))
    ):
        yield "EPERM"


TELLING = [
    *(0, 1, 2, 3, 8, 10, 15, 16, 17, 40, 1024, OWN_PID, 0o100, 0o4755, 0o2755, 0o644, 0o20200000, 0xFFFFFFFF),
    *(0x5401, 0x5412, 0x5413, 0x541C, 0x40086602, 0x7E020000, 0x01200011, 0x10000000, 1 << 32, (1 << 32) + 0x5412),
    *(0xFFFFFFFFFFFFFFFF, 0x80001, 0x80002),
]
argument_values = st.one_of(st.sampled_from(TELLING), st.integers(0, 2**64 - 1))


@pytest.mark.parametrize("processor", sorted(SYSTEM_CALLS))
@pytest.mark.parametrize("tier", TIERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_each_call_gets_the_verdict_that_is_meant(processor: str, tier: str, data: st.DataObject) -> None:
    numbers = SYSTEM_CALLS[processor]
    program = script_filter(**TIERS[tier], processor=processor)
    assert program is not None
    arguments = data.draw(st.tuples(*[argument_values] * 6))
    for name, number in numbers.items():
        verdict = judge(program, number, arguments, AUDIT[processor])
        assert verdict == intended(tier, name, arguments), (name, arguments)


@pytest.mark.parametrize("processor", sorted(SYSTEM_CALLS))
@pytest.mark.parametrize("tier", TIERS)
def test_what_is_not_named_is_allowed_and_what_is_too_new_is_not_there(processor: str, tier: str) -> None:
    named = set(SYSTEM_CALLS[processor].values())
    program = script_filter(**TIERS[tier], processor=processor)
    assert program is not None
    nothing = (0,) * 6
    for number in [*range(LAST_REVIEWED + 60), 0x40000000, 0x40000029, 0x400001FF, 0xFFFFFFFF]:
        if number not in named:
            expected = ALLOW if number <= LAST_REVIEWED else ERRNO["ENOSYS"]
            assert judge(program, number, nothing, AUDIT[processor]) == expected, number
        for other in (0x40000003, 0x40000028, 0xC00000B7 if processor == "x86_64" else 0xC000003E):
            assert judge(program, number, nothing, other) == KILL


def test_there_is_none_for_other_processors() -> None:
    assert script_filter(own_network=True, processor="riscv64") is None


@pytest.mark.parametrize("processor", sorted(SYSTEM_CALLS))
def test_numbers_are_those_of_libseccomp(processor: str) -> None:
    found = ctypes.util.find_library("seccomp")
    if found is None:
        pytest.skip("libseccomp is not installed")
    library = ctypes.CDLL(found)
    known = {
        name: library.seccomp_syscall_resolve_name_arch(ctypes.c_uint32(AUDIT[processor]), name.encode())
        for name in SYSTEM_CALLS[processor]
    }
    newer = {name for name, number in known.items() if number == -1}  # than this libseccomp
    assert {name: known[name] for name in known if name not in newer} == {
        name: number for name, number in SYSTEM_CALLS[processor].items() if name not in newer
    }
    assert all(SYSTEM_CALLS[processor][name] > 445 for name in newer)


PRELUDE = """
import ctypes, errno, os, sys
from hepcoder.sandbox.inside.filter import install_filter
from hepcoder.sandbox.kernel.seccomp import script_filter
from hepcoder.sandbox.kernel.syscalls import SYSTEM_CALLS

libc = ctypes.CDLL(None, use_errno=True)
numbers = SYSTEM_CALLS[os.uname().machine]

def call(name, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(numbers[name]), *(ctypes.c_long(value) for value in arguments))
    print(name, errno.errorcode[ctypes.get_errno()] if result < 0 else 'done')

def attempt(name, action):
    try:
        action()
    except OSError as error:
        print(name, errno.errorcode[error.errno])
    else:
        print(name, 'done')
"""
here = pytest.mark.skipif(platform.machine() not in SYSTEM_CALLS, reason=f"no filter for {platform.machine()}")


def run(code: str, folder: Path, **keywords: Any) -> dict[str, str]:
    """Run Python under a filter, in a folder; return what each attempt came to."""
    own_pid = "os.getpid()" if keywords.get("signal_scope") is False else None
    install = f"install_filter(script_filter(**{keywords!r}, own_pid={own_pid}))\n"
    ended = subprocess.run(
        [sys.executable, "-I", "-c", PRELUDE + install + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=folder,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return dict(line.split(" ", 1) for line in ended.stdout.splitlines())


@here
@pytest.mark.parametrize("tier", [name for name in TIERS if name != "old landlock"])
def test_the_kernel_refuses_what_is_named(tmp_path: Path, tier: str) -> None:
    found = run(
        "for name in numbers:\n    call(name, *[-1] * 6) if name not in ('kill', 'tkill') else None",
        tmp_path,
        **TIERS[tier],
    )
    everything = (2**64 - 1,) * 6
    for name, outcome in found.items():
        verdict = intended(tier, name, everything)
        if verdict == ERROR:
            assert outcome == "done", name
        elif verdict != ALLOW:
            assert outcome == errno.errorcode[verdict & 0xFFFF], name


@here
def test_seccomp_is_on_and_stays(tmp_path: Path) -> None:
    code = """
        for line in open('/proc/self/status'):
            if line.startswith(('NoNewPrivs:', 'Seccomp:')): print(*line.split())
        import subprocess
        child = [sys.executable, '-I', '-S', '-c', 'import socket; socket.socket()']
        print('child', b'PermissionError' in subprocess.run(child, stderr=subprocess.PIPE).stderr)
    """
    assert run(code, tmp_path, own_network=False) == {"NoNewPrivs:": "1", "Seccomp:": "2", "child": "True"}


SET_ID = """
    AT_FDCWD = -100
    open('plain', 'w').close()
    attempt('chmod', lambda: os.chmod('plain', 0o4755))
    attempt('setgid', lambda: os.chmod('plain', 0o2755))
    attempt('fchmod', lambda: os.fchmod(os.open('plain', os.O_RDONLY), 0o6755))
    attempt('open', lambda: os.open('new', os.O_CREAT | os.O_WRONLY, 0o4755))
    attempt('unnamed', lambda: os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o4755))
    attempt('ordinary', lambda: os.open('new', os.O_CREAT | os.O_WRONLY, 0o755))
    attempt('ordinary-unnamed', lambda: os.open('.', os.O_TMPFILE | os.O_WRONLY, 0o755))
    attempt('chmod-plain', lambda: os.chmod('plain', 0o600))
"""


@here
@pytest.mark.parametrize("own_processes", [True, False])
def test_no_setuid_files(tmp_path: Path, own_processes: bool) -> None:
    found = run(SET_ID, tmp_path, own_network=False, own_processes=own_processes)
    done = {name for name, outcome in found.items() if outcome == "done"}
    assert done == {"ordinary", "ordinary-unnamed", "chmod-plain"}
    assert {path.name: path.stat().st_mode & 0o7000 for path in tmp_path.iterdir()} == {"plain": 0, "new": 0}
    assert (tmp_path / "plain").stat().st_mode & 0o777 == (0o600 if own_processes else 0o644)


@here
def test_files_of_the_user_keep_their_marks_where_mounts_are_shared(tmp_path: Path) -> None:
    file = tmp_path / "canary.txt"
    file.write_text("the canary sings")
    before = file.stat()
    code = """
        import array, fcntl, shutil
        file = os.open('canary.txt', os.O_RDONLY)
        attempt('chmod', lambda: os.chmod('canary.txt', 0))
        attempt('chown', lambda: os.chown('canary.txt', 1, 1))
        attempt('utime', lambda: os.utime('canary.txt', (1, 1)))
        attempt('xattr', lambda: os.setxattr('canary.txt', 'user.x', b'1'))
        attempt('flags', lambda: fcntl.ioctl(file, 0x40086602, array.array('l', [0x80])))  # FS_IOC_SETFLAGS: no atime
        attempt('lease', lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK))
        attempt('owner', lambda: fcntl.fcntl(file, fcntl.F_SETOWN, os.getppid()))
        attempt('signal', lambda: fcntl.fcntl(file, fcntl.F_SETSIG, 9))
        attempt('copy', lambda: shutil.copy('canary.txt', 'copy.txt'))
        attempt('copy2', lambda: shutil.copy2('canary.txt', 'copy2.txt'))
        attempt('copytree', lambda: shutil.copytree('.', 'tree'))
        print('tty', os.isatty(file))
    """
    found = run(code, tmp_path, own_network=False, own_processes=False)
    done = {name for name, outcome in found.items() if outcome == "done"}
    assert done == {"chmod", "chown", "utime", "copy", "copy2", "copytree"}
    assert (found["xattr"], found["flags"], found["tty"]) == ("ENOTSUP", "ENOTTY", "False")
    assert found["lease"] == found["owner"] == found["signal"] == "EPERM"
    after = file.stat()
    assert (after.st_mode, after.st_uid, after.st_mtime_ns) == (before.st_mode, before.st_uid, before.st_mtime_ns)
    assert (tmp_path / "tree" / "canary.txt").read_text() == "the canary sings"


@here
def test_other_processes_of_the_user_are_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["/usr/bin/sleep", "60"]) as victim:
        code = f"""
            import resource, signal
            victim = {victim.pid}
            attempt('kill', lambda: os.kill(victim, signal.SIGTERM))
            attempt('kill-all', lambda: os.kill(-1, 0))
            attempt('group', lambda: os.killpg(os.getpgid(victim), 0))
            attempt('probe', lambda: os.kill(victim, 0))
            call('tgkill', victim, victim, 15)
            call('tkill', victim, 15)
            call('rt_sigqueueinfo', victim, 15, 0)
            attempt('pidfd', lambda: os.pidfd_open(victim))
            attempt('limit', lambda: resource.prlimit(victim, resource.RLIMIT_CPU, (1, 1)))
            attempt('affinity', lambda: os.sched_setaffinity(victim, [0]))
            attempt('nice', lambda: os.setpriority(os.PRIO_PROCESS, victim, 19))
            attempt('nice-all', lambda: os.setpriority(os.PRIO_USER, 0, 19))
            attempt('own-limit', lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))
            attempt('own-nice', lambda: os.nice(1))
            attempt('own-affinity', lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)))
            signal.signal(signal.SIGUSR1, lambda *_: print('signalled', 'done'))
            attempt('own-signal', lambda: os.kill(os.getpid(), signal.SIGUSR1))
            attempt('raise', lambda: signal.raise_signal(signal.SIGUSR1))
        """
        found = run(code, tmp_path, own_network=False, own_processes=False, signal_scope=False)
        assert victim.poll() is None
        victim.kill()
    done = {name for name, outcome in found.items() if outcome == "done"}
    assert done == {"own-limit", "own-nice", "own-affinity", "signalled", "own-signal", "raise"}


@here
@pytest.mark.parametrize("own_network", [True, False])
def test_sockets(tmp_path: Path, own_network: bool) -> None:
    code = """
        import socket
        for family in ('AF_UNIX', 'AF_INET', 'AF_INET6', 'AF_NETLINK', 'AF_PACKET', 'AF_VSOCK', 'AF_ALG'):
            attempt(family, lambda: socket.socket(getattr(socket, family)))
        attempt('pair', lambda: socket.socketpair())
        attempt('datagrams', lambda: socket.socketpair(type=socket.SOCK_DGRAM))
        attempt('packets', lambda: socket.socketpair(type=socket.SOCK_SEQPACKET))
        left, right = socket.socketpair()
        left.send(b'x')
        print('through', right.recv(1))
        attempt('bind', lambda: left.bind('socket'))
    """
    found = run(code, tmp_path, own_network=own_network)
    refused = "EAFNOSUPPORT" if own_network else "EACCES"
    assert {found[name] for name in found if name.startswith("AF_") and name != "AF_UNIX"} == {refused}
    assert found["AF_UNIX"] == ("done" if own_network else "EACCES")
    assert (found["pair"], found["through"]) == ("done", "b'x'")
    assert found["datagrams"] == found["packets"] == "EACCES"
    assert own_network or found["bind"] == "EACCES"


@here
def test_a_broken_filter_is_told(tmp_path: Path) -> None:
    code = """
        attempt('short', lambda: install_filter(b''))
        attempt('endless', lambda: install_filter(bytes([0x20, 0, 0, 0, 0, 0, 0, 0])))
    """
    assert run(code, tmp_path, own_network=True) == {"short": "EINVAL", "endless": "EINVAL"}


@here
def test_a_filter_made_elsewhere_knows_the_process_that_loads_it(tmp_path: Path) -> None:
    code = """
        import signal, time
        from hepcoder.sandbox.inside.filter import LOADING_PROCESS
        program = script_filter(own_network=False, signal_scope=False, own_pid=LOADING_PROCESS)
        signal.signal(signal.SIGUSR1, lambda *_: None)
        if os.fork() == 0:
            install_filter(program)
            attempt('raise', lambda: signal.raise_signal(signal.SIGUSR1))
            attempt('self', lambda: os.kill(os.getpid(), signal.SIGUSR1))
            attempt('parent', lambda: os.kill(os.getppid(), signal.SIGUSR1))
            sys.stdout.flush()
            os._exit(0)
        os.wait()
    """
    assert run(code, tmp_path, own_network=True) == {"raise": "done", "self": "done", "parent": "EPERM"}
