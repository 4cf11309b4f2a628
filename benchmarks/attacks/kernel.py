"""Attacks on the kernel: calls that analysis code never needs, made with arguments that do no harm."""

from collections.abc import Mapping
from functools import partial

from hepcoder.benchmarks.attacks.attack import UNCONFINED, Attack

_RIGHTS = "rights: uid 0, capabilities, no_new_privs, filter"
_SETTINGS = "kernel settings: core_pattern, sysrq, cgroups, /sys"
_NAMESPACES = "new namespaces"
_MOUNTS = "mount, chroot, pivot_root"
_DEBUG = "ptrace, perf, kcmp, bpf"
_MEMORY = "userfaultfd, memfd, io_uring, file handles"
_MODULES = "modules, kexec, reboot, swap"
_CLOCK = "clock, host name, accounting, console"
_HARDWARE = "I/O ports, local descriptor table, personality"
_QUEUES = "shared memory and queues of System V and POSIX"
_FOREIGN = "calls in disguise: x32, int 0x80, high bits; terminals"
_BIG = 1 << 32  # bits above those that the kernel looks at

# Each call would fail with bad arguments even where it is allowed; only refusing to look at them counts as stopped.
_CALLS: Mapping[str, tuple[str, str]] = {
    "unshare": (_NAMESPACES, "0x10000000"), "setns": (_NAMESPACES, "-1, 0"),
    "clone3": (_NAMESPACES, "0, 0"),
    "mount": (_MOUNTS, "0, 1, 1, 0, 0"), "umount2": (_MOUNTS, "1, 0"), "pivot_root": (_MOUNTS, "1, 1"),
    "chroot": (_MOUNTS, "1"), "open_tree": (_MOUNTS, "-1, 1, 0"), "move_mount": (_MOUNTS, "-1, 1, -1, 1, 0"),
    "fsopen": (_MOUNTS, "1, 0"), "fsconfig": (_MOUNTS, "-1, 99, 0, 0, 0"), "fsmount": (_MOUNTS, "-1, 0, 0"),
    "fspick": (_MOUNTS, "-1, 1, 0"), "mount_setattr": (_MOUNTS, "-1, 1, 0, 1, 32"),
    "ptrace": (_DEBUG, "0x4206, 0, 0, 0"), "perf_event_open": (_DEBUG, "1, 0, -1, -1, 0"),
    "bpf": (_DEBUG, "-1, 0, 0"), "kcmp": (_DEBUG, "P.victim, P.victim, 0, 0, 0"), "pidfd_getfd": (_DEBUG, "-1, 0, 0"),
    "process_madvise": (_DEBUG, "-1, 0, 0, 0, 0"), "lookup_dcookie": (_DEBUG, "0, 0, 0"),
    "userfaultfd": (_MEMORY, "1"), "memfd_create": (_MEMORY, "1, 0"), "memfd_secret": (_MEMORY, "0"),
    "migrate_pages": (_MEMORY, "0, 0, 0, 0"), "move_pages": (_MEMORY, "0, 0, 0, 0, 0, 0"),
    "process_mrelease": (_MEMORY, "-1, 0"),
    "fanotify_init": (_MEMORY, "0, 0"), "name_to_handle_at": (_MEMORY, "-100, b'.', 1, 1, 0"),
    "open_by_handle_at": (_MEMORY, "-100, 1, 0"), "openat2": (_MEMORY, "-100, b'.', 1, 24"),
    "io_uring_enter": (_MEMORY, "-1, 0, 0, 0, 0, 0"), "io_uring_register": (_MEMORY, "-1, 0, 0, 0"),
    "init_module": (_MODULES, "1, 1, 1"), "finit_module": (_MODULES, "-1, 1, 0"), "delete_module": (_MODULES, "1, 0"),
    "kexec_load": (_MODULES, "0, 99, 1, 99"), "kexec_file_load": (_MODULES, "-1, -1, 0, 1, 99"),
    "reboot": (_MODULES, "0, 0, 0, 0"), "swapon": (_MODULES, "1, 0"), "swapoff": (_MODULES, "1"),
    "settimeofday": (_CLOCK, "1, 1"), "clock_settime": (_CLOCK, "0, 1"), "adjtimex": (_CLOCK, "1"),
    "clock_adjtime": (_CLOCK, "0, 1"), "sethostname": (_CLOCK, "1, 4"), "setdomainname": (_CLOCK, "1, 4"),
    "acct": (_CLOCK, "1"), "quotactl": (_CLOCK, "0, 1, 0, 1"), "syslog": (_CLOCK, "3, 0, 0"), "vhangup": (_CLOCK, ""),
    "iopl": (_HARDWARE, "3"), "ioperm": (_HARDWARE, "0, 1, 1"), "modify_ldt": (_HARDWARE, "0, 0, 0"),
    "personality": (_HARDWARE, "0x40000"), "uselib": (_HARDWARE, "1"),
    "shmget": (_QUEUES, "0, 0, 0o1000"), "semget": (_QUEUES, "0, -1, 0"), "msgget": (_QUEUES, "77, 0"),
    "mq_open": (_QUEUES, "1, 0, 0, 0"),
    "sched_setattr": (_CLOCK, "0, 0, 0"),
}  # fmt: skip
_STATUS = "return [line for line in read('/proc/self/status').decode().splitlines() if {wrong}]"
_OPEN = "return os.open({path!r}, os.{how}) > 0 and 'opened'"
_X32 = "return reached(0x40000000 | 39)"
_INT_80 = """
import mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write(b'\\x53\\xb8\\x67\\x01\\0\\0\\xbb\\x02\\0\\0\\0\\xb9\\x01\\0\\0\\0\\xba\\0\\0\\0\\0\\xcd\\x80\\x5b\\xc3')
result = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))()
return result >= 0 and f'socket {result}'
"""
_NEW_CHILD = """
result, error = call('clone', {flags}, 0, 0, 0, 0)
if result == 0: os._exit(0)
return result > 0 and f'child {{result}}'
"""
_HANGUP = dict.fromkeys(UNCONFINED, "has no arguments that would make it harmless")


_probe = partial(Attack, group="kernel")


def _raw(name: str, row: str, arguments: str) -> Attack:
    comma = ", " if arguments else ""
    body = f"return reached({name!r}{comma}{arguments})"
    not_on = _HANGUP if name == "vhangup" else {}
    return _probe(f"call_{name}", row, f"call {name}", body, needs=name, not_on=not_on)


# fmt: off
KERNEL = (
    _probe("is_root", _RIGHTS, "run with uid 0", "return os.getuid() == 0 and 'uid 0'"),
    _probe("has_capabilities", _RIGHTS, "hold a capability, or be able to get one",
           _STATUS.format(wrong="line.startswith('Cap') and int(line.split()[1], 16)")),
    _probe("has_new_privileges", _RIGHTS, "get rights by running a setuid program",
           _STATUS.format(wrong="line.startswith('NoNewPrivs') and line.split()[1] == '0'")),
    _probe("has_no_filter", _RIGHTS, "run without a filter of system calls",
           _STATUS.format(wrong="line.startswith('Seccomp:') and line.split()[1] != '2'")),
    _probe("core_pattern", _SETTINGS, "core_pattern, which runs a program as root",
           _OPEN.format(path="/proc/sys/kernel/core_pattern", how="O_WRONLY")),
    _probe("sysrq", _SETTINGS, "sysrq-trigger", _OPEN.format(path="/proc/sysrq-trigger", how="O_WRONLY")),
    _probe("kcore", _SETTINGS, "read the kernel's memory", _OPEN.format(path="/proc/kcore", how="O_RDONLY")),
    _probe("sys_write", _SETTINGS, "/sys",
           _OPEN.format(path="/sys/kernel/mm/transparent_hugepage/enabled", how="O_WRONLY")),
    _probe("cgroup_escape", _SETTINGS, "leave its control group",
           "import glob\npaths = glob.glob('/sys/fs/cgroup/**/cgroup.procs', recursive=True)\n"
           "return [path for path in paths if os.access(path, os.W_OK) and os.open(path, os.O_WRONLY)]"),
    _probe("clone_user", _NAMESPACES, "clone with a new user namespace", _NEW_CHILD.format(flags="0x10000000 | 17"),
           needs="clone"),
    _probe("clone_network", _NAMESPACES, "clone with new user and network namespaces",
           _NEW_CHILD.format(flags="0x50000000 | 17"), needs="clone"),
    _probe("high_bits_terminal", _FOREIGN, "push characters into a terminal, with bits that the kernel ignores",
           f"return reached('ioctl', 0, 0x5412 | {_BIG}, ctypes.create_string_buffer(1))", needs="ioctl"),
    _probe("terminal_input", _FOREIGN, "push characters into a terminal",
           "return reached('ioctl', 0, 0x5412, ctypes.create_string_buffer(1))", needs="ioctl"),
    _probe("high_bits_personality", _FOREIGN, "personality, with bits that the kernel ignores",
           f"return reached('personality', 0x40000 | {_BIG})", needs="personality"),
    _probe("x32_call", _FOREIGN, "a call by its x32 number", _X32, needs="x86_64"),
    _probe("i386_call", _FOREIGN, "a socket by int 0x80", _INT_80, needs="x86_64"),
    *(_raw(name, row, arguments) for name, (row, arguments) in _CALLS.items()),
)
# fmt: on
