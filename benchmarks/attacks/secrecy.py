"""Attacks on secrets: keys in environments, command lines, descriptors and memory."""

from functools import partial

from hepcoder.benchmarks.attacks.attack import UNCONFINED, Attack

_KEY = "API key in the job's own environment"
_ENVIRONMENTS = "environment of other processes"
_COMMANDS = "command lines of other processes"
_DESCRIPTORS = "descriptors that the agent holds or leaks"
_MEMORY = "memory of the agent"
_OWN_MEMORY = "what the job's own memory was forked with"
_HOLDER = "memory and descriptors of what forks the jobs"
_INIT = "memory and descriptors of the sandbox's own process 1"
_PATHS = "see names of the host's folders"
_KEYRING = "the kernel's key rings"

_EACH_PROCESS = """
found = []
for pid in filter(str.isdigit, os.listdir('/proc')):
    try: found += secrets_of(read(f'/proc/{{pid}}/{name}')) or []
    except OSError: pass
return found
"""
_VECTOR = """
class Vector(ctypes.Structure): _fields_ = [('base', ctypes.c_void_p), ('size', ctypes.c_size_t)]
buffer = ctypes.create_string_buffer({start}, P.victim_size)
here = Vector(ctypes.addressof(buffer), P.victim_size)
there = Vector(P.victim_address, P.victim_size)
call('{name}', P.victim, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
return secrets_of(buffer.raw)
"""
_PEEK = """
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
if libc.ptrace(16, P.victim, None, None): return None
try:
    os.waitpid(P.victim, 0x40000000)
    words = [libc.ptrace(2, P.victim, P.victim_address + n, None) for n in range(0, P.victim_size, 8)]
    return secrets_of(b''.join(struct.pack('q', word) for word in words)[:P.victim_size])
finally:
    libc.ptrace(17, P.victim, None, None)
"""
_LEAKED = """
found = []
for fd in range(3, 256):
    try: found += secrets_of(os.pread(fd, 4096, 0)) or []
    except OSError: pass
return found
"""
_LEAKED_FOLDER = """
for fd in range(3, 256):
    try: return secrets_of(os.read(os.open('../home/.ssh/id_ed25519', os.O_RDONLY, dir_fd=fd), 4096))
    except OSError: pass
"""
_STRANGE = """
found = []
for fd in range(3, 256):
    try: name = os.readlink(f'/proc/self/fd/{fd}')
    except OSError: continue
    if not name.startswith(('pipe:', '/proc/', sys.prefix)): found.append(f'{fd}: {name}')
return found
"""
_SCAN = """
found = set()
for piece in own_memory(): found.update(secrets_of(piece) or [])
return sorted(found)
"""
_OPEN_EACH = """
found = []
for pid in parents():
    if pid == 1: continue
    try: fd = os.open(f'/proc/{{pid}}/{name}', os.{how}); os.read(fd, 1); found.append(pid)
    except OSError as error: found += [pid] if error.errno == errno.EIO else []
return found
"""
_LIST_EACH = """
return [open_files(pid) for pid in parents() if pid != 1]
"""
_ITSELF = dict.fromkeys(UNCONFINED, "a job hangs on nothing there but the program that measures")
_HOST = dict.fromkeys((*UNCONFINED, "landlock"), "process 1 is that of the machine")
_SHARED = {
    "bwrap": "bwrap's process 1 is in the job's own confinement when hepcoder is not root; it holds nothing, and "
    "ending it ends the job"
}

_probe = partial(Attack, group="secrets")

# fmt: off
SECRETS = (
    _probe("scan_own_memory", _OWN_MEMORY, "look for secrets in the memory the job began with", _SCAN),
    _probe("own_environment", _KEY, "os.environ", "return secrets_of(str(os.environ)) or os.environ.get(P.variable)"),
    _probe("own_proc_environ", _KEY, "/proc/self/environ", "return secrets_of(read('/proc/self/environ'))"),
    _probe("init_environ", _ENVIRONMENTS, "/proc/1/environ", "return secrets_of(read('/proc/1/environ'))"),
    _probe("agent_environ", _ENVIRONMENTS, "the agent's", "return secrets_of(read(f'/proc/{P.victim}/environ'))"),
    _probe("any_environ", _ENVIRONMENTS, "of any process", _EACH_PROCESS.format(name="environ")),
    _probe("agent_cmdline", _COMMANDS, "the agent's", "return secrets_of(read(f'/proc/{P.victim}/cmdline'))"),
    _probe("any_cmdline", _COMMANDS, "of any process", _EACH_PROCESS.format(name="cmdline")),
    _probe("leaked_file", _DESCRIPTORS, "read an inheritable file of the agent", _LEAKED),
    _probe("leaked_folder", _DESCRIPTORS, "walk out of an inheritable folder of the agent", _LEAKED_FOLDER),
    _probe("strange_descriptors", _DESCRIPTORS, "have descriptors of files and sockets at all", _STRANGE),
    _probe("agent_descriptors", _DESCRIPTORS, "see what those of the agent lead to", "return open_files(P.victim)"),
    _probe("agent_mem", _MEMORY, "read /proc/PID/mem",
           "with open(f'/proc/{P.victim}/mem', 'rb', 0) as m: m.seek(P.victim_address); return secrets_of(m.read(99))"),
    _probe("agent_vm_read", _MEMORY, "process_vm_readv", _VECTOR.format(name="process_vm_readv", start="b''"),
           needs="process_vm_readv"),
    _probe("agent_ptrace", _MEMORY, "ptrace", _PEEK),
    _probe("agent_vm_write", _MEMORY, "process_vm_writev", _VECTOR.format(name="process_vm_writev", start="b'X' * 9"),
           needs="process_vm_writev", check=lambda scene, _: scene.victim.overwritten(b"X")),
    _probe("agent_mem_write", _MEMORY, "write /proc/PID/mem",
           "with open(f'/proc/{P.victim}/mem', 'r+b', 0) as m: m.seek(P.victim_address + 20); m.write(b'Y')",
           check=lambda scene, _: scene.victim.overwritten(b"Y")),
    _probe("holder_mem", _HOLDER, "open its memory for writing", _OPEN_EACH.format(name="mem", how="O_RDWR"),
           not_on=_ITSELF),
    _probe("holder_environ", _HOLDER, "open its environment", _OPEN_EACH.format(name="environ", how="O_RDONLY"),
           not_on=_ITSELF),
    _probe("holder_maps", _HOLDER, "see where its memory lies", _OPEN_EACH.format(name="maps", how="O_RDONLY"),
           not_on=_ITSELF),
    _probe("holder_descriptors", _HOLDER, "see what they lead to", _LIST_EACH, not_on=_ITSELF),
    _probe("init_mem", _INIT, "open its memory for writing", "return os.open('/proc/1/mem', os.O_RDWR)",
           not_on=_HOST, gaps=_SHARED),
    _probe("init_descriptors", _INIT, "see what its descriptors lead to", "return open_files(1)",
           not_on=_HOST, gaps=_SHARED),
    _probe("mount_table", _PATHS, "in the mount table", "return P.runs in read('/proc/self/mountinfo').decode()",
           not_on=dict.fromkeys(UNCONFINED, "nothing is mounted for a job there"),
           gaps={"bwrap": "the kernel tells where a bind mount comes from"}),
    _probe("keyring_read", _KEYRING, "the session's key ring", "return reached('keyctl', 0, -3, 0)", needs="keyctl"),
    _probe("keyring_add", _KEYRING, "add a key", "return reached('add_key', 0, 0, 0, 0, -3)", needs="add_key"),
    _probe("keyring_request", _KEYRING, "ask for a key", "return reached('request_key', 0, 0, 0, 0)",
           needs="request_key"),
)
# fmt: on
