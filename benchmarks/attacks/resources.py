"""Attacks on resources. Each bomb bounds itself, so that it does no harm where nothing stops it."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from hepcoder.benchmarks.attacks.attack import Attack, Ran
from hepcoder.benchmarks.attacks.scene import Scene
from hepcoder.sandbox.records import MIB, Outcome

_PROCESSES = "fork and thread bombs"
_MEMORY = "memory bombs"
_SHARED = "filling /tmp, /dev/shm and memory files"
_DISK = "disk bombs"
_OUTPUT = "endless output"
_TIME = "endless loops and sleeps"
_HARMLESS = "punish a job for memory that it only reserved"

LIMITS: Mapping[str, float] = MappingProxyType({
    "wall_seconds": 4.0, "cpu_seconds": 30.0, "memory_bytes": 300 * MIB, "disk_bytes": 20 * MIB, "files": 300,
    "processes": 24, "output_bytes": 65536,
})  # fmt: skip
_SHORT = {**LIMITS, "wall_seconds": 1.5}
_SLACK_BYTES, _SLACK_TASKS = 600 * MIB, 20  # what may be added between two looks
_FORKS = """
made = 0
for made in range(200):
    try:
        if os.fork() == 0: pause(3); os._exit(0)
    except OSError as error: print('STOP', made, error, flush=True); break
else: print('NOLIMIT', made, flush=True)
pause(0.5)
"""
_TREE = """
for generation in range(7):
    try: os.fork()
    except OSError: pass
pause(2)
if os.getpid() == P.first_pid: print('NOLIMIT', flush=True)
os._exit(0)
"""
_THREADS = """
import threading
try:
    for made in range(200): threading.Thread(target=pause, args=(3,), daemon=True).start()
    print('NOLIMIT', made, flush=True)
except RuntimeError as error: print('STOP', made, error, flush=True)
pause(0.5)
os._exit(0)
"""
_ONE = """
kept = []
for number in range(14): kept.append(b'1' * (64 << 20))
print('NOLIMIT', flush=True)
pause(1)
"""
_MANY = """
for number in range(4):
    if os.fork() == 0:
        try: kept = b'1' * (200 << 20); pause(1.5)
        except MemoryError: pass
        os._exit(0)
for number in range(4): os.wait()
print('NOLIMIT', flush=True)
"""
_MAPPED = """
import mmap
for number in range(4):
    if os.fork() == 0:
        shared = mmap.mmap(-1, 200 << 20)
        for place in range(0, 200 << 20, 4096): shared[place] = 1
        pause(1.5); os._exit(0)
for number in range(4): os.wait()
print('NOLIMIT', flush=True)
"""
_MEMORY_FILES = """
files = [os.memfd_create('x') for number in range(10)]
for file in files: os.write(file, b'1' * (64 << 20))
print('NOLIMIT', flush=True); pause(1)
"""
_FILL = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
names = ['{folder}/hca-fill-' + P.process_name + str(number) for number in range({count})]
try:
    for name in names:
        with open(name, 'wb') as file: file.write(b'1' * (16 << 20))
    print('NOLIMIT', flush=True); pause(0.6)
except OSError as error: print('STOP', error, flush=True)
finally:
    for name in names:
        with contextlib.suppress(OSError): os.unlink(name)
"""
_BIG_FILE = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open('big', 'wb', buffering=0) as file:
    for number in range(10):
        if file.write(b'1' * (16 << 20)) < 16 << 20: raise OSError(27, 'short write')
print('NOLIMIT', flush=True); pause(0.6)
"""
_MANY_FILES = """
for number in range(10):
    with open(f'big-{number}', 'wb', buffering=0) as file: file.write(b'1' * (16 << 20))
print('NOLIMIT', flush=True); pause(0.6)
"""
_UNLINKED = """
kept = []
for number in range(10):
    kept.append(open(f'gone-{number}', 'wb', buffering=0)); os.unlink(f'gone-{number}')
    kept[-1].write(b'1' * (16 << 20))
print('NOLIMIT', flush=True); pause(0.6)
"""
_INODES = """
for number in range(5000): os.close(os.open(f'i{number}', os.O_CREAT | os.O_WRONLY))
print('NOLIMIT', flush=True); pause(0.6)
"""
_FLOOD = """
for number in range(160): os.write({stream}, {what} * 65536)
print('NOLIMIT', flush=True)
"""
_SPIN = """
for number in range({forks}): os.fork()
until = time.monotonic() + 8
while time.monotonic() < until: pass
print('NOLIMIT', flush=True)
"""
_IGNORE = """
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
pause(6)
print('NOLIMIT', flush=True)
"""
_RESERVE = """
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
assert libc.mmap(None, 2 << 30, 0, 0x4022, -1, 0) not in (None, 2**64 - 1)
pause(0.6)
"""


def _bounded(scene: Scene, ran: Ran) -> str:
    """Say so if more was used than a limit and what can happen between two looks at it."""
    del scene
    peaks, outcome = ran.execution.peaks, ran.execution.outcome
    if outcome in {"finished", "time"} and "NOLIMIT" in ran.execution.stdout:
        return "it ran to its end"
    bounds = {
        "memory_bytes": (peaks.memory_bytes, LIMITS["memory_bytes"] + _SLACK_BYTES),
        "disk_bytes": (peaks.disk_bytes, LIMITS["disk_bytes"] + _SLACK_BYTES),
        "processes": (peaks.processes, LIMITS["processes"] + _SLACK_TASKS),
    }
    broken = [f"{name} {peak}" for name, (peak, bound) in bounds.items() if peak is not None and peak > bound]
    return f"used {', '.join(broken)}" if broken else ""


def _unharmed(scene: Scene, ran: Ran) -> str:
    del scene
    return "" if ran.execution.ok else f"punished: {ran.execution.outcome}, {ran.execution.detail}"


_bomb = partial(Attack, group="resources", limits=LIMITS, check=_bounded)
_STOPPED_FORKS: tuple[Outcome, ...] = ("processes", "finished")

# fmt: off
RESOURCES = (
    _bomb("fork_bomb", _PROCESSES, "200 processes where 24 are allowed", _FORKS, allowed=_STOPPED_FORKS),
    _bomb("fork_tree", _PROCESSES, "128 processes by doubling", _TREE, allowed=_STOPPED_FORKS),
    _bomb("thread_bomb", _PROCESSES, "200 threads", _THREADS, allowed=_STOPPED_FORKS),
    _bomb("memory_one", _MEMORY, "one process takes 900 MB where 300 are allowed", _ONE, allowed=("memory",)),
    _bomb("memory_many", _MEMORY, "four processes take 200 MB each", _MANY, allowed=("memory",)),
    _bomb("memory_shared", _MEMORY, "four processes map 200 MB each as shared memory", _MAPPED, allowed=("memory",)),
    _bomb("memory_files", _SHARED, "640 MB in files that are only memory", _MEMORY_FILES,
          allowed=("memory", "disk", "finished", "forbidden")),
    _bomb("fill_shm", _SHARED, "320 MB in /dev/shm", _FILL.format(folder="/dev/shm", count=20),  # noqa: S108
          allowed=("memory", "disk", "finished")),
    _bomb("fill_tmp", _SHARED, "320 MB in /tmp", _FILL.format(folder="/tmp", count=20),  # noqa: S108
          allowed=("memory", "disk", "finished")),
    _bomb("fill_dev", _SHARED, "160 MB in /dev", _FILL.format(folder="/dev", count=10),
          allowed=("memory", "disk", "finished")),
    _bomb("fill_home", _SHARED, "320 MB in $HOME", _FILL.format(folder="' + os.environ['HOME'] + '", count=20),
          allowed=("memory", "disk", "finished")),
    _bomb("disk_one", _DISK, "one file of 160 MB where 20 are allowed", _BIG_FILE, allowed=("disk",)),
    _bomb("disk_many", _DISK, "ten files of 16 MB", _MANY_FILES, allowed=("disk",)),
    _bomb("disk_unlinked", _DISK, "ten files of 16 MB, deleted but open", _UNLINKED, allowed=("disk",)),
    _bomb("inodes", _DISK, "5000 empty files where 300 are allowed", _INODES, allowed=("inodes",)),
    _bomb("flood_stdout", _OUTPUT, "20 MB on stdout where 64 kB are allowed",
          _FLOOD.format(stream=1, what=r"b'A\n'"), allowed=("output_flood",)),
    _bomb("flood_stderr", _OUTPUT, "20 MB on stderr", _FLOOD.format(stream=2, what=r"b'A\n'"),
          allowed=("output_flood",)),
    _bomb("flood_one_line", _OUTPUT, "10 MB in one line", _FLOOD.format(stream=1, what="b'A'"),
          allowed=("output_flood",)),
    _bomb("spin", _TIME, "one process spins", _SPIN.format(forks=0), limits=_SHORT, allowed=("time",)),
    _bomb("spin_many", _TIME, "four processes spin", _SPIN.format(forks=2), limits={**LIMITS, "cpu_seconds": 1.0},
          allowed=("cpu", "time")),
    _bomb("sleep", _TIME, "sleep", "pause(6); print('NOLIMIT', flush=True)", limits=_SHORT, allowed=("time",)),
    _bomb("ignore_signals", _TIME, "sleep with every signal ignored", _IGNORE, limits=_SHORT, allowed=("time",)),
    _bomb("reserve", _HARMLESS, "2 GB of address space, untouched", _RESERVE,
          allowed=("finished",), check=_unharmed),
)
# fmt: on
