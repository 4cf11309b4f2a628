"""Attacks on other jobs, at the same time or later, played from the host.

Each returns how the attack got through, or an empty text.
"""

import threading

from hepcoder.benchmarks.attacks.scenarios import BEGIN_SECONDS, DAEMON, make_job, wait_until
from hepcoder.benchmarks.attacks.scene import Scene
from hepcoder.benchmarks.attacks.traces import end_processes, processes_called
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.records import Execution, Job

JOBS = 28

_SHOW = """
write('shown.txt', P.earlier_secret); write('/tmp/' + P.shown, P.earlier_secret)
server = socket.socket(socket.AF_UNIX); server.bind('\\0' + WORD); server.listen()
pause(2.5)
"""
_SEEK = """
import glob
found = []
for path in [*glob.glob(P.runs + '/*/shown.txt'), *glob.glob('../*/shown.txt'), '/tmp/' + P.shown]:
    with contextlib.suppress(OSError): found += [path] if secrets_of(read(path)) else []
names = []
with contextlib.suppress(OSError): names = os.listdir('/proc')
for pid in filter(str.isdigit, names):
    with contextlib.suppress(OSError):
        found += [pid] if read(f'/proc/{pid}/comm').strip().decode() == P.other_name else []
with contextlib.suppress(OSError):
    other = socket.socket(socket.AF_UNIX); other.connect('\\0' + WORD); found.append('socket')
return found
"""
_MALICIOUS = (
    "os._exit(3)",
    "os.kill(os.getpid(), 9)",
    "for fd in range(256):\n    with contextlib.suppress(OSError): os.close(fd)\nos._exit(0)",
    "write('closed'); os.chmod('.', 0)",
    "for pid in parents():\n    with contextlib.suppress(OSError): os.kill(pid, 9)\nos._exit(0)",
    "os.makedirs('a/b'); os.chmod('a', 0); os.mkfifo('p'); os.symlink('/etc/passwd', 'result.json')",
    DAEMON.format(closing="pass"),
)
_GOOD = """
import json
left = [name for name in os.listdir('.') if name not in ('script.py',)]
write('result.json', json.dumps({'sum': sum(range(1000)), 'left': left}))
"""


def thread_ends(sandbox: Sandbox, scene: Scene) -> str:
    """Start jobs from threads that end; no job may die with a thread that is not its own."""
    found: list[Execution] = []
    for body in ("pass", "pause(0.5)"):
        job = make_job(scene, body, scene.new_name())
        thread = threading.Thread(target=lambda job=job: found.append(sandbox.run(job)))
        thread.start()
        thread.join()
    return next((f"ended as {end.outcome}: {end.detail}" for end in found if not end.ok), "")


def meet(sandbox: Sandbox, scene: Scene) -> str:
    """Run two jobs at once, of which one looks for the other's files, processes and sockets."""
    name = scene.new_name()
    common = {"other_name": name, "shown": f"{name}.txt"}
    shown = make_job(scene, _SHOW, name, earlier_secret=scene.secrets["earlier job"], **common)
    other = threading.Thread(target=lambda: sandbox.run(shown))
    other.start()
    wait_until(lambda: bool(processes_called(name)), BEGIN_SECONDS)
    execution = sandbox.run(make_job(scene, _SEEK, scene.new_name(), **common))
    other.join()
    for line in execution.stdout.splitlines():
        if '"claim"' in line:
            return f"it found {line}"
    return "" if execution.ok else f"the search ended as {execution.outcome}: {execution.stderr[-200:]}"


def sequence(sandbox: Sandbox, scene: Scene) -> str:
    """Run jobs one after the other, every other one malicious; the good ones must notice nothing."""
    for number in range(JOBS):
        bad = number % 2 == 0
        body = _MALICIOUS[number // 2 % len(_MALICIOUS)] if bad else _GOOD
        name = scene.new_name()
        job = make_job(scene, body, name)
        execution = sandbox.run(job)
        if left := end_processes(name):
            return f"{left} processes of job {number} went on"
        if not bad and (wrong := _not_good(job, execution)):
            return f"after {_MALICIOUS[number // 2 % len(_MALICIOUS)]!r}, a good job gave {wrong}"
    return ""


def _not_good(job: Job, execution: Execution) -> str:
    if not execution.ok:
        return f"{execution.outcome}: {execution.detail}"
    result = (job.folder / "result.json").read_text(encoding="utf-8")
    return "" if result == '{"sum": 499500, "left": []}' else result
