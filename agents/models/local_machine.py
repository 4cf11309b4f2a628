"""What this process may use of the machine: cores and memory."""

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
KIB = 1024


def usable_cores() -> int:
    """Return how many physical cores this process may keep busy, at least 1.

    Hyper-threads of one core count once; a container's CPU quota counts, rounded up.
    """
    cores = len({_core_of(cpu) for cpu in os.sched_getaffinity(0)})
    quota = _cpu_quota()
    return max(1, cores if quota is None else min(cores, math.ceil(quota)))


def available_memory_bytes() -> int | None:
    """Return how many bytes can still be taken without swapping, or None when the system does not say."""
    found = [size for size in (_machine_memory(), _container_memory()) if size is not None]
    return min(found, default=None)


def _core_of(cpu: int) -> str:
    return _read(Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")) or str(cpu)


def _cpu_quota() -> float | None:
    quota, _, period = (_read(CGROUP / "cpu.max") or "max").partition(" ")
    return int(quota) / int(period) if quota.isdigit() and period.isdigit() else None


def _machine_memory() -> int | None:
    for line in (_read(Path("/proc/meminfo")) or "").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * KIB
    return None


def _container_memory() -> int | None:
    limit, used = _read(CGROUP / "memory.max"), _read(CGROUP / "memory.current")
    if limit is None or used is None or not limit.isdigit():
        return None
    return max(0, int(limit) - int(used))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return None
