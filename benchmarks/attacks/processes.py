"""Attacks on other processes: the agent, everything at once, and what the job itself hangs on."""

from functools import partial

from hepcoder.benchmarks.attacks.attack import UNCONFINED, Attack, Check, Ran
from hepcoder.benchmarks.attacks.scene import Scene

_SIGNAL = "signal the agent"
_EVERYTHING = "signal everything there is"
_LIMITS = "priority, processors and limits of the agent"
_OWN = "more rights for itself: priority, limits, uid"
_HOLDER = "stop, kill or speak for what the job hangs on"
_OWN_JOB = {"wall_seconds": 3.0}
_ITSELF = dict.fromkeys(UNCONFINED, "a job hangs on nothing there but the program that measures")
_TOO_FAR = dict.fromkeys(UNCONFINED, "would reach processes that are not ours")
_LONGEST_NOTES = 200_000
_SIGURG = 23  # ignored by whoever does not ask for it

_SIGQUEUE = """
told = struct.pack('iiiiii', SIGNAL, 0, -1, 0, os.getpid(), os.getuid()) + b'\\0' * 104
call(129 if P.processor == 'x86_64' else 138, P.victim, SIGNAL, ctypes.create_string_buffer(told, 128))
"""
_SIGIO = """
import fcntl
r, w = os.pipe()
fcntl.fcntl(r, 8, P.victim); fcntl.fcntl(r, 10, SIGNAL); fcntl.fcntl(r, 4, 0o20000 | os.O_NONBLOCK)
os.write(w, b'x')
"""
_FORGE = """
replies = [b'{"exit_code": 0, "status": 0, "ended": true}\\n', b'R', b'{"child-pid": 1}\\n{"exit-code": 0}\\n']
for fd in range(3, 1024):
    for reply in replies:
        try: os.set_blocking(fd, False); os.write(fd, reply)
        except OSError: pass
print('forged', flush=True)
os._exit(7)
"""
_RUBBISH = """
lines = [b'{"kind": "read", "target": "' + b'x' * 100_000 + b'"}\\n', b'\\xff\\x00[[[[' * 10_000, b'{}\\n' * 20_000]
for fd in range(3, 1024):
    with contextlib.suppress(OSError): os.set_blocking(fd, False)
    for number in range(30):
        with contextlib.suppress(OSError): os.write(fd, lines[number % 3])
os._exit(7)
"""
_HANG_ON = """
for pid in parents():
    try: os.kill(pid, {number})
    except OSError as error: print(pid, error, flush=True)
pause({seconds})
os._exit(7)
"""
_RAISE = """
import resource
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
if hard == resource.RLIM_INFINITY: return 'file size is not limited at all'
resource.setrlimit(resource.RLIMIT_FSIZE, (hard + 1, hard + 1)); return 'raised'
"""


def _heard(attack: str) -> Check:
    return lambda scene, _: scene.victim.signalled(scene.signal_of(attack))


def _victim(what: str) -> Check:
    return lambda scene, _: scene.victim.changed(what)


def _honest(scene: Scene, ran: Ran) -> str:
    """Accept what really happened, exit code 7 or death, and never a success or something that was not."""
    del scene
    execution = ran.execution
    if len(str(execution.attempts)) > _LONGEST_NOTES:
        return "its notes were taken without end"
    if execution.outcome != "finished" or execution.exit_code not in {0, None}:
        return ""
    return "recorded as a success"


_probe = partial(Attack, group="processes")

# fmt: off
PROCESSES = (
    _probe("kill_agent", _SIGNAL, "kill", "os.kill(P.victim, SIGNAL)", check=_heard("kill_agent")),
    _probe("tgkill_agent", _SIGNAL, "tgkill",
           "call(234 if P.processor == 'x86_64' else 131, P.victim, P.victim, SIGNAL)", check=_heard("tgkill_agent")),
    _probe("pidfd_agent", _SIGNAL, "pidfd_send_signal",
           "signal.pidfd_send_signal(os.pidfd_open(P.victim), SIGNAL)", check=_heard("pidfd_agent")),
    _probe("sigqueue_agent", _SIGNAL, "rt_sigqueueinfo", _SIGQUEUE, check=_heard("sigqueue_agent")),
    _probe("sigio_agent", _SIGNAL, "F_SETOWN and F_SETSIG", _SIGIO, check=_heard("sigio_agent")),
    _probe("killpg_agent", _SIGNAL, "killpg", "os.killpg(P.victim, SIGNAL)", check=_heard("killpg_agent")),
    _probe("stop_agent", _SIGNAL, "SIGSTOP",
           "os.kill(P.victim, 19); pause(0.1); os.kill(P.victim, 18); return 'stopped'",
           check=_victim("stopped")),
    _probe("kill_everything", _EVERYTHING, "kill(-1), with a signal that does no harm", f"os.kill(-1, {_SIGURG})",
           check=lambda scene, _: scene.victim.signalled(_SIGURG), not_on=_TOO_FAR),
    _probe("prlimit_agent", _LIMITS, "prlimit",
           "import resource\nresource.prlimit(P.victim, resource.RLIMIT_NOFILE, (200, 200))", check=_victim("limits")),
    _probe("affinity_agent", _LIMITS, "sched_setaffinity", "os.sched_setaffinity(P.victim, {0})",
           check=_victim("affinity")),
    _probe("renice_agent", _LIMITS, "setpriority", "os.setpriority(os.PRIO_PROCESS, P.victim, 5)",
           check=_victim("nice")),
    _probe("ioprio_agent", _LIMITS, "ioprio_set",
           "r, _ = call(251 if P.processor == 'x86_64' else 30, 1, P.victim, 3 << 13)\n"
           "return r == 0 and bytes([103]) in read(f'/proc/{P.victim}/cmdline') and 'set'"),
    _probe("real_time", _OWN, "real-time priority",
           "os.sched_setscheduler(0, 1, os.sched_param(1)); return 'SCHED_FIFO'"),
    _probe("negative_nice", _OWN, "a higher priority", "os.setpriority(os.PRIO_PROCESS, 0, -10); return os.nice(0)"),
    _probe("raise_limit", _OWN, "raise its own limits", _RAISE),
    _probe("spare_me", _OWN, "not to be killed when memory runs out",
           "os.write(os.open('/proc/self/oom_score_adj', os.O_WRONLY), b'-500'); return 'spared'"),
    _probe("become_root", _OWN, "setuid(0)", "os.setuid(0); return os.getuid() == 0 and 'root'"),
    _probe("stop_holder", _HOLDER, "SIGSTOP to all of it", _HANG_ON.format(number=19, seconds=5), limits=_OWN_JOB,
           allowed=("finished", "time", "sandbox_failed", "forbidden"), check=_honest, not_on=_ITSELF),
    _probe("kill_holder", _HOLDER, "SIGKILL to all of it", _HANG_ON.format(number=9, seconds=1), limits=_OWN_JOB,
           allowed=("finished", "sandbox_failed", "forbidden"), check=_honest, not_on=_ITSELF),
    _probe("end_holder", _HOLDER, "SIGTERM, SIGINT and SIGHUP to all of it",
           "".join(_HANG_ON.format(number=n, seconds=0.2).replace("os._exit(7)", "") for n in (15, 2, 1))
           + "os._exit(7)", limits=_OWN_JOB, allowed=("finished", "sandbox_failed", "forbidden"), check=_honest,
           not_on=_ITSELF),
    _probe("kill_all", _HOLDER, "kill(-1, SIGKILL)", "os.kill(-1, 9); pause(0.5); os._exit(7)", limits=_OWN_JOB,
           allowed=("finished", "sandbox_failed", "forbidden"), check=_honest,
           not_on={**_TOO_FAR, "landlock": _TOO_FAR["plain"]}),
    _probe("flood_reply", _HOLDER, "write a lot of rubbish to each descriptor there is, then exit with 7", _RUBBISH,
           limits=_OWN_JOB, allowed=("finished", "sandbox_failed", "forbidden", "output_flood"), check=_honest),
    _probe("forge_reply", _HOLDER, "write a success to each descriptor there is, then exit with 7", _FORGE,
           limits=_OWN_JOB, allowed=("finished", "sandbox_failed"), check=_honest),
)
# fmt: on
