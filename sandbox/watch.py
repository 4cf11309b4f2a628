"""Measures from outside what all processes of a job use together."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from hepcoder.sandbox.folders import MAX_DEPTH, walk
from hepcoder.sandbox.processes import PROC, descendants, stat_fields
from hepcoder.sandbox.records import MIB, Limits, Outcome

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Breach:
    """A limit that was broken.

    Attributes:
        outcome: Its name.
        detail: One line with both numbers.
    """

    outcome: Outcome
    detail: str


@dataclass(frozen=True)
class Usage:
    """What the processes of a job use at one moment.

    Attributes:
        pids: Their process ids.
        cpu_seconds: CPU time, of ended children too.
        memory_bytes: Resident memory that is not backed by files.
        tasks: Processes and threads.
    """

    pids: tuple[int, ...]
    cpu_seconds: float
    memory_bytes: int
    tasks: int


def measure(root: int, limits: Limits, own: Mapping[int, float]) -> Usage:
    """Add up what a process and its descendants use now.

    Args:
        root: The outermost process.
        limits: Shared memory is counted once only when the quick sum of memory exceeds the limit.
        own: Processes of the sandbox itself, with the CPU time that they and their ended children had used when the
            job began; only what was used since counts, and neither their memory nor they themselves do.
    """
    pids = descendants(root)
    cpu = 0.0
    memory = tasks = 0
    for pid in pids:
        with suppress(OSError, IndexError, ValueError):
            cpu += cpu_seconds(pid) - own.get(pid, 0.0)
            if pid in own:
                continue
            status = _status(pid)
            memory += (status.get("RssAnon", 0) + status.get("RssShmem", 0)) * 1024
            tasks += status.get("Threads", 1)
    foreign = tuple(pid for pid in pids if pid not in own)
    if memory > limits.memory_bytes and len(foreign) > 1:
        memory = min(memory, _proportional_memory(foreign, memory))
    return Usage(foreign, cpu, memory, tasks)


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a process and its ended, reaped children have used.

    Raises:
        OSError: There is no such process.
    """
    return sum(int(ticks) for ticks in stat_fields(pid)[11:15]) / _TICKS


def _status(pid: int) -> dict[str, int]:
    wanted = {"RssAnon", "RssShmem", "Threads"}
    lines = (PROC / str(pid) / "status").read_text(errors="replace").splitlines()
    pairs = (line.split(":", 1) for line in lines if line.split(":", 1)[0] in wanted)
    return {name: int(value.split()[0]) for name, value in pairs}


def _proportional_memory(pids: tuple[int, ...], unknown: int) -> int:
    """Sum the memory of processes with shared pages counted once; `unknown` when that cannot be read."""
    total = 0
    for pid in pids:
        try:
            text = (PROC / str(pid) / "smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        except OSError:
            return unknown
        kept = ("Pss_Anon:", "Pss_Shmem:")
        total += sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(kept))
    return total or unknown


def broken_sum(usage: Usage, limits: Limits) -> Breach | None:
    """Return the first limit on CPU, memory or processes that is broken."""
    if usage.memory_bytes > limits.memory_bytes:
        return Breach("memory", f"memory: {_mib(usage.memory_bytes)} in use, limit {_mib(limits.memory_bytes)}")
    if usage.cpu_seconds > limits.cpu_seconds:
        return Breach("cpu", f"CPU time: {usage.cpu_seconds:.1f} s used, limit {limits.cpu_seconds:g} s")
    if usage.tasks > limits.processes:
        return Breach("processes", f"processes and threads: {usage.tasks} alive, limit {limits.processes}")
    return None


@dataclass(frozen=True)
class DiskUse:
    """What a folder holds.

    Attributes:
        bytes: Bytes on disk, with those of deleted files that are still open.
        breach: The limit that is broken, or None.
    """

    bytes: int
    breach: Breach | None


def measure_disk(folder: Path, limits: Limits, pids: tuple[int, ...] = ()) -> DiskUse:
    """Add up the disk use of a run's folder, stopping at the first broken limit.

    Args:
        folder: The run's folder.
        limits: The bounds.
        pids: Processes whose deleted but still open files count too.
    """
    device = folder.stat().st_dev
    used = sum(_deleted_files(pids, device).values())
    for entries, entry in enumerate(walk(folder), start=1):
        used += entry.status.st_blocks * 512
        if entry.too_deep:
            return DiskUse(used, Breach("inodes", f"folders: nested {MAX_DEPTH} deep or more"))
        if entries > limits.files:
            return DiskUse(used, Breach("inodes", f"files and folders: more than {limits.files}"))
        if used > limits.disk_bytes:
            break
    detail = f"disk: {_mib(used)} written, limit {_mib(limits.disk_bytes)}"
    return DiskUse(used, Breach("disk", detail) if used > limits.disk_bytes else None)


def _deleted_files(pids: tuple[int, ...], device: int) -> dict[int, int]:
    """Return the bytes on disk of deleted files that are still open, by inode number."""
    sizes = {}
    for path in _open_files(pids):
        with suppress(OSError):
            status = path.stat()
            if status.st_dev == device and status.st_nlink == 0 and stat.S_ISREG(status.st_mode):
                sizes[status.st_ino] = status.st_blocks * 512
    return sizes


def _open_files(pids: tuple[int, ...]) -> Iterator[Path]:
    for pid in pids:
        with suppress(OSError):
            yield from (PROC / str(pid) / "fd").iterdir()


def _mib(count: int) -> str:
    return f"{count / MIB:.0f} MiB"
