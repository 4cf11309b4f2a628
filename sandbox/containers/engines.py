"""Container engines: podman, Docker and Apptainer, and how each is used here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from hepcoder.ledger.errors import SandboxError

EngineName = Literal["apptainer", "podman", "docker"]
ENGINES: tuple[EngineName, ...] = get_args(EngineName)

_IMAGE = re.compile(r"[A-Za-z0-9][\w./:@+-]*")
_PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"),
    *("DBUS_SESSION_BUS_ADDRESS", "CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF", "CONTAINER_HOST"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"),
    *("APPTAINER_TMPDIR", "APPTAINER_CACHEDIR", "APPTAINER_CONFIGDIR"),
)


@dataclass(frozen=True)
class Container:
    """How containers are started here.

    Attributes:
        engine: Which program starts them.
        program: Its path.
        image: Name of an image the engine has, or for Apptainer an image file or folder.
        change_user: Whether we are root, so that scripts run as another user.
        cgroup_limits: Whether the engine may bound memory and processes.
        limits_seen: Whether the bound on memory was seen to be in force inside.
        cpu_limit: Whether it may bound the CPU time per second.
        own_network: Whether it may make a network namespace; only Apptainer does without.
    """

    engine: EngineName
    program: str
    image: str
    change_user: bool
    cgroup_limits: bool = True
    limits_seen: bool = True
    cpu_limit: bool = True
    own_network: bool = True

    @property
    def is_apptainer(self) -> bool:
        """Whether the processes are our descendants, and there is nothing to remove afterwards."""
        return self.engine == "apptainer"

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing, for reports."""
        missing = []
        if not self.own_network:
            missing.append("own network (sockets are refused by the filter)")
        if not (self.cgroup_limits and self.limits_seen):
            what = "are watched from outside" if self.is_apptainer else "bound each process only"
            missing.append(f"cgroup limits (limits on memory and processes {what})")
        if not self.cpu_limit and not self.is_apptainer:
            missing.append("limit on the CPU time of all processes together")
        if self.is_apptainer:
            missing.append("limit on the size of /dev/shm")
        return tuple(missing)


def parse_engine(name: str) -> tuple[EngineName, str] | None:
    """Split the name of a container sandbox, such as ``podman:physics:1.2``, into engine and image.

    Returns:
        The two, or None when the name is of another kind.

    Raises:
        SandboxError: The image is missing or is no name of one; says the form.

    Example:
        >>> parse_engine("podman:localhost/physics:1.2")
        ('podman', 'localhost/physics:1.2')
        >>> parse_engine("bwrap") is None
        True
    """
    engine, colon, image = name.partition(":")
    if engine not in ENGINES:
        return None
    if not colon or not image:
        message = f"the sandbox {name!r} names no image; write {engine}:IMAGE"
        raise SandboxError(message)
    if engine == "apptainer":
        return engine, _image_file(image)
    if not _IMAGE.fullmatch(image):
        message = f"{image!r} is no name of an image; write it as '{engine} images' shows it"
        raise SandboxError(message)
    return cast("EngineName", engine), image


def _image_file(image: str) -> str:
    if "://" in image:
        message = (
            f"{image!r} would be fetched and converted for every job; do it once: apptainer build image.sif {image}"
        )
        raise SandboxError(message)
    path = Path(image).expanduser().absolute()
    if not path.exists():
        message = (
            f"there is no Apptainer image at {str(path)!r}; make one with: apptainer build {path.name} docker://IMAGE"
        )
        raise SandboxError(message)
    return str(path)


def client_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what an engine's own program gets of our environment: where it finds its server, store and settings.

    Other variables could hold keys, or change what a container sees, as ``APPTAINER_BIND`` does.
    """
    return {name: environment[name] for name in _PASSED_ON if name in environment}
