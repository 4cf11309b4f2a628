"""What to do when a tier of the sandbox does not work, or lacks something, specific to the reason that was seen."""

import re
from dataclasses import dataclass

UNSAFE = (
    "'--sandbox none' runs generated code with all your rights: only use it on a machine that holds nothing of value"
)

APPARMOR_PROFILE = """\
abi <abi/4.0>,
include <tunables/global>
profile bwrap {program} flags=(unconfined) {{
  userns,
}}
"""

_DELEGATE = "[Service]\\nDelegate=cpu cpuset io memory pids\\n"


@dataclass(frozen=True)
class _Way:
    """What to do for a reason.

    Attributes:
        tier: Beginning of the tier's name.
        reason: Pattern that is searched in the reason, whatever the case of its letters.
        lines: What to do, each a line that can be shown or typed.
    """

    tier: str
    reason: str
    lines: tuple[str, ...]


_WAYS = (
    _Way(
        "bwrap|landlock|podman|docker|apptainer",
        "runs as root where the users",
        ("'cat /proc/self/uid_map' shows which users there are; a range in /etc/subuid gives a container more",),
    ),
    _Way(
        "bwrap",
        "not installed",
        (
            "install it: apt-get install bubblewrap (Debian, Ubuntu), dnf install bubblewrap (Fedora, RHEL)",
            "without root: ask the site's administrators; hepcoder finds bwrap anywhere on PATH",
        ),
    ),
    _Way(
        "bwrap",
        "uid map: Permission denied|RTM_NEWADDR|apparmor",
        (
            "AppArmor forbids user namespaces (Ubuntu 24.04 and later); allow them to bwrap alone, as root:",
            "cat > /etc/apparmor.d/bwrap <<'END'",
            "{profile}",
            "END",
            "apparmor_parser -r /etc/apparmor.d/bwrap",
            "or to every program until the next boot: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ),
    _Way(
        "bwrap",
        "No space left on device|ENOSPC",
        (
            "namespaces are limited to none here; allow some, as root:",
            "sysctl -w user.max_user_namespaces=15000 user.max_net_namespaces=15000",
            "and put 'user.max_user_namespaces = 15000' into /etc/sysctl.d/90-namespaces.conf to keep it",
        ),
    ),
    _Way(
        "bwrap",
        "mount proc",
        (
            "inside a container the kernel lets nobody mount a new /proc; start that container with",
            "docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined,",
            "where AppArmor runs also with --security-opt apparmor=unconfined,",
            "or podman run --security-opt seccomp=unconfined --security-opt unmask=ALL",
        ),
    ),
    _Way(
        "bwrap",
        "No permissions to creat|Operation not permitted",
        (
            "the kernel or the container around you forbids user namespaces; as root:",
            "sysctl -w kernel.unprivileged_userns_clone=1 (Debian), user.max_user_namespaces=15000 (others)",
            "in a container: start it with --security-opt seccomp=unconfined, or with --privileged",
        ),
    ),
    _Way("bwrap", "unknown option", ("bubblewrap 0.5 or later is needed; 'bwrap --version' tells",)),
    _Way("bwrap", "prefix '/'", ("run hepcoder from a virtual environment: python3 -m venv ENVIRONMENT",)),
    _Way("bwrap", "did not answer", ("the machine is very busy, or bwrap hangs: try 'bwrap --ro-bind / / true'",)),
    _Way(
        "landlock",
        "not enabled|disabled|started without",
        ("add 'landlock' to the list in the kernel's lsm= boot parameter; 'cat /sys/kernel/security/lsm' shows it",),
    ),
    _Way(
        "landlock",
        "ABI|kernel|Linux",
        ("use Linux 6.2 or later, as Debian 13 and Ubuntu 24.04 have, or RHEL 9.6; 'uname -r' shows what runs",),
    ),
    _Way(
        "apptainer",
        "not installed",
        ("install it: dnf install apptainer (EPEL), or from the packages at github.com/apptainer/apptainer/releases",),
    ),
    _Way("podman", "not installed", ("install it: apt-get install podman, dnf install podman",)),
    _Way("docker", "not installed", ("install it: apt-get install docker.io, or see docs.docker.com/engine/install",)),
    _Way(
        "docker",
        "connect to the docker daemon|does not answer|docker.sock",
        (
            "start its server: systemctl start docker",
            "and let yourself use it, which makes you as good as root: usermod -aG docker $USER",
        ),
    ),
    _Way("podman", "subuid|newuidmap", ("give yourself user numbers: usermod --add-subuids 100000-165535 $USER",)),
    _Way(
        "podman|docker",
        "no such image|image not known|not found locally|unable to find image|pull access",
        ("fetch or build the image first; hepcoder fetches none: {engine} pull IMAGE",),
    ),
    _Way(
        "podman|apptainer",
        "cgroup",
        (
            "let the login session bound memory, processes and CPU, as root:",
            f"printf '{_DELEGATE}' > /etc/systemd/system/user@.service.d/delegate.conf; systemctl daemon-reload",
        ),
    ),
    _Way(
        "podman|docker|apptainer",
        r"lacks Python packages|needs 3\.11|python3.*(not found|no such file)",
        ("build the image with Python 3.11 or later and 'python3 -m pip install hepcoder' in it",),
    ),
    _Way(
        "podman|docker|apptainer",
        "Permission denied",
        ("the script's user cannot reach the run's folder; rootless Docker cannot do this, podman can",),
    ),
)

_FOR_TIER = {
    "bwrap": ("try it by hand: bwrap --unshare-all --ro-bind / / true",),
    "landlock": ("see 'cat /sys/kernel/security/lsm' and 'uname -r'",),
    "podman": ("try it by hand: podman run --rm --network none IMAGE python3 --version",),
    "docker": ("try it by hand: docker run --rm --network none IMAGE python3 --version",),
    "apptainer": ("try it by hand: apptainer exec --containall --net --network none IMAGE python3 --version",),
}

_FOR_LACK = {
    "own network": "allow network namespaces, as root: sysctl -w user.max_net_namespaces=15000",
    "ban on user namespaces": "install bubblewrap 0.8 or later",
    "system call filter": "there is none for this processor: use x86_64 or aarch64",
    "cgroup": f"as root: printf '{_DELEGATE}' > /etc/systemd/system/user@.service.d/delegate.conf",
    "signal scopes": "use Linux 6.12 or later, which tells a script's processes from others of the same user",
}


def ways_out(tier: str, reason: str) -> tuple[str, ...]:
    """Return what to do so that a tier works.

    Args:
        tier: Its name.
        reason: Why it does not work, as it was seen.

    Returns:
        Lines; where nothing is known of the reason, how to look closer.

    Example:
        >>> ways_out("podman", "podman is not installed")
        ('install it: apt-get install podman, dnf install podman',)
    """
    engine = tier.partition(":")[0]
    for way in _WAYS:
        if engine in way.tier.split("|") and re.search(way.reason, reason, re.IGNORECASE):
            return tuple(_filled(line, engine, reason) for line in way.lines)
    return _FOR_TIER.get(engine, ())


def ways_to_mend(lack: str) -> tuple[str, ...]:
    """Return what to do about something that a working tier lacks; nothing where it lies in its nature.

    Example:
        >>> ways_to_mend("own network (sockets are refused by the filter)")
        ('allow network namespaces, as root: sysctl -w user.max_net_namespaces=15000',)
    """
    return tuple(line for beginning, line in _FOR_LACK.items() if beginning in lack)


def _filled(line: str, engine: str, reason: str) -> str:
    program = re.search(r"bubblewrap at (/\S+)", reason)
    profile = APPARMOR_PROFILE.format(program=program[1] if program else "/usr/bin/bwrap").rstrip()
    return line.replace("{profile}", profile).replace("{engine}", engine)
