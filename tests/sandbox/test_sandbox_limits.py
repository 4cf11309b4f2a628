"""Every limit has its own outcome, keeps the script within it, and leaves no process."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tier_case import landlock_is_thorough

from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.records import MIB, Execution

Run = Callable[..., Execution]


def test_time(run: Run) -> None:
    started = time.monotonic()
    execution = run("print('begun')\nimport time\ntime.sleep(60)", wall_seconds=1)
    assert time.monotonic() - started < 5
    assert execution.outcome == "time"
    assert execution.exit_code is None
    assert execution.stdout == "begun\n"
    assert "limit 1 s" in execution.detail


@landlock_is_thorough
def test_time_when_every_signal_is_ignored(run: Run) -> None:
    script = """
        import signal, time
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        time.sleep(60)
    """
    assert run(script, wall_seconds=1).outcome == "time"


@landlock_is_thorough
@pytest.mark.parametrize("fork", ["", "import os; os.fork(); os.fork()"])
def test_cpu_time_of_all_processes_together(run: Run, fork: str) -> None:
    assert run(f"{fork}\nwhile True: pass", cpu_seconds=1, wall_seconds=30).outcome == "cpu"


@landlock_is_thorough
def test_cpu_time_when_the_kernel_is_first(run: Run) -> None:
    script = """
        import resource
        resource.setrlimit(resource.RLIMIT_CPU, (1, resource.getrlimit(resource.RLIMIT_CPU)[1]))
        while True: pass
    """
    assert run(script).outcome == "cpu"


def test_memory_of_one_process(run: Run) -> None:
    script = "import time\nkept = [bytearray(b'x' * 2**24) for _ in range(64)]\ntime.sleep(20)"
    execution = run(script, memory_bytes=200 * MIB)
    assert execution.outcome == "memory"
    assert "limit 200 MiB" in execution.detail


@landlock_is_thorough
def test_memory_of_many_processes(run: Run) -> None:
    script = """
        import os, time
        for _ in range(5):
            if os.fork() == 0:
                break
        kept = bytearray(b'x' * (60 * 2**20))
        time.sleep(20)
    """
    assert run(script, memory_bytes=200 * MIB).outcome == "memory"


@landlock_is_thorough
def test_memory_shared_by_forked_processes_counts_once(run: Run) -> None:
    script = """
        import os, time
        kept = bytearray(b'x' * (60 * 2**20))
        children = []
        for _ in range(5):
            child = os.fork()
            if child == 0:
                time.sleep(1)
                os._exit(0)
            children.append(child)
        for child in children: os.waitpid(child, 0)
    """
    assert run(script, memory_bytes=200 * MIB).ok


@landlock_is_thorough
def test_an_allocation_that_cannot_fit(run: Run) -> None:
    execution = run("import numpy\nnumpy.ones(10**13)")
    assert execution.outcome == "memory"
    assert execution.traceback is not None
    assert execution.traceback.line == 2


@landlock_is_thorough
def test_memory_that_is_only_reserved_is_free(run: Run) -> None:
    assert run("import mmap\nmmap.mmap(-1, 3 * 2**30)\nprint('fine')", memory_bytes=200 * MIB).ok


@landlock_is_thorough
@pytest.mark.parametrize("place", ["/dev/shm", "/tmp", "/dev"])
def test_memory_file_systems_are_small(run: Run, place: str) -> None:
    script = f"""
        with open('{place}/big', 'wb') as file:
            for _ in range(400): file.write(bytes(2**20))
    """
    execution = run(script)
    assert not execution.ok
    assert execution.traceback is not None
    assert execution.traceback.exception in {"OSError", "PermissionError"}


@landlock_is_thorough
@pytest.mark.parametrize(
    "body",
    [
        "with open('big', 'wb') as f:\n    for _ in range(64): f.write(bytes(2**20))",
        "for i in range(64): open(f'part{i}', 'wb').write(bytes(2**20))",
        "import time\nfor i in range(20): open(f'part{i}', 'wb').write(bytes(2**20))\ntime.sleep(20)",
        "import os, time\nkept = []\nfor i in range(20):\n    kept.append(open('x', 'wb')); kept[-1].write(bytes(2**20)); kept[-1].flush(); os.unlink('x')\ntime.sleep(20)",  # noqa: E501
    ],
    ids=["one-file", "many-files", "while-running", "deleted-but-open"],
)
def test_disk(run: Run, body: str) -> None:
    execution = run(body, disk_bytes=8 * MIB)
    assert execution.outcome == "disk"
    assert (execution.peaks.disk_bytes or 0) < 80 * MIB


def test_number_of_files(run: Run) -> None:
    assert run("for i in range(3000): open(f'f{i}', 'w').close()", files=200).outcome == "inodes"


@landlock_is_thorough
def test_folders_nested_without_end(run: Run, tmp_path: Path) -> None:
    script = "import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')"
    assert run(script).outcome == "inodes"
    remove_folder(tmp_path / "run-0")


def test_fork_bomb(run: Run) -> None:
    script = """
        import os, time
        for _ in range(400):
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
        print('NO LIMIT')
        time.sleep(20)
    """
    execution = run(script, processes=20)
    assert "NO LIMIT" not in execution.stdout
    assert execution.outcome == "processes" or (execution.traceback and "BlockingIOError" in execution.traceback.text)
    assert (execution.peaks.processes or 0) <= 20 + 17


@landlock_is_thorough
def test_thread_bomb(run: Run) -> None:
    script = """
        import threading, time
        for _ in range(400): threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
        print('NO LIMIT')
    """
    execution = run(script, processes=20)
    assert "NO LIMIT" not in execution.stdout
    assert not execution.ok


@landlock_is_thorough
@pytest.mark.parametrize("stream", [1, 2])
def test_output(run: Run, stream: int) -> None:
    script = f"import os\nfor i in range(10**6): os.write({stream}, b'%07d\\n' % i)"
    execution = run(script, output_bytes=4096)
    assert execution.outcome == "output_flood"
    assert execution.output_truncated
    assert len((execution.stdout, execution.stderr)[stream - 1]) == 4096


@landlock_is_thorough
def test_output_just_within_the_limit_is_kept_whole(run: Run) -> None:
    execution = run("print('x' * 4095)", output_bytes=4096)
    assert execution.ok
    assert execution.stdout == "x" * 4095 + "\n"
    assert not execution.output_truncated


def test_output_in_one_burst_at_the_end(run: Run) -> None:
    assert run("print('x' * 4096)", output_bytes=4096).outcome == "output_flood"


def test_cancel(run: Run) -> None:
    cancel = threading.Event()
    threading.Timer(1.0, cancel.set).start()
    started = time.monotonic()
    execution = run("import time\ntime.sleep(60)", cancel=cancel)
    assert execution.outcome == "cancelled"
    assert time.monotonic() - started < 3
