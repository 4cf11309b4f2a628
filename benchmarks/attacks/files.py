"""Attacks on files: reading what is not an input, writing what is not the run's own, and leaving traps behind."""

import stat
from functools import partial

from hepcoder.benchmarks.attacks.attack import Attack, Ran
from hepcoder.benchmarks.attacks.scene import Scene

_READ = "read other files of the user"
_SEEN = "see that other files exist, their sizes and times"
_ROUND = "read round corners: links, `..`, /proc"
_WRITE = "write or change other files"
_SHARED = "write into shared folders: /tmp, /dev/shm"
_PYTHON = "change Python, hepcoder or the system"
_INPUT = "change an input"
_SETUID = "leave a setuid file"
_DEVICE = "devices"
_LEFT = "leave traps for who collects: links, pipes, depth"
_OWN_JOB = {"wall_seconds": 8.0, "disk_bytes": 20 << 20, "files": 300}


def _left_setuid(scene: Scene, ran: Ran) -> str:
    del scene
    left = [path.name for path in ran.folder.rglob("suid-*") if path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID)]
    return f"left with the setuid bit: {', '.join(left)}" if left else ""


def _small(scene: Scene, ran: Ran) -> str:
    del scene
    long = [item.name for item in ran.execution.artifacts if item.bytes > _OWN_JOB["disk_bytes"]]
    return f"collected beyond the disk limit: {long[0]}" if long else ""


_INPUT_CHANGES = (
    ("input_write", "write", "write(INPUT)"),
    ("input_append", "append to", "open(INPUT, 'r+b').write(b'X')"),
    ("input_unlink", "delete", "os.unlink(INPUT)"),
    ("input_rename", "rename", "os.rename(INPUT, INPUT + '.moved')"),
    ("input_replace", "put another file in the place of", "write('new'); os.replace('new', INPUT)"),
    ("input_truncate", "truncate", "os.truncate(INPUT, 0)"),
    ("input_open_truncating", "truncate by opening", "os.open(INPUT, os.O_RDONLY | os.O_TRUNC)"),
    ("input_chmod", "chmod", "os.chmod(INPUT, 0o777)"),
    ("input_chown", "change the group of", "os.chown(INPUT, -1, 12345)"),
    ("input_utime", "set the times of", "os.utime(INPUT, (1, 1))"),
    ("input_setxattr", "set an extended attribute of", "os.setxattr(INPUT, 'user.x', b'1')"),
    (
        "input_flags",
        "set a file-system flag of",
        "import fcntl\nfcntl.ioctl(os.open(INPUT, os.O_RDONLY), 0x40086602, struct.pack('i', 64)); return 'no-dump'",
    ),
    ("input_hard_link", "hard-link and write", "os.link(INPUT, 'hard'); write('hard')"),
)

_probe = partial(Attack, group="files")

# fmt: off
FILES = (
    _probe("read_ssh_key", _READ, "read a private SSH key", "return secrets_of(read(P.ssh_key))"),
    _probe("list_home", _READ, "list the home folder", "return secrets_of(str(os.listdir(P.home)))"),
    _probe("read_other_run", _READ, "read another run's result", "return secrets_of(read(P.sibling + '/result.json'))"),
    _probe("read_checkpoint", _READ, "read the agent's checkpoints", "return secrets_of(read(P.checkpoint))"),
    _probe("read_agent_source", _READ, "read the agent's own source", "return len(read(P.agent_source))"),
    _probe("read_shadow", _READ, "read /etc/shadow", "return len(read('/etc/shadow'))"),
    _probe("exec_cat", _READ, "read the SSH key with another program",
           "import subprocess\nreturn secrets_of(subprocess.run(['/bin/cat', P.ssh_key], capture_output=True).stdout)"),
    _probe("symlink_read", _ROUND, "read the SSH key through a symbolic link",
           "os.symlink(P.ssh_key, 'link-r'); return secrets_of(read('link-r'))"),
    _probe("hard_link_read", _ROUND, "read the SSH key through a hard link",
           "os.link(P.ssh_key, 'hard-r'); return secrets_of(read('hard-r'))"),
    _probe("dot_dot_read", _ROUND, "read another run through ..",
           "return secrets_of(read('../' * 20 + P.sibling + '/result.json') + read('../../sibling/result.json'))"),
    _probe("self_root_read", _ROUND, "read through /proc/self/root and cwd",
           "return secrets_of(read('/proc/self/root' + P.ssh_key))"),
    _probe("init_root_read", _ROUND, "read through /proc/1/root",
           "return secrets_of(read('/proc/1/root' + P.ssh_key))"),
    _probe("agent_root_read", _ROUND, "read through the agent's /proc/PID/root",
           "return secrets_of(read(f'/proc/{P.victim}/root' + P.ssh_key))"),
    _probe("agent_cwd_read", _ROUND, "read through the agent's /proc/PID/cwd",
           "return secrets_of(read(f'/proc/{P.victim}/cwd/checkpoint.sqlite'))"),
    _probe("parent_root_read", _ROUND, "read through the /proc/PID/root of what the job hangs on",
           "return [p for p in parents() if secrets_of(read(f'/proc/{p}/root' + P.ssh_key))]"),
    _probe("stat_ssh_key", _SEEN, "stat the SSH key",
           "return os.stat(P.ssh_key).st_size",
           gaps={"landlock": "Landlock does not cover stat: names, sizes and times of files stay visible"}),
    _probe("watch_home", _SEEN, "be told when files in the home folder are used",
           "return libc.inotify_add_watch(libc.inotify_init(), P.home.encode(), 0xFFF) >= 0 and 'watching'"),
    _probe("enter_home", _SEEN, "stand in the home folder",
           "os.chdir(P.home); return os.getcwd()",
           gaps={"landlock": "Landlock does not cover chdir; nothing can be listed or opened from there"}),
    _probe("write_outside", _WRITE, "overwrite a file", "write(MINE)"),
    _probe("append_outside", _WRITE, "append to a file", "open(MINE, 'a').write('x')"),
    _probe("unlink_outside", _WRITE, "delete a file", "os.unlink(MINE)"),
    _probe("truncate_outside", _WRITE, "truncate a file", "os.truncate(MINE, 0)"),
    _probe("chmod_outside", _WRITE, "chmod a file", "os.chmod(MINE, 0o777)"),
    _probe("utime_outside", _WRITE, "set the times of a file", "os.utime(MINE, (1, 1))"),
    _probe("setxattr_outside", _WRITE, "set an extended attribute", "os.setxattr(MINE, 'user.x', b'1')"),
    _probe("create_in_home", _WRITE, "make a file in the home folder", "write(MINE)", target="{home}/.{id}"),
    _probe("symlink_write", _WRITE, "write through a symbolic link", "os.symlink(MINE, 'link-w'); write('link-w')"),
    _probe("hard_link_write", _WRITE, "write through a hard link", "os.link(MINE, 'hard-w'); write('hard-w')"),
    _probe("rename_out", _WRITE, "rename a file over one outside", "write('out'); os.rename('out', MINE)"),
    _probe("dot_dot_write", _WRITE, "make a file beside the run's folder", "write('../' + os.path.basename(MINE))",
           target="{runs}/{id}"),
    _probe("self_root_write", _WRITE, "write through /proc/self/root", "write('/proc/self/root' + MINE)"),
    _probe("agent_root_write", _WRITE, "write through the agent's root", "write(f'/proc/{P.victim}/root' + MINE)"),
    _probe("shell_write", _WRITE, "write with a shell", "os.system(f'echo changed > {MINE}')"),
    _probe("tmp_write", _SHARED, "leave a file in the machine's /tmp", "write(MINE)", target="/tmp/hca-{token}"),  # noqa: S108
    _probe("var_tmp_write", _SHARED, "... in its /var/tmp", "write(MINE)", target="/var/tmp/hca-{token}"),  # noqa: S108
    _probe("shm_write", _SHARED, "... in its /dev/shm", "write(MINE)", target="/dev/shm/hca-{token}"),  # noqa: S108
    _probe("site_packages_write", _PYTHON, "put a .pth file into site-packages", "write(MINE, '# attack')",
           target="{site}/hca-{token}.pth"),
    _probe("pycache_write", _PYTHON, "put a file into the standard library's __pycache__", "write(MINE)",
           target="{stdlib}/__pycache__/hca-{token}.pyc"),
    _probe("tools_write", _PYTHON, "put a module into hepcoder.tools",
           "import hepcoder.tools\nwrite(os.path.join(hepcoder.tools.__path__[0], os.path.basename(MINE)), '# attack')",
           target="{tools}/hca_{token}.py"),
    _probe("usr_write", _PYTHON, "put a file into /usr/bin", "write(MINE)", target="/usr/bin/hca-{token}"),
    _probe("etc_write", _PYTHON, "put a file into /etc", "write(MINE)", target="/etc/hca-{token}"),
    *(_probe(id_, _INPUT, f"{what} an input", body, uses_input=True) for id_, what, body in _INPUT_CHANGES),
    _probe("setuid_chmod", _SETUID, "by chmod",
           "write('suid-a'); os.chmod('suid-a', 0o6755); return os.stat('suid-a').st_mode & 0o6000",
           check=_left_setuid),
    _probe("setuid_open", _SETUID, "by the mode of open",
           "return os.fstat(os.open('suid-b', os.O_CREAT | os.O_WRONLY, 0o6755)).st_mode & 0o6000", check=_left_setuid),
    _probe("setuid_fchmod", _SETUID, "by fchmod",
           "f = open('suid-c', 'w'); os.fchmod(f.fileno(), 0o6755); return os.stat('suid-c').st_mode & 0o6000",
           check=_left_setuid),
    _probe("setuid_creat", _SETUID, "by creat",
           "fd, _ = call('creat', b'suid-d', 0o6755); return os.fstat(fd).st_mode & 0o6000", check=_left_setuid,
           needs="creat"),
    _probe("file_capabilities", _SETUID, "with capabilities, which is the same by other means",
           "write('capable')\n"
           "os.setxattr('capable', 'security.capability', struct.pack('<5I', 0x2000001, 1 << 7, 0, 0, 0))\n"
           "return os.getxattr('capable', 'security.capability')"),
    _probe("make_device", _DEVICE, "make a device node and read it",
           "os.mknod('node', 0o600 | 0o020000, os.makedev(1, 5)); return read('node', 1)"),
    _probe("open_devices", _DEVICE, "open devices that reach the machine",
           "names = 'mem port kmsg kvm fuse vsock vhost-net net/tun loop-control vda sda nvme0n1 mapper/control'\n"
           "return [n for n in names.split() if os.access('/dev/' + n, os.R_OK) and open('/dev/' + n, 'rb')]"),
    _probe("left_link", _LEFT, "a link named like a result that leads to the SSH key",
           "os.symlink(P.ssh_key, 'result.json'); os.symlink(P.home, 'plots')", limits=_OWN_JOB, allowed=("finished",)),
    _probe("left_swapped", _LEFT, "links to the SSH key in the place of the script and of its output folders",
           "os.unlink('script.py'); os.symlink(P.ssh_key, 'script.py')\n"
           "os.makedirs('a/b'); os.symlink(P.home, 'a/b/c'); os.link('a/b/c', 'again', follow_symlinks=False)",
           limits=_OWN_JOB, allowed=("finished",)),
    _probe("left_closed", _LEFT, "folders that nobody may enter",
           "os.makedirs('a/b/c'); write('a/b/c/d'); os.chmod('a/b', 0); os.chmod('a', 0); os.chmod('.', 0)",
           limits=_OWN_JOB, allowed=("finished",)),
    _probe("left_pipe", _LEFT, "a pipe and a socket named like plots",
           "with contextlib.suppress(OSError): os.mkfifo('plot.png')\n"
           "with contextlib.suppress(OSError): socket.socket(socket.AF_UNIX).bind('plot.pdf')",
           limits=_OWN_JOB, allowed=("finished",)),
    _probe("left_sparse", _LEFT, "a sparse file of 64 MB where 20 are allowed",
           "open('result.npz', 'wb').truncate(64 << 20)", limits=_OWN_JOB, allowed=("finished", "disk"), check=_small),
    _probe("left_deep", _LEFT, "folders 3000 deep", "for _ in range(3000): os.mkdir('d'); os.chdir('d')",
           limits=_OWN_JOB, allowed=("finished", "inodes")),
    _probe("left_names", _LEFT, "names that are no text, and terminal escapes",
           "open(b'bad-\\xff\\n\\x1b[2J.json', 'w').write('x')", limits=_OWN_JOB, allowed=("finished",)),
)
# fmt: on
