"""However a script ends, exactly one outcome says why; told from what real interpreters print."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import get_args

import pytest
from execution_case import followed
from hypothesis import given
from hypothesis import strategies as st

from hepcoder.sandbox.finish import finish
from hepcoder.sandbox.records import Execution, Input, Job, Limits, Outcome
from hepcoder.sandbox.watch import Breach


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "run"
    place.mkdir()
    return place


def end(folder: Path, script: str, *, notes: bytes = b"", inputs: tuple[Input, ...] = ()) -> Execution:
    """Run a script by a plain interpreter, and make the record of it."""
    script = textwrap.dedent(script)
    (folder / "script.py").write_text(script)
    done = subprocess.run([sys.executable, "-I", "script.py"], check=False, cwd=folder, capture_output=True, text=True)
    job = Job(script=script, folder=folder, inputs=inputs)
    seen = followed(stdout=done.stdout, stderr=done.stderr, notes=notes)
    execution = finish(job, seen, done.returncode, backend="bwrap", folder_as_seen=str(folder))
    assert (execution.exit_code is None) == (execution.outcome != "finished")
    return execution


def error(number: int, path: str = "") -> str:
    """A statement that raises what the kernel's refusal raises."""
    name = f", {path!r}" if path else ""
    return f"raise OSError({number}, {os.strerror(number)!r}{name})"


@pytest.mark.parametrize(
    ("script", "outcome", "detail"),
    [
        (error(errno.EACCES, "/root/secret"), "forbidden", "/root/secret"),
        (error(errno.EACCES, "../other/result.json"), "forbidden", "../other/result.json"),
        (error(errno.EROFS, "/data/x.root"), "forbidden", "/data/x.root"),
        (error(errno.EROFS, "x.root"), "forbidden", "x.root"),
        (error(errno.EACCES, "x.root"), "forbidden", "x.root"),  # an input, closed by Landlock
        (error(errno.EPERM), "forbidden", "line 1"),
        (error(errno.EAFNOSUPPORT), "forbidden", "network"),
        (error(errno.ENETUNREACH), "forbidden", "network"),
        (error(errno.ENOENT, "/root/.ssh/id_rsa"), "forbidden", ".ssh/id_rsa"),
        ("import socket; raise socket.gaierror(-3, 'Temporary failure in name resolution')", "forbidden", "network"),
        ("import urllib.error; raise urllib.error.URLError(OSError(111, 'refused'))", "forbidden", "network"),
        (error(errno.EACCES, "result.json"), "finished", "exit code 1"),
        (error(errno.EACCES, "sub/result.json"), "finished", "exit code 1"),
        ("import os; " + error(errno.EPERM, "x").replace("'x'", "os.path.abspath('a.png')"), "finished", "exit code 1"),
        ("raise PermissionError('made up by the script')", "finished", "exit code 1"),
        ("import urllib.error; raise urllib.error.URLError('unknown url type')", "finished", "exit code 1"),
        (error(errno.ENOENT, "/data/events.root"), "finished", "exit code 1"),
        (error(errno.ECONNREFUSED), "finished", "exit code 1"),
        (error(errno.ENOSPC, "/tmp/x"), "disk", "no space is left"),
        (error(errno.EDQUOT, "x"), "disk", "no space is left"),
        ("import sqlite3; raise sqlite3.OperationalError('database or disk is full')", "disk", "disk is full"),
        (error(errno.EFBIG), "disk", f"{Limits().disk_bytes} bytes"),
        ("raise MemoryError", "memory", f"{Limits().memory_bytes} bytes"),
        ("raise MemoryError('std::bad_alloc')", "memory", "std::bad_alloc"),
        (error(errno.ENOMEM), "memory", "Cannot allocate memory"),
        (
            "class ArrowMemoryError(MemoryError): pass\nraise ArrowMemoryError('malloc of 9 failed')",
            "memory",
            "malloc of 9",
        ),
        ("raise RuntimeError('std::bad_alloc')", "memory", "std::bad_alloc"),
        ('raise RuntimeError("can\'t start new thread")', "processes", "limit 64"),
        ("def fork(): " + error(errno.EAGAIN) + "\nfork()", "processes", "limit 64"),
        ("def read(): " + error(errno.EAGAIN) + "\nread()", "finished", "exit code 1"),
        ("import os; os.kill(os.getpid(), 31)", "forbidden", "system call"),
        ("import os; os.kill(os.getpid(), 24)", "cpu", "CPU time"),
        ("import signal, os; signal.signal(25, signal.SIG_DFL); os.kill(os.getpid(), 25)", "disk", "one file"),
        ('import os, sys; os.write(2, b"what():  std::bad_alloc\\n"); os.abort()', "memory", "std::bad_alloc"),
        ("import os; os.abort()", "finished", "SIGABRT"),
        ("import os; os.kill(os.getpid(), 9)", "finished", "SIGKILL"),
        ("import os; os._exit(7)", "finished", "exit code 7"),
        ("raise SystemExit(3)", "finished", "exit code 3"),
        ("1 / 0", "finished", "exit code 1"),
        ("pass", "finished", ""),
    ],
)
def test_each_ending_has_its_name(folder: Path, tmp_path: Path, script: str, outcome: str, detail: str) -> None:
    (tmp_path / "x.root").write_bytes(b"root")
    execution = end(folder, script, inputs=(Input(path=tmp_path / "x.root", name="x.root"),))
    assert execution.outcome == outcome, execution.detail
    assert detail in execution.detail
    if outcome == "finished" and not detail:
        assert execution.ok


@pytest.mark.parametrize(
    "wrapped",
    [
        "try:\n    {0}\nexcept OSError as error:\n    raise RuntimeError('could not save') from error",
        "try:\n    {0}\nexcept OSError:\n    raise ValueError('could not save')",
        "try:\n try:\n  {0}\n except OSError as e:\n  raise KeyError(1) from e\nexcept KeyError:\n raise ValueError",
    ],
)
@pytest.mark.parametrize(
    ("number", "outcome"), [(errno.ENOSPC, "disk"), (errno.ENOMEM, "memory"), (errno.EROFS, "forbidden")]
)
def test_the_cause_may_be_chained(folder: Path, wrapped: str, number: int, outcome: str) -> None:
    assert end(folder, wrapped.format(error(number, "/tmp/x"))).outcome == outcome


@pytest.mark.parametrize("pool", ["concurrent.futures.ProcessPoolExecutor(1)", "multiprocessing.Pool(1)"])
@pytest.mark.parametrize(("number", "outcome"), [(errno.ENOSPC, "disk"), (errno.EACCES, "forbidden")])
def test_the_cause_may_lie_in_a_worker_of_a_pool(folder: Path, pool: str, number: int, outcome: str) -> None:
    script = f"""
        import concurrent.futures, multiprocessing
        def work(_):
            {error(number, "/tmp/x")}
        if __name__ == "__main__":
            with {pool} as pool:
                try:
                    list(pool.map(work, [1]))
                except OSError as error:
                    raise RuntimeError("the work failed") from error
    """
    execution = end(folder, script)
    assert execution.outcome == outcome
    assert '"""' not in execution.detail


def test_a_traceback_that_was_printed_before_is_not_the_cause(folder: Path) -> None:
    script = f"""
        import traceback
        try:
            try:
                {error(errno.ENOSPC, "/tmp/x")}
            except OSError as error:
                raise ValueError from error
        except ValueError:
            traceback.print_exc()
        1 / 0
    """
    execution = end(folder, script)
    assert execution.outcome == "finished"
    assert execution.traceback is not None
    assert execution.traceback.exception == "ZeroDivisionError"


def test_an_error_that_was_handled_is_no_ending(folder: Path) -> None:
    execution = end(folder, f"try:\n    {error(errno.EACCES, '/etc/shadow')}\nexcept OSError:\n    pass")
    assert execution.ok


@pytest.mark.parametrize(
    ("number", "note", "named"),
    [
        (errno.EPERM, b'{"kind": "process", "target": "1"}', "process 1 ("),
        (errno.EPERM, b'{"kind": "kernel", "target": "ptrace by ctypes"}', "ptrace by ctypes"),
        (errno.EAFNOSUPPORT, b'{"kind": "network", "target": "example.org:80"}', "example.org:80"),
        (errno.ECONNREFUSED, b'{"kind": "network", "target": "127.0.0.1:80"}', "127.0.0.1:80"),
    ],
)
def test_what_a_message_does_not_name_is_taken_from_the_attempts(
    folder: Path, number: int, note: bytes, named: str
) -> None:
    execution = end(folder, error(number), notes=note + b"\n")
    assert execution.outcome == "forbidden"
    assert named in execution.detail
    assert len(execution.attempts) == 1


def test_a_limit_kept_from_outside_goes_before_what_the_script_says(folder: Path) -> None:
    job = Job(script="pass", folder=folder)
    breach = Breach("time", "time: 2.0 s passed, limit 1 s")
    seen = followed(stderr="Traceback (most recent call last):\nMemoryError\n", breach=breach)
    execution = finish(job, seen, -signal.SIGKILL, backend="bwrap", folder_as_seen="/job")
    assert (execution.outcome, execution.exit_code, execution.detail) == ("time", None, breach.detail)


_PIECES = (
    "Traceback (most recent call last):\n",
    '  File "script.py", line 1\n',
    "MemoryError\n",
    "OSError: [Errno 13] x: 'y'\n",
    "PermissionError: [Errno 1]\n",
    "\nThe above exception was the direct cause of the following exception:\n\n",
)
_TEXT = st.text() | st.sampled_from(_PIECES)


@given(stderr=st.lists(_TEXT, max_size=12).map("".join), code=st.integers(-70, 255), notes=st.binary(max_size=200))
def test_any_text_and_code_give_exactly_one_outcome(stderr: str, code: int, notes: bytes) -> None:
    job = Job(script="pass", folder=Path("/"), limits=Limits(files=10, disk_bytes=1024**2))
    seen = followed(stderr=stderr.encode(errors="replace").decode(), notes=notes)
    execution = finish(
        job.model_copy(update={"folder": Path(__file__).parent}), seen, code, backend="x", folder_as_seen="/job"
    )
    assert execution.outcome in get_args(Outcome)
    assert (execution.exit_code is None) == (execution.outcome != "finished")
    assert execution.ok == (code == 0)
