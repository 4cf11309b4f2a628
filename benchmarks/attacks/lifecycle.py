"""Attacks on the life cycle: outliving the job, the agent or a cancellation, and meeting other jobs."""

import signal
import time
from functools import partial

from hepcoder.benchmarks.attacks.attack import UNCONFINED, Attack, Ran
from hepcoder.benchmarks.attacks.neighbours import JOBS, meet, sequence, thread_ends
from hepcoder.benchmarks.attacks.scenarios import DAEMON, agent_killed, cancelled, server_killed
from hepcoder.benchmarks.attacks.scene import Scene

_OUTLIVE = "outlive the job"
_AGENT = "outlive the agent"
_CANCEL = "outlive a cancellation"
_OTHERS = "see another job that runs at the same time"
_SEQUENCE = "hurt the jobs that come after"
_OWN_JOB = {"wall_seconds": 3.0}
_MANY_DAEMONS = """
for number in range(8):
    if os.fork() == 0:
        os.setsid()
        while time.monotonic() < P.started + 6:
            write(f'beat-{number}', str(time.monotonic()))
            if os.fork(): os._exit(0)
        os._exit(0)
pause(0.5)
"""


def _no_late_file(scene: Scene, ran: Ran) -> str:
    del scene
    return "it wrote later" if (ran.folder / "late.txt").exists() else ""


def _no_heart_beat(scene: Scene, ran: Ran) -> str:
    del scene
    beats = [path.read_text(encoding="utf-8") for path in sorted(ran.folder.glob("beat-*"))]
    time.sleep(0.2)
    later = [path.read_text(encoding="utf-8") for path in sorted(ran.folder.glob("beat-*"))]
    return "" if beats == later else "they went on"


_probe = partial(Attack, group="life cycle")
_scenario = partial(Attack, body="", group="life cycle")

# fmt: off
LIFE_CYCLE = (
    _probe("daemon", _OUTLIVE, "a daemon that writes later", DAEMON.format(closing="os.closerange(0, 256)"),
           limits=_OWN_JOB, allowed=("finished",), check=_no_late_file),
    _probe("daemon_with_stdout", _OUTLIVE, "a daemon that holds stdout open", DAEMON.format(closing="pass"),
           limits=_OWN_JOB, allowed=("finished",), check=_no_late_file),
    _probe("running_away", _OUTLIVE, "processes that fork faster than they are found", _MANY_DAEMONS,
           limits=_OWN_JOB, allowed=("finished", "processes", "time"), check=_no_heart_beat),
    _scenario("agent_sigkill", _AGENT, "the agent is killed by SIGKILL",
              scenario=partial(agent_killed, number=signal.SIGKILL)),
    _scenario("agent_sigterm", _AGENT, "the agent is killed by SIGTERM",
              scenario=partial(agent_killed, number=signal.SIGTERM)),
    _scenario("cancel", _CANCEL, "the job is cancelled", scenario=cancelled,
              not_on={"plain": "subprocess.run cannot be cancelled"}),
    _scenario("server_killed", _SEQUENCE, "what forks the jobs is killed while one runs", scenario=server_killed,
              not_on=dict.fromkeys(UNCONFINED, "a job hangs on nothing there but the program that measures")),
    _scenario("thread_ends", _SEQUENCE, "started from a thread that ends", scenario=thread_ends),
    _scenario("sequence", _SEQUENCE, f"{JOBS} jobs, every other one malicious", scenario=sequence),
    _scenario("concurrent", _OTHERS, "its files, processes and sockets", scenario=meet),
)
# fmt: on
