"""Scripts run in a process that is there already, and none of them can tell."""

import os
import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tier_case import landlock_is_thorough

from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.bwrap.launcher import BubblewrapLauncher
from hepcoder.sandbox.environment import script_environment
from hepcoder.sandbox.records import Execution, Input, Job, Limits
from hepcoder.sandbox.workers.confined import ConfinedSandbox
from hepcoder.sandbox.workers.worker import Worker

Run = Callable[..., Execution]


@pytest.fixture
def sandbox(bwrap: Sandbox) -> ConfinedSandbox:
    """A sandbox of its own, so that its workers can be counted."""
    assert isinstance(bwrap, ConfinedSandbox)
    return ConfinedSandbox(bwrap.launcher)


@pytest.fixture
def job(tmp_path: Path) -> Callable[..., Job]:
    def make(name: str, script: str, **settings: object) -> Job:
        folder = tmp_path / name
        folder.mkdir()
        return Job.model_validate({"script": textwrap.dedent(script), "folder": folder, **settings})

    return make


def workers(sandbox: ConfinedSandbox) -> list[Worker]:
    return sandbox._pool._idle


AS_A_PROGRAM = [
    "print(__name__, __file__.rpartition('/')[2], __doc__, __spec__, __package__, __loader__.__class__.__name__)",
    "import sys\nprint(sys.argv, len(sys.path), sys.path[0] == __file__.rpartition('/')[0], sys.flags)",
    "print(sorted(globals()), type(__builtins__))",
    "import sys\nprint(sys.modules['__main__'].__dict__ is globals())",
    "x: int = 3\nprint(__annotations__)",
    "import os\nprint(dict(os.environ), os.getcwd() == __file__.rpartition('/')[0])",
    "import logging, threading\nprint(logging.root.handlers, threading.active_count())",
    "import signal\nprint({n: signal.getsignal(n) for n in signal.valid_signals()})",
    "import os, sys\nprint(os.umask(0), sys.getrecursionlimit(), sys.stdout.errors)\nsys.stdin.read()",
    "file = open('x.txt', 'w')\nfile.write('not closed')\nimport atexit\natexit.register(print, 'at exit')",
    "import threading\nthreading.Timer(0.2, print, ['late']).start()\nprint('main ends')",
    "class Last:\n    def __del__(self): print('deleted')\nlast = Last()",
    "raise SystemExit('with a text')",
    "raise SystemExit(3)",
    "import sys\nsys.exit()",
    "import os\nos._exit(7)",
    "import os\nos.abort()",
    "def f():\n    return g()\ndef g():\n    raise ValueError('a\\nb') from KeyError('k')\nf()",
    "try:\n    1 / 0\nexcept ZeroDivisionError:\n    open('nothing')",
    "x = (\nprint(1)",
    "\tprint(1)\n  print(2)",
    "print('\\ud800')",
    "# -*- coding: latin-1 -*-\nprint(len('é'))",
    "import sys\nsys.excepthook = lambda kind, error, trace: print('mine', kind.__name__, trace.tb_lineno)\n1 / 0",
    "import matplotlib\nprint(matplotlib.pyplot)",
    "import concurrent\nprint(concurrent.futures)",
    "import matplotlib.pyplot as plt\nplt.style.use('CMS')",
    "import mplhep, matplotlib.pyplot as plt\nplt.style.use('CMS')\nprint(plt.rcParams['font.size'])",
    "import numpy as np\nprint(np.random.default_rng(1).normal(), np.linalg.norm([3, 4]))",
    "import pickle\nclass C: pass\nprint(type(pickle.loads(pickle.dumps(C()))))",
    "import inspect\ndef f(): return 1\nprint(inspect.getsource(f))",
    "from hepcoder.tools import Cutflow\nprint(Cutflow.__name__)",
]


@landlock_is_thorough
@pytest.mark.parametrize("script", AS_A_PROGRAM)
def test_a_script_runs_as_by_plain_python(run: Run, tmp_path: Path, script: str) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    (folder / "script.py").write_text(script)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    own = tmp_path / "own" / "hepcoder"
    own.mkdir(parents=True)
    import hepcoder.sandbox

    checkout = Path(hepcoder.sandbox.__path__[0]).resolve().parent
    for room in ("ledger", "sandbox", "tools"):
        (own / room).symlink_to(checkout / room)
    environment = dict(script_environment(home=f"{scratch}/home", scratch=str(scratch), python_path=str(own.parent)))
    plain = subprocess.run(
        [sys.executable, "-s", "script.py"],
        cwd=folder,
        env=environment | {"PWD": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    execution = run(script)

    def same(text: str) -> str:
        """Put the places of the plain run where a tier has its own."""
        worker = r"/[^\s'\"]*/\.hepcoder-worker-\d+-\d+"
        if re.search(worker, text) is None:
            text = re.sub(r"(?<=')/tmp(?=[/'])", str(scratch), text)
            return text.replace("/opt/hepcoder", str(own.parent)).replace("/job", str(folder))
        text = re.sub(f"{worker}/scratch", str(scratch), re.sub(f"{worker}/own", str(own.parent), text))
        return re.sub(f"{worker}/job", str(folder), text)

    assert execution.exit_code == plain.returncode, execution.stderr
    assert same(execution.stdout) == plain.stdout.decode(errors="replace")
    assert same(execution.stderr) == plain.stderr.decode(errors="replace")
    names = sorted(path.name for path in folder.iterdir() if path.name not in {"script.py", "__pycache__"})
    assert [artifact.name for artifact in execution.artifacts] == names


def test_two_jobs_share_a_worker_and_nothing_else(sandbox: ConfinedSandbox, job: Callable[..., Job]) -> None:
    first = """
        import builtins, numpy, os, matplotlib, subprocess, sys, warnings
        for place in ('/tmp/left', '/dev/shm/left', '/tmp/home/left', '/job/left', '/tmp/matplotlib/matplotlibrc'):
            os.makedirs(os.path.dirname(place), exist_ok=True)
            open(place, 'w').write('x')
        builtins.left = numpy.left = os.environ['LEFT'] = 'x'
        matplotlib.rcParams['font.size'] = 99
        numpy.seterr(all='raise')
        sys.path.append('/left')
        subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)'], start_new_session=True)
        print(numpy.random.random())
    """
    second = """
        import builtins, matplotlib, numpy, os, sys
        print([place for place in ('/tmp', '/dev/shm', '/tmp/home', '/job') if 'left' in os.listdir(place)])
        print(hasattr(builtins, 'left'), hasattr(numpy, 'left'), 'LEFT' in os.environ)
        print(os.path.exists('/tmp/matplotlib'))
        print(matplotlib.rcParams['font.size'], numpy.geterr()['over'], '/left' in sys.path)
        print(len([name for name in os.listdir('/proc') if name.isdigit()]))
        print(numpy.random.random())
    """
    one = sandbox.run(job("one", first))
    (worker,) = workers(sandbox)
    two = sandbox.run(job("two", second))
    assert one.ok, one.stderr
    assert two.ok, two.stderr
    assert workers(sandbox) == [worker]
    *lines, number = two.stdout.splitlines()
    assert lines == ["[]", "False False False", "False", "10.0 warn False", "3"]
    assert number != one.stdout.strip()
    sandbox.close()


def test_a_job_of_fewer_inputs_uses_the_same_worker_and_sees_fewer(
    sandbox: ConfinedSandbox, job: Callable[..., Job], tmp_path: Path
) -> None:
    data = tmp_path / "data.txt"
    data.write_text("42")
    inputs = (Input(path=data, name="data.txt"),)
    assert sandbox.run(job("with", "print(open('data.txt').read())", inputs=inputs)).stdout == "42\n"
    (worker,) = workers(sandbox)
    blind = sandbox.run(job("without", "import os\nprint(os.listdir('.'))\nprint(open('/data/data.txt').read())"))
    assert blind.stdout == "['script.py']\n"
    assert not blind.ok
    sandbox.close()
    assert not worker.fit


def test_other_inputs_get_another_worker(sandbox: ConfinedSandbox, job: Callable[..., Job], tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.txt").write_text(name)
        item = Input(path=tmp_path / f"{name}.txt", name="x.txt")
        assert sandbox.run(job(name, "print(open('x.txt').read())", inputs=(item,))).stdout == f"{name}\n"
    assert len(workers(sandbox)) == 2  # the first has made room
    sandbox.close()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("script", "limits"),
    [
        ("import time\ntime.sleep(60)", {"wall_seconds": 0.5}),
        pytest.param("print('x' * 5000)", {"output_bytes": 1024}, marks=pytest.mark.thorough),
        pytest.param(
            "import os\nfor i in range(400):\n    open(f'{i}', 'w').close()", {"files": 100}, marks=pytest.mark.thorough
        ),
    ],
)
def test_a_breach_costs_the_worker_and_another_is_started(
    sandbox: ConfinedSandbox, job: Callable[..., Job], script: str, limits: dict[str, float]
) -> None:
    assert sandbox.run(job("good", "print(1)")).ok
    (worker,) = workers(sandbox)
    assert not sandbox.run(job("bad", script, limits=Limits.model_validate(limits))).ok
    (another,) = workers(sandbox)
    assert another is not worker
    assert sandbox.run(job("after", "print(2)")).stdout == "2\n"
    assert workers(sandbox) == [another]
    sandbox.close()


def test_a_worker_that_dies_idle_is_replaced(sandbox: ConfinedSandbox, job: Callable[..., Job]) -> None:
    assert sandbox.run(job("one", "print(1)")).ok
    (worker,) = workers(sandbox)
    worker._started.process.kill()
    worker._started.process.wait()
    assert sandbox.run(job("two", "print(2)")).stdout == "2\n"
    sandbox.close()


def test_a_server_that_dies_during_a_job_is_not_the_scripts_fault(
    sandbox: ConfinedSandbox, job: Callable[..., Job]
) -> None:
    assert sandbox.run(job("one", "print(1)")).ok
    (worker,) = workers(sandbox)
    threading.Timer(0.5, worker._started.process.kill).start()
    execution = sandbox.run(job("two", "import time\ntime.sleep(30)"))
    assert execution.outcome == "sandbox_failed"
    assert "while the script ran" in execution.detail
    sandbox.close()


def test_prepare_starts_a_worker_ahead(sandbox: ConfinedSandbox, job: Callable[..., Job], tmp_path: Path) -> None:
    sandbox.prepare((), tmp_path)
    sandbox.prepare((), tmp_path)
    (worker,) = workers(sandbox)
    assert sandbox.run(job("one", "print(1)")).ok
    assert workers(sandbox) == [worker]
    sandbox.close()
    sandbox.close()
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


@pytest.mark.parametrize("abi", [5, *(pytest.param(older, marks=pytest.mark.thorough) for older in (0, 2))])
def test_without_signal_scopes_each_job_has_its_own_server(bwrap: Sandbox, job: Callable[..., Job], abi: int) -> None:
    assert isinstance(bwrap, ConfinedSandbox)
    assert isinstance(bwrap.launcher, BubblewrapLauncher)
    launcher = BubblewrapLauncher(bwrap.launcher.confinement, highest_abi=abi)
    sandbox = ConfinedSandbox(launcher)
    assert "signal scopes" in " ".join(launcher.lacks)
    assert sandbox.run(job("one", "print(1)")).stdout == "1\n"
    assert not workers(sandbox)


def test_folders_of_killed_processes_are_cleared_away(
    sandbox: ConfinedSandbox, job: Callable[..., Job], tmp_path: Path
) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    (tmp_path / f".hepcoder-worker-{dead.pid}-1" / "job" / "d").mkdir(parents=True)
    alive = tmp_path / f".hepcoder-worker-{os.getppid()}-1"
    alive.mkdir()
    assert sandbox.run(job("one", "print(1)")).ok
    sandbox.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [alive.name, "one"]
