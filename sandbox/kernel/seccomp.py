"""Which system calls a script may not make.

A list of what is refused, not of what is allowed: numerical libraries use too much of the kernel for the latter. It
closes what namespaces and Landlock leave open and what has been a way out of them before. Calls that a later kernel
adds do not exist for scripts until somebody has looked at them.
"""

import errno
import platform
import socket
from collections.abc import Mapping
from functools import lru_cache

from hepcoder.sandbox.kernel.bpf import Condition, Rule, assemble
from hepcoder.sandbox.kernel.syscalls import LAST_REVIEWED, SYSTEM_CALLS
from hepcoder.sandbox.kernel.unshared import unshared_rules

_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* bit of clone's flags
_SET_ID_BITS = 0o6000
_MAKES_FILE = 0o20000100  # O_CREAT, and the bit of O_TMPFILE that is not O_DIRECTORY
_SOCKET_TYPE = 0xF
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # put characters into a terminal's input
_F_SETLEASE = 1024  # holds up others who open the file
_PERSONALITY_QUERY = 0xFFFFFFFF

_REFUSED: tuple[tuple[int, str], ...] = (
    (errno.ENOSYS, "io_uring_setup io_uring_enter io_uring_register"),  # would go round this filter
    (errno.ENOSYS, "clone3 openat2"),  # arguments in memory, which a filter cannot see; glibc falls back
    (errno.EPERM, "unshare setns mount umount2 pivot_root chroot open_tree open_tree_attr move_mount fsopen fsconfig"),
    (errno.EPERM, "fsmount fspick mount_setattr statmount listmount listns lsm_set_self_attr file_setattr ptrace"),
    (errno.EPERM, "process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise process_mrelease"),
    (errno.EPERM, "migrate_pages move_pages add_key request_key keyctl bpf perf_event_open userfaultfd memfd_create"),
    (errno.EPERM, "memfd_secret fanotify_init name_to_handle_at open_by_handle_at lookup_dcookie init_module"),
    (errno.EPERM, "finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff settimeofday"),
    (errno.EPERM, "clock_settime adjtimex clock_adjtime sethostname setdomainname iopl ioperm modify_ldt acct"),
    (errno.EPERM, "quotactl quotactl_fd syslog vhangup uselib ustat _sysctl nfsservctl mknod mknodat shmget shmat"),
    (errno.EPERM, "shmctl semget semop semtimedop semctl msgget msgsnd msgrcv msgctl mq_open mq_unlink"),
    (errno.EPERM, "sched_setscheduler sched_setparam sched_setattr ioprio_set"),
)

# A job must change neither the fork server that its successor comes from nor, where they are in sight, other programs.
_OTHER_THAN_SELF = (
    *(("prlimit64", 0), ("sched_setaffinity", 0), ("get_robust_list", 0)),
    *(("setpriority", 0), ("setpriority", 1)),
)


@lru_cache(maxsize=32)
def script_filter(
    *,
    own_network: bool,
    own_processes: bool = True,
    signal_scope: bool = True,
    own_pid: int | None = None,
    processor: str | None = None,
) -> bytes | None:
    """Return the filter for scripts, or None for a processor that it is not written for.

    Args:
        own_network: Whether the sandbox has its own, empty network. Then sockets between its own processes are
            allowed, which process pools need; else there are no sockets at all.
        own_processes: Whether the sandbox has process ids and mounts of its own. Else calls that act on the user's
            other processes are refused, and those that change a file's mode, owner or times, which Landlock does not
            see, do nothing and say that they worked: refusing them would break `shutil.copy`. So do those that leave
            the process group.
        signal_scope: Whether something else stops signals to processes outside: process ids of its own, or Landlock
            from ABI 6.
        own_pid: The one process that may be signalled where nothing else stops signals; None for none at all.
        processor: As `platform.machine` calls it; None is this machine's.
    """
    processor = processor or platform.machine()
    if processor not in SYSTEM_CALLS:
        return None
    numbers = SYSTEM_CALLS[processor]
    rules = [*_socket_rules(numbers, own_network=own_network), *_conditional_rules(numbers)]
    rules += [Rule(numbers[name], error) for error, names in _REFUSED for name in names.split() if name in numbers]
    if not own_processes:
        rules += unshared_rules(numbers)
    if not signal_scope:
        rules += _signal_rules(numbers, own_pid)
    return assemble(processor, rules, last_number=LAST_REVIEWED)


def _socket_rules(numbers: Mapping[str, int], *, own_network: bool) -> list[Rule]:
    not_local = Condition(0, socket.AF_UNIX, equal=False)
    not_stream = Condition(1, socket.SOCK_STREAM, mask=_SOCKET_TYPE, equal=False)
    pairs = [
        Rule(numbers["socketpair"], errno.EAFNOSUPPORT, (not_local,)),
        Rule(numbers["socketpair"], errno.EACCES, (not_stream,)),  # a datagram pair can be sent on to any path
    ]
    if own_network:
        return [*pairs, Rule(numbers["socket"], errno.EAFNOSUPPORT, (not_local,))]
    names = ("socket", "connect", "bind", "listen", "accept", "accept4")
    return [*pairs, *(Rule(numbers[name], errno.EACCES) for name in names)]


def _conditional_rules(numbers: Mapping[str, int]) -> list[Rule]:
    """Refuse by their arguments: new namespaces, setuid and setgid files, writing to terminals, changing others."""
    other_personality = (Condition(0, 0, equal=False), Condition(0, _PERSONALITY_QUERY, equal=False))
    calls: list[tuple[str, tuple[Condition, ...]]] = [
        ("clone", (_any_bit(0, _NEW_NAMESPACES),)),
        ("personality", other_personality),
        ("ioctl", (Condition(1, _TIOCSTI),)),
        ("ioctl", (Condition(1, _TIOCLINUX),)),
        ("fcntl", (Condition(1, _F_SETLEASE),)),
        ("open", (_any_bit(1, _MAKES_FILE), _any_bit(2, _SET_ID_BITS))),
        ("openat", (_any_bit(2, _MAKES_FILE), _any_bit(3, _SET_ID_BITS))),
    ]
    modes = (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("creat", 1))
    calls += [(name, (_any_bit(place, _SET_ID_BITS),)) for name, place in modes]
    calls += [(name, (Condition(place, 0, equal=False),)) for name, place in _OTHER_THAN_SELF]
    return [Rule(numbers[name], errno.EPERM, conditions) for name, conditions in calls if name in numbers]


def _any_bit(argument: int, bits: int) -> Condition:
    return Condition(argument, 0, mask=bits, equal=False)


def _signal_rules(numbers: Mapping[str, int], own_pid: int | None) -> list[Rule]:
    """Refuse signals to all processes but one; `tkill` names a thread, which cannot be told from another's."""
    others = () if own_pid is None else (Condition(0, own_pid, equal=False),)
    to_process = [Rule(numbers[name], errno.EPERM, others) for name in ("kill", "tgkill")]
    return [*to_process, Rule(numbers["tkill"], errno.EPERM)]
