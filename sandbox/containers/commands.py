"""The command lines that start a job in a container."""

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hepcoder.ledger.errors import TaskError
from hepcoder.sandbox.containers.engines import Container
from hepcoder.sandbox.installation import INSIDE
from hepcoder.sandbox.records import MIB, Limits

LABEL = "hepcoder.job"

_TMP_BYTES = 256 * MIB
_SHM_BYTES = 64 * MIB
_OWN_TASKS = 4  # of the engine's own and of the first program, inside
_FIRST_PROGRAM = ("-I", "-S", f"{INSIDE}/container.py")


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine that a container sees.

    Attributes:
        source: Where it is here.
        target: Where it is there.
        writable: Whether it may be changed there.
    """

    source: Path
    target: str
    writable: bool = False

    def text(self, *, read_only: str) -> str:
        """Return the value of ``--mount``: one line of CSV, which all engines read in the same way.

        Args:
            read_only: The engine's word for it.

        Raises:
            TaskError: No engine can be told of such a path.

        Example:
            >>> Mount(Path("/data/a,b.root"), "/data/x").text(read_only="ro")
            'type=bind,"source=/data/a,b.root",target=/data/x,ro'
        """
        for path in (str(self.source), self.target):
            if not path.isprintable() or path != path.strip():
                message = (
                    f"{path!r} cannot be shown to a container: rename it without control characters and outer blanks"
                )
                raise TaskError(message)
        line = io.StringIO()
        fields = ["type=bind", f"source={self.source}", f"target={self.target}"]
        csv.writer(line, lineterminator="").writerow(fields + ([] if self.writable else [read_only]))
        return line.getvalue()


def run_command(
    container: Container, *, mounts: Iterable[Mount], limits: Limits, user: tuple[int, int], name: str
) -> list[str]:
    """Return the command that starts a container for one job; its settings then go to its stdin.

    Args:
        container: How.
        mounts: What it sees besides the image.
        limits: The job's bounds.
        user: Number of the user and of the group whom the script runs as.
        name: The container's own name; Apptainer's have none.

    Raises:
        TaskError: A path cannot be shown.
    """
    if container.is_apptainer:
        return _apptainer(container, mounts, limits)
    words = [
        *(container.program, "run", "--name", name, "--label", LABEL, "--interactive", "--pull", "never"),
        *("--entrypoint", "python3", "--workdir", "/", "--hostname", "sandbox", "--no-healthcheck"),
        *("--network", "none", "--ipc", "private", "--log-driver", "none"),  # logs would grow without bound
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
        *("--security-opt", "label=disable"),  # else SELinux hides every file that is not relabelled on disk
        *("--user", f"{user[0]}:{user[1]}", *_only_podman(container)),
        *("--read-only", "--tmpfs", f"/tmp:rw,exec,nosuid,nodev,size={_TMP_BYTES},mode=1777"),  # noqa: S108 - inside
        *("--shm-size", str(_SHM_BYTES), "--ulimit", "core=0:0", "--ulimit", "nofile=512:512"),
        *_cgroup_limits(container, limits),
    ]
    for mount in mounts:
        words += ["--mount", mount.text(read_only="readonly")]
    return [*words, container.image, *_FIRST_PROGRAM]


def _only_podman(container: Container) -> list[str]:
    """Return what Docker does not know, or does anyway."""
    if container.engine != "podman":
        return []
    # podman would raise root's own bound on processes, which not every root may; the shim lowers it further
    user = ["--ulimit", "nproc=4096:4096"] if container.change_user else ["--userns", "keep-id"]
    return [*user, "--http-proxy=false", "--image-volume", "ignore", "--tmpfs", "/var/tmp:rw,size=4096,mode=0755"]  # noqa: S108


def _cgroup_limits(container: Container, limits: Limits) -> list[str]:
    words = []
    if container.cgroup_limits:
        memory = str(limits.memory_bytes)
        words += ["--memory", memory, "--memory-swap", memory, "--pids-limit", str(limits.processes + _OWN_TASKS)]
    if container.cpu_limit:
        share = max(
            1.0, limits.cpu_seconds / limits.wall_seconds
        )  # so that all the wall time is worth all the CPU time
        words += ["--cpus", f"{min(share, os.cpu_count() or 1):.2f}"]
    return words


def _apptainer(container: Container, mounts: Iterable[Mount], limits: Limits) -> list[str]:
    words = [
        *(container.program, "exec", "--containall", "--cleanenv", "--no-home", "--no-eval", "--no-umask"),
        *("--no-mount", "hostfs,bind-paths,cwd", "--pid", "--ipc", "--uts", "--hostname", "sandbox", "--pwd", "/"),
        *(("--net", "--network", "none") if container.own_network else ()),
        *_cgroup_limits(container, limits),
    ]
    for mount in mounts:
        words += ["--mount", mount.text(read_only="ro")]
    return [*words, container.image, "python3", *_FIRST_PROGRAM]
