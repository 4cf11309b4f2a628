"""Numbers of the system calls that the filter knows, for each processor; taken from the kernel's headers."""

from collections.abc import Mapping
from types import MappingProxyType

# fmt: off
SYSTEM_CALLS: Mapping[str, Mapping[str, int]] = MappingProxyType({
    "x86_64": MappingProxyType({
        "_sysctl": 156, "accept": 43, "accept4": 288, "acct": 163, "add_key": 248, "adjtimex": 159, "bind": 49,
        "bpf": 321, "chmod": 90, "chroot": 161, "clock_adjtime": 305, "clock_settime": 227, "clone": 56, "clone3":
        435, "connect": 42, "creat": 85, "delete_module": 176, "fanotify_init": 300, "fchmod": 91, "fchmodat":
        268, "fchmodat2": 452, "finit_module": 313, "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433,
        "init_module": 175, "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425, "ioctl": 16,
        "ioperm": 173, "iopl": 172, "kcmp": 312, "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250,
        "listen": 50, "lookup_dcookie": 212, "memfd_create": 319, "memfd_secret": 447, "migrate_pages": 256,
        "mknod": 133, "mknodat": 259, "modify_ldt": 154, "mount": 165, "mount_setattr": 442, "move_mount": 429,
        "move_pages": 279, "mq_open": 240, "msgget": 68, "name_to_handle_at": 303, "nfsservctl": 180, "open": 2,
        "open_by_handle_at": 304, "open_tree": 428, "openat": 257, "openat2": 437, "perf_event_open": 298,
        "personality": 135, "pidfd_getfd": 438, "pivot_root": 155, "process_madvise": 440, "process_mrelease":
        448, "process_vm_readv": 310, "process_vm_writev": 311, "ptrace": 101, "quotactl": 179, "quotactl_fd":
        443, "reboot": 169, "request_key": 249, "sched_setattr": 314, "sched_setscheduler": 144, "semget": 64,
        "setdomainname": 171, "sethostname": 170, "setns": 308, "settimeofday": 164, "shmget": 29, "socket": 41,
        "socketpair": 53, "swapoff": 168, "swapon": 167, "syslog": 103, "umount2": 166, "unshare": 272, "uselib":
        134, "userfaultfd": 323, "ustat": 136, "vhangup": 153,
    }),
    "aarch64": MappingProxyType({
        "accept": 202, "accept4": 242, "acct": 89, "add_key": 217, "adjtimex": 171, "bind": 200, "bpf": 280,
        "chroot": 51, "clock_adjtime": 266, "clock_settime": 112, "clone": 220, "clone3": 435, "connect": 203,
        "delete_module": 106, "fanotify_init": 262, "fchmod": 52, "fchmodat": 53, "fchmodat2": 452,
        "finit_module": 273, "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433, "init_module": 105,
        "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425, "ioctl": 29, "kcmp": 272,
        "kexec_file_load": 294, "kexec_load": 104, "keyctl": 219, "listen": 201, "lookup_dcookie": 18,
        "memfd_create": 279, "memfd_secret": 447, "migrate_pages": 238, "mknodat": 33, "mount": 40,
        "mount_setattr": 442, "move_mount": 429, "move_pages": 239, "mq_open": 180, "msgget": 186,
        "name_to_handle_at": 264, "nfsservctl": 42, "open_by_handle_at": 265, "open_tree": 428, "openat": 56,
        "openat2": 437, "perf_event_open": 241, "personality": 92, "pidfd_getfd": 438, "pivot_root": 41,
        "process_madvise": 440, "process_mrelease": 448, "process_vm_readv": 270, "process_vm_writev": 271,
        "ptrace": 117, "quotactl": 60, "quotactl_fd": 443, "reboot": 142, "request_key": 218, "sched_setattr":
        274, "sched_setscheduler": 119, "semget": 190, "setdomainname": 162, "sethostname": 161, "setns": 268,
        "settimeofday": 170, "shmget": 194, "socket": 198, "socketpair": 199, "swapoff": 225, "swapon": 224,
        "syslog": 116, "umount2": 39, "unshare": 97, "userfaultfd": 282, "vhangup": 58,
    }),
})
# fmt: on
