"""Which system calls a script may not make.

A list of what is refused, not of what is allowed: numerical libraries use too much of the kernel for the latter. It
closes what namespaces leave open and what has been a way out of them before.
"""

import errno
import platform
import socket
from collections.abc import Mapping

from hepcoder.sandbox.bpf import Condition, Rule, assemble
from hepcoder.sandbox.syscalls import SYSTEM_CALLS

_NEW_NAMESPACES = 0x7E020000  # every CLONE_NEW* bit of clone's flags
_SET_ID_BITS = 0o6000
_O_CREAT = 0o100
_SOCKET_TYPE = 0xF
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C  # put characters into a terminal's input
_PERSONALITY_QUERY = 0xFFFFFFFF

_REFUSED: tuple[tuple[int, str], ...] = (
    (errno.ENOSYS, "io_uring_setup io_uring_enter io_uring_register"),  # would go round this filter
    (errno.ENOSYS, "clone3 openat2"),  # arguments in memory, which a filter cannot see; glibc falls back
    (errno.EPERM, "unshare setns mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick"),
    (errno.EPERM, "mount_setattr ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp process_madvise"),
    (errno.EPERM, "process_mrelease migrate_pages move_pages add_key request_key keyctl bpf perf_event_open"),
    (errno.EPERM, "userfaultfd memfd_create memfd_secret fanotify_init name_to_handle_at open_by_handle_at"),
    (errno.EPERM, "lookup_dcookie init_module finit_module delete_module kexec_load kexec_file_load reboot swapon"),
    (errno.EPERM, "swapoff settimeofday clock_settime adjtimex clock_adjtime sethostname setdomainname iopl ioperm"),
    (errno.EPERM, "modify_ldt acct quotactl quotactl_fd syslog vhangup uselib ustat _sysctl nfsservctl mknod mknodat"),
    (errno.EPERM, "shmget semget msgget mq_open sched_setscheduler sched_setattr"),
)


def script_filter(*, own_network: bool, processor: str | None = None) -> bytes | None:
    """Return the filter for scripts, or None for a processor that it is not written for.

    Args:
        own_network: Whether the sandbox has its own, empty network. Then sockets between its own processes are
            allowed, which process pools need; else there are no sockets at all.
        processor: As `platform.machine` calls it; None is this machine's.
    """
    processor = processor or platform.machine()
    if processor not in SYSTEM_CALLS:
        return None
    numbers = SYSTEM_CALLS[processor]
    rules = [*_socket_rules(numbers, own_network=own_network), *_conditional_rules(numbers)]
    rules += [Rule(numbers[name], error) for error, names in _REFUSED for name in names.split() if name in numbers]
    return assemble(processor, rules)


def _socket_rules(numbers: Mapping[str, int], *, own_network: bool) -> list[Rule]:
    not_stream = Condition(1, socket.SOCK_STREAM, mask=_SOCKET_TYPE, equal=False)
    pair = Rule(numbers["socketpair"], errno.EACCES, (not_stream,))  # a datagram pair can be sent on to any path
    if own_network:
        not_local = Condition(0, socket.AF_UNIX, equal=False)
        return [pair, Rule(numbers["socket"], errno.EAFNOSUPPORT, (not_local,))]
    names = ("socket", "connect", "bind", "listen", "accept", "accept4")
    return [pair, *(Rule(numbers[name], errno.EACCES) for name in names)]


def _conditional_rules(numbers: Mapping[str, int]) -> list[Rule]:
    """Refuse some calls by their arguments: new namespaces, setuid and setgid files, writing to terminals."""
    other_personality = (Condition(0, 0, equal=False), Condition(0, _PERSONALITY_QUERY, equal=False))
    calls: list[tuple[str, tuple[Condition, ...]]] = [
        ("clone", (_any_bit(0, _NEW_NAMESPACES),)),
        ("personality", other_personality),
        ("ioctl", (Condition(1, _TIOCSTI),)),
        ("ioctl", (Condition(1, _TIOCLINUX),)),
        ("open", (_any_bit(1, _O_CREAT), _any_bit(2, _SET_ID_BITS))),
        ("openat", (_any_bit(2, _O_CREAT), _any_bit(3, _SET_ID_BITS))),
    ]
    modes = (("chmod", 1), ("fchmod", 1), ("fchmodat", 2), ("fchmodat2", 2), ("creat", 1))
    calls += [(name, (_any_bit(place, _SET_ID_BITS),)) for name, place in modes]
    return [Rule(numbers[name], errno.EPERM, conditions) for name, conditions in calls if name in numbers]


def _any_bit(argument: int, bits: int) -> Condition:
    return Condition(argument, 0, mask=bits, equal=False)
