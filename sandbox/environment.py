"""The environment and the rlimits every script gets: nothing of the caller's, and the same on every run."""

from collections.abc import Mapping

from hepcoder.sandbox.records import GIB, MIB, Limits

_FIXED = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "USER": "hepcoder",
    "LOGNAME": "hepcoder",
    "MPLBACKEND": "Agg",
    "SOURCE_DATE_EPOCH": "0",  # dates inside PDF and SVG files
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONUNBUFFERED": "1",  # what a killed script printed is not lost
    "PYTHONIOENCODING": "utf-8:backslashreplace",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}

_MARGIN = 16  # of processes; those of the sandbox itself are among them


def script_environment(*, home: str, scratch: str, python_path: str) -> Mapping[str, str]:
    """Return the whole environment of a script.

    Args:
        home: Value of HOME, an empty writable folder.
        scratch: Writable folder for temporary files and caches.
        python_path: Value of PYTHONPATH; empty for none.
    """
    own = {
        "HOME": home,
        "TMPDIR": scratch,
        "MPLCONFIGDIR": f"{scratch}/matplotlib",
        "XDG_CACHE_HOME": f"{scratch}/cache",
    }
    return {**_FIXED, **own} | ({"PYTHONPATH": python_path} if python_path else {})


def script_rlimits(limits: Limits, *, other_tasks: int | None) -> Mapping[str, int]:
    """Return the rlimits of one process, by name without the ``RLIMIT_`` prefix.

    They are looser than `limits`, which hold for sums and are watched from outside; these stop what outruns the watch.

    Args:
        limits: The job's limits.
        other_tasks: Processes and threads that the script's user has besides, which NPROC counts too; None when that
            is not known, for no such bound.
    """
    each = {
        "AS": max(2 * limits.memory_bytes, limits.memory_bytes + 4 * GIB),  # address space, much of it never touched
        "FSIZE": limits.disk_bytes + max(limits.disk_bytes // 4, MIB),
        "CPU": int(limits.cpu_seconds) + 2,
        "NOFILE": 512,
        "CORE": 0,
    }
    return each | ({} if other_tasks is None else {"NPROC": other_tasks + limits.processes + _MARGIN})
