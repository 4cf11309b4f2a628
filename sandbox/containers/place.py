"""The files of this machine that a container works with."""

import importlib.util
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.containers.commands import Mount
from hepcoder.sandbox.folders import remove_folder
from hepcoder.sandbox.installation import DATA, JOB, OWN_ROOT
from hepcoder.sandbox.records import Input
from hepcoder.sandbox.users import release_user, take_user
from hepcoder.sandbox.workers.place import make_place

_ROOMS = ("ledger", "sandbox", "tools")


@dataclass(frozen=True)
class ContainerPlace:
    """Where one container's files are.

    Attributes:
        folder: Of our own; ``job`` in it is the script's.
        user: Whom the script runs as, or None when as us.
        notes: Our end of the pipe for attempts.
    """

    NOTES: ClassVar[str] = f"{OWN_ROOT}/notes"

    folder: Path
    user: int | None
    notes: int

    @property
    def job(self) -> Path:
        """The script's working folder."""
        return self.folder / "job"

    def mounts(self, inputs: tuple[Input, ...]) -> list[Mount]:
        """Return what a container sees of this machine: its job, our tools, and each input as a file of its own.

        Raises:
            SandboxError: A part of hepcoder cannot be found.
        """
        shown = [Mount(item.path.resolve(), f"{DATA}/{item.name}") for item in inputs]
        return [Mount(self.job, JOB, writable=True), *_rooms(), Mount(self.folder / "notes", self.NOTES), *shown]


@contextmanager
def container_place(near: Path, *, change_user: bool) -> Iterator[ContainerPlace]:
    """Make the files of one container, and remove them after it.

    Args:
        near: Where.
        change_user: Whether to borrow a user for it.

    Raises:
        SandboxError: They cannot be made.
    """
    user = take_user() if change_user else None
    try:
        with _folder(near, user) as folder:
            pipe = folder / "notes"
            os.mkfifo(pipe)
            pipe.chmod(0o620)  # as root, it is our group that opens it, before the user is changed
            if user is not None:
                os.chown(pipe, user, -1)
            notes = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
            try:
                yield ContainerPlace(folder, user, notes)
            finally:
                os.close(notes)
    finally:
        if user is not None:
            release_user(user)


@contextmanager
def _folder(near: Path, user: int | None) -> Iterator[Path]:
    try:
        folder = make_place(near, user)
    except OSError as error:
        message = f"no folder for a sandbox can be made near {str(near)!r}: {error.strerror}"
        raise SandboxError(message) from error
    try:
        yield folder
    finally:
        with suppress(OSError):
            remove_folder(folder)


def _rooms() -> Iterator[Mount]:
    for room in _ROOMS:
        spec = importlib.util.find_spec(f"hepcoder.{room}")
        if spec is None or not spec.submodule_search_locations:
            message = f"hepcoder.{room} cannot be found; the installation is damaged"
            raise SandboxError(message)
        yield Mount(Path(os.path.realpath(spec.submodule_search_locations[0])), f"{OWN_ROOT}/hepcoder/{room}")
