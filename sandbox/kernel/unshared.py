"""What a filter must also refuse where processes and mounts are shared with the user's other programs.

Landlock bounds which files are opened, made and removed. It does not see changes to a file's mode, owner, times or
attributes, which the user of a script may make to every file that he owns, nor most ways to act on other processes.
"""

import errno
from collections.abc import Mapping

from hepcoder.sandbox.kernel.bpf import Condition, Rule

_NO_EFFECT = (
    "chmod fchmod fchmodat fchmodat2 chown fchown lchown fchownat utime utimes futimesat utimensat "  # shutil.copy
    "setsid setpgid"  # so that one signal reaches all of a job, however fast it forks
)
_REFUSED: tuple[tuple[int, str], ...] = (
    (errno.EOPNOTSUPP, "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat"),
    (errno.EPERM, "pidfd_open pidfd_send_signal rt_sigqueueinfo rt_tgsigqueueinfo"),
    (errno.EPERM, "inotify_init inotify_init1 inotify_add_watch"),  # would tell when any file is used
)
_F_SETOWN, _F_SETSIG, _F_SETOWN_EX = 8, 10, 15  # who gets which signal when a file can be read

# Of terminals, of pipes, and of copying within a file system. Others change attributes through a file that is only
# open for reading, or the file system itself.
_CONTROLS = {
    "TCGETS": 0x5401,
    "TCGETS2": 0x802C542A,
    "TIOCGPGRP": 0x540F,
    "TIOCGWINSZ": 0x5413,
    "FIONREAD": 0x541B,
    "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450,
    "FIOCLEX": 0x5451,
    "FICLONE": 0x40049409,
    "FICLONERANGE": 0x4020940D,
    "FS_IOC_GETFLAGS": 0x80086601,
}


def unshared_rules(numbers: Mapping[str, int]) -> list[Rule]:
    """Return the rules, to come after those that refuse setuid and setgid files.

    Args:
        numbers: Of the processor's system calls.
    """
    rules = [Rule(numbers[name], 0) for name in _NO_EFFECT.split() if name in numbers]
    rules += [Rule(numbers[name], error) for error, names in _REFUSED for name in names.split() if name in numbers]
    for command in (_F_SETOWN, _F_SETSIG, _F_SETOWN_EX):
        rules.append(Rule(numbers["fcntl"], errno.EPERM, (Condition(1, command),)))
    others = tuple(Condition(1, control, equal=False) for control in _CONTROLS.values())
    return [*rules, Rule(numbers["ioctl"], errno.ENOTTY, others)]
