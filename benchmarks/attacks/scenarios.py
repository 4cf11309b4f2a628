"""Attacks on jobs that are ended from outside, played from the host.

Each returns how the attack got through, or an empty text.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from hepcoder.benchmarks.attacks.scene import Scene
from hepcoder.benchmarks.attacks.script import Part, job_script
from hepcoder.benchmarks.attacks.traces import end_processes, processes_called
from hepcoder.sandbox.base import Sandbox
from hepcoder.sandbox.processes import descendants, is_alive
from hepcoder.sandbox.records import Execution, Job, Limits

_GRACE_SECONDS = 3.0
BEGIN_SECONDS = 30.0

DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        {closing}
        for number in (1, 2, 15): signal.signal(number, signal.SIG_IGN)
        pause(4); write('late.txt')
    os._exit(0)
pause(0.3)
"""
_AGENT_PROGRAM = """
import sys
from pathlib import Path
from hepcoder.benchmarks.attacks.tiers import open_tier
from hepcoder.sandbox.records import Job
sandbox = open_tier(sys.argv[1])
sandbox.run(Job(script=sys.stdin.read(), folder=Path(sys.argv[2])))
"""


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Return whether a condition came true within some seconds."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


def make_job(scene: Scene, body: str, name: str, **places: object) -> Job:
    """Return a job with one body and more places than the scene's, whose processes have a name."""
    script = job_script({**scene.places, **places, "process_name": name}, [Part("own", body)], how="alone")
    return Job(script=script, folder=scene.new_run(), limits=Limits(wall_seconds=8.0))


def agent_killed(sandbox: Sandbox, scene: Scene, *, number: signal.Signals) -> str:
    """Kill a whole agent while its job runs; nothing that it started may go on, and no mount may stay."""
    name = scene.new_name()
    job = make_job(scene, DAEMON.format(closing="pass") + "pause(5)", name)
    mounts = _mounts()
    command = [sys.executable, "-c", _AGENT_PROGRAM, sandbox.name, str(job.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as agent:
        if agent.stdin is not None:
            agent.stdin.write(job.script)
            agent.stdin.close()
        begun = wait_until(lambda: bool(processes_called(name)), BEGIN_SECONDS)
        started = descendants(agent.pid)[1:]
        agent.send_signal(number)
    if not begun:
        message = "the agent's job never began"
        raise RuntimeError(message)
    if not wait_until(lambda: not any(map(is_alive, started)) and not processes_called(name), _GRACE_SECONDS):
        left = end_processes(name) or sum(map(is_alive, started))
        return f"{left} processes went on"
    return "" if _mounts() == mounts else "a mount stayed"


def _mounts() -> list[str]:
    return Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()


def cancelled(sandbox: Sandbox, scene: Scene) -> str:
    """Cancel a job once it runs; it must end at once, with all its processes, and say so."""
    name = scene.new_name()
    job = make_job(scene, DAEMON.format(closing="pass") + "pause(4)", name)
    cancel = threading.Event()

    def cancel_soon() -> None:
        if wait_until(lambda: bool(processes_called(name)), BEGIN_SECONDS):
            cancel.set()

    threading.Thread(target=cancel_soon).start()
    execution = sandbox.run(job, cancel=cancel)
    if left := end_processes(name):
        return f"{left} processes went on"
    return "" if execution.outcome == "cancelled" else f"recorded as {execution.outcome}"


def server_killed(sandbox: Sandbox, scene: Scene) -> str:
    """Kill what forks the jobs while one runs; that job must not count as a success, and the next must be fine."""
    name = scene.new_name()
    job = make_job(scene, DAEMON.format(closing="pass") + "pause(4)", name)
    found: list[Execution] = []
    thread = threading.Thread(target=lambda: found.append(sandbox.run(job)))
    thread.start()
    if wait_until(lambda: bool(processes_called(name)), BEGIN_SECONDS):
        time.sleep(0.1)
        os.kill(_parent(min(processes_called(name))), signal.SIGKILL)
    thread.join()
    if left := end_processes(name):
        return f"{left} processes went on"
    if found[0].outcome == "finished":
        return f"recorded as finished with exit code {found[0].exit_code}"
    after = sandbox.run(make_job(scene, "pass", scene.new_name()))
    return "" if after.ok else f"the next job ended as {after.outcome}: {after.detail}"


def _parent(pid: int) -> int:
    status = Path("/proc", str(pid), "stat").read_text(encoding="utf-8")
    return int(status.rpartition(")")[2].split()[1])
