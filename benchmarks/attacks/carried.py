"""Attacks from one job on the next: what the first leaves behind for the second to find."""

from functools import partial

from hepcoder.benchmarks.attacks.attack import UNCONFINED, Attack

_FILES = "leave files for the next job"
_PYTHON = "change what the next job imports"
_LIVING = "leave a process for the next job"
_SERVER = "change limits or priority of the next job"
_MEMORY = "read an earlier job's script in memory"
_ITSELF = dict.fromkeys(UNCONFINED, "a job hangs on nothing there but the program that measures")

_TOO_FAR = dict.fromkeys(UNCONFINED, "would reach processes that are not ours")
_MINE = "'/hca-' + os.path.basename(MINE)"
_USER_SITE = "os.path.expanduser(f'~/.local/lib/python3.{sys.version_info[1]}/site-packages/usercustomize.py')"
_MATPLOTLIB = "os.environ.get('MPLCONFIGDIR', os.path.expanduser('~/.config/matplotlib')) + '/matplotlibrc'"
_DAEMON = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in (1, 2): os.close(fd)
        server = socket.socket(socket.AF_UNIX); server.bind('\\0' + WORD); server.listen()
        pause(4)
    os._exit(0)
pause(0.3)
"""
_LIMIT = """
import resource
for pid in parents():
    for kind in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE):
        with contextlib.suppress(OSError): resource.prlimit(pid, kind, (4321, 4321))
"""
_LIMITED = """
import resource
return 4321 in (*resource.getrlimit(resource.RLIMIT_NOFILE), *resource.getrlimit(resource.RLIMIT_FSIZE))
"""

_SCAN = """
found = set()
for piece in own_memory(): found.update(secrets_of(piece) or [])
return sorted(found.difference(secrets_of(str(os.environ)) or []))
"""
_TARGET = "{outside}/{token}-{id}.txt"
_MOVE_OFFSETS = """
for fd in range(3, 256):
    with contextlib.suppress(OSError): os.lseek(fd, 4321, os.SEEK_SET)
"""
_OFFSETS = """
found = []
for fd in range(3, 256):
    with contextlib.suppress(OSError): found += [fd] if os.lseek(fd, 0, os.SEEK_CUR) == 4321 else []
return found
"""
_STUBBORN = "name for name in os.listdir('/tmp') if os.path.basename(MINE) in name"
_STUBBORN_BEFORE = """
top = '/tmp/hca-' + os.path.basename(MINE) + '-\\n'
os.makedirs(top + '/closed/inner'); write(top + '/closed/inner/file'); os.chmod(top + '/closed', 0)
here = os.getcwd()
os.chdir(top)
for number in range(1500): os.mkdir('d'); os.chdir('d')
os.chdir(here)
"""


def _each_parent(statement: str) -> str:
    return f"for pid in parents():\n    with contextlib.suppress(OSError): {statement}\n"


def _left(id_: str, row: str, title: str, path: str) -> Attack:
    """Return an attack that leaves a file and looks for it in the next job."""
    before = f"os.makedirs(os.path.dirname({path}), exist_ok=True); write({path}, WORD)"
    return Attack(
        id_, row, title, f"return os.path.exists({path}) and {path}", "life cycle", before=before, target=_TARGET
    )


_probe = partial(Attack, group="life cycle")

# fmt: off
CARRIED = (
    _probe("earlier_script", _MEMORY, "look for the script's text in the memory a later job begins with", _SCAN,
           before="kept = P.earlier_secret"),
    _left("kept_tmp", _FILES, "in /tmp", f"'/tmp' + {_MINE}"),
    _left("kept_shm", _FILES, "in /dev/shm", f"'/dev/shm' + {_MINE}"),
    _left("kept_home", _FILES, "in $HOME", f"os.path.expanduser('~') + {_MINE}"),
    _left("kept_tmpdir", _FILES, "in $TMPDIR", f"os.environ.get('TMPDIR', '/tmp') + {_MINE}"),
    _left("kept_folder", _FILES, "in the working folder", f"os.getcwd() + {_MINE}"),
    _probe("kept_stubborn", _FILES, "in folders that are deep, closed and oddly named", f"return [{_STUBBORN}]",
           before=_STUBBORN_BEFORE, target=_TARGET),
    _probe("earlier_run", _FILES, "in the folder of an earlier run",
           "import glob\npaths = glob.glob(P.runs + '/*/kept.txt') + glob.glob('../*/kept.txt')\n"
           "return secrets_of(b''.join(map(read, paths)))", before="write('kept.txt', P.earlier_secret)"),
    _left("kept_usercustomize", _PYTHON, "usercustomize.py, which Python runs at its start", _USER_SITE),
    _left("kept_matplotlibrc", _PYTHON, "matplotlibrc", _MATPLOTLIB),
    _probe("patched_module", _PYTHON, "a patched module",
           "import numpy\nreturn hasattr(numpy, 'hca_patched')", before="import numpy\nnumpy.hca_patched = True"),
    _probe("shadowing_module", _PYTHON, "a module of the working folder that shadows one of Python's",
           "import colorsys\nreturn getattr(colorsys, 'hca', None)", before="write('colorsys.py', 'hca = 1')"),
    _probe("kept_variable", _PYTHON, "an environment variable",
           "return os.environ.get('HCA_KEPT')", before="os.environ['HCA_KEPT'] = 'kept'"),
    _probe("kept_daemon", _LIVING, "a daemon that listens",
           "s = socket.socket(socket.AF_UNIX); s.connect('\\0' + WORD); return 'connected'", before=_DAEMON),
    _probe("kept_offsets", _SERVER, "how far shared files have been read", _OFFSETS, before=_MOVE_OFFSETS),
    _probe("kept_limits", _SERVER, "rlimits of what forks the jobs", _LIMITED, before=_LIMIT, not_on=_ITSELF),
    _probe("kept_nice", _SERVER, "its priority", "return os.nice(0) >= 7 and os.nice(0)",
           before=_each_parent("os.setpriority(os.PRIO_PROCESS, pid, 7)"), not_on=_ITSELF),
    _probe("kept_nice_of_user", _SERVER, "the priority of all the user's processes",
           "return os.nice(0) > P.nice and os.nice(0)", before="os.setpriority(os.PRIO_USER, 0, P.nice + 1)",
           not_on=_TOO_FAR),
    _probe("kept_ioprio", _SERVER, "its priority at the disk",
           "return call(252 if P.processor == 'x86_64' else 31, 1, 0)[0] == 3 << 13",
           before=_each_parent("call(251 if P.processor == 'x86_64' else 30, 1, pid, 3 << 13)"), not_on=_ITSELF),
    _probe("kept_affinity", _SERVER, "its processors", "return len(os.sched_getaffinity(0)) < P.processors",
           before=_each_parent("os.sched_setaffinity(pid, {0})"), not_on=_ITSELF, needs="two_processors"),
    _probe("kept_oom_score", _SERVER, "that it is killed first when memory runs out",
           "return int(read('/proc/self/oom_score_adj')) >= 777 and 'so it is'",
           before=_each_parent("write(f'/proc/{pid}/oom_score_adj', '777')"), not_on=_ITSELF),
)
# fmt: on
