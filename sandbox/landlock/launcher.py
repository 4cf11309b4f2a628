"""The tier for machines without user namespaces: Landlock and a system call filter around a guarded fork server."""

import json
import os
import stat
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.environment import script_environment
from hepcoder.sandbox.inside.filter import LOADING_PROCESS
from hepcoder.sandbox.inside.landlock import find_abi
from hepcoder.sandbox.installation import own_rooms
from hepcoder.sandbox.kernel.seccomp import script_filter
from hepcoder.sandbox.landlock.guarded import StartedGuard, start_guarded
from hepcoder.sandbox.landlock.readable import readable_places
from hepcoder.sandbox.records import Input
from hepcoder.sandbox.workers.confined import ConfinedSandbox
from hepcoder.sandbox.workers.launch import Layout
from hepcoder.sandbox.workers.worker import Kind, Worker

TRUNCATION_SEEN_SINCE = 3  # ABI of Landlock; before, a script could empty its inputs
_SIGNALS_SCOPED_SINCE = 6
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class LandlockLauncher:
    """Starts fork servers whose jobs restrict themselves; see `launch.Launcher`.

    Attributes:
        highest_abi: Use no later version of Landlock; None for no such bound.
        changes_user: Whether we are root. Then scripts run as another user.
    """

    highest_abi: int | None = None
    changes_user: bool = False
    name: str = "landlock"

    @property
    def how(self) -> str:
        """Which version of Landlock, and as whom."""
        who = "another user" if self.changes_user else "this user"
        return f"Landlock ABI {find_abi(self.highest_abi)} and a system call filter, as {who}"

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing by the nature of this tier, and on this kernel."""
        missing = (
            "own process ids (those of the user are in sight)",
            "own file system (names, sizes and times of all files are in sight)",
            "private /tmp and /dev/shm (process pools and shared memory do not work)",
        )
        if self.reusable:
            return missing
        return (
            *missing,
            "signal scopes of Landlock (Linux 6.12): each script has its own server and may signal no child",
        )

    @property
    def reusable(self) -> bool:
        """Whether Landlock keeps a job from signalling its server."""
        return find_abi(self.highest_abi) >= _SIGNALS_SCOPED_SINCE

    @property
    def counts_processes(self) -> bool:
        """Whether scripts have a user of their own, whose processes can be counted."""
        return self.changes_user

    def layout(self, place: Path, inputs: tuple[Input, ...]) -> Layout:
        """Say where things lie: where they are, since all paths are those of this machine."""
        scratch = str(place / "scratch")
        paths = {item.name: str(self._input_place(place, item)) for item in inputs}
        return Layout(str(place / "job"), (scratch,), f"{scratch}/home", paths)

    def _input_place(self, place: Path, item: Input) -> Path:
        real = Path(os.path.realpath(item.path))
        closed = self.changes_user and closed_folder(real.parent) is not None
        return _second_names(place) / item.name if closed else real

    def settings(self, layout: Layout) -> Mapping[str, Any]:
        """Return the Landlock rules and the filter, which each job takes on itself."""
        readable = readable_places()
        rules = {
            "read": [*readable.read, str(_links(Path(layout.job).parent))],
            "listed": readable.listed,
            "write": [layout.job, *layout.scratch],
            "devices": _DEVICES,
        }
        program = script_filter(
            own_network=False, own_processes=False, signal_scope=self.reusable, own_pid=LOADING_PROCESS
        )
        if program is None:
            message = f"there is no system call filter for {os.uname().machine}"
            raise SandboxError(message)
        return {"rules": rules, "abi": self.highest_abi, "filter": program.hex(), "namespace": False}

    def start(self, place: Path, inputs: tuple[Input, ...], user: int | None, control: int) -> StartedGuard:
        """Start the shim, in its place the fork server."""
        layout = self.layout(place, inputs)
        inside = _fill(place, layout, inputs, user) / "sandbox" / "inside"
        ready = os.pipe()
        settings = {
            "limits": {"CORE": 0},
            "uid": user,
            "filter": None,  # the fork server needs calls that a job may not make
            "ready": ready[1],
            "folder": "/",
            "argv": [sys.executable, "-s", f"{inside}/server.py", str(control)],
        }
        command = [sys.executable, "-I", "-S", f"{inside}/shim.py", json.dumps(settings)]
        environment = script_environment(home=layout.home, scratch=layout.scratch[0], python_path=str(_links(place)))
        return start_guarded(command, environment, ready=ready, control=control)


def _fill(place: Path, layout: Layout, inputs: tuple[Input, ...], user: int | None) -> Path:
    """Put into a worker's folder what it needs there; return the folder of the parts of hepcoder that scripts see."""
    package = _links(place) / "hepcoder"
    for folder in (_links(place), package, _second_names(place)):
        folder.mkdir()
        folder.chmod(0o755)  # whatever the umask
    place.chmod(0o711)
    for name, target in own_rooms().items():
        (package / name).symlink_to(target)
    Path(layout.home).mkdir()
    if user is not None:
        os.chown(layout.home, user, user)
    for item in inputs:
        if (path := Path(layout.inputs[item.name])).parent == _second_names(place):
            _second_name(item, path)
    return package


def _links(place: Path) -> Path:
    """Return the folder of links that makes three parts of hepcoder importable, and no others."""
    return place / "own"


def _second_names(place: Path) -> Path:
    return place / "inputs"


def _second_name(item: Input, path: Path) -> None:
    """Give an input another name, in a folder that the script's user can get to."""
    try:
        path.hardlink_to(os.path.realpath(item.path))
    except OSError as error:
        message = (
            f"input {item.name!r} at {str(item.path)!r} lies in a folder that is closed to other users, and scripts "
            f"started by root run as another user: open it with chmod o+x ({error.strerror})"
        )
        raise SandboxError(message) from error


def closed_folder(folder: Path) -> Path | None:
    """Return the outermost folder on the way to one, or itself, that other users may not pass; None when all may."""
    for place in (*reversed(folder.resolve().parents), folder.resolve()):
        if place.exists() and not place.stat().st_mode & stat.S_IXOTH:
            return place
    return None


class LandlockSandbox(ConfinedSandbox):
    """Runs scripts at the places where their files are; as another user, where that user can get to."""

    def _start(self, kind: Kind) -> Worker:
        if not self.launcher.changes_user or closed_folder(kind.near) is None:
            return super()._start(kind)
        worker = super()._start(replace(kind, near=Path(tempfile.gettempdir())))
        worker.kind = kind  # what it was wanted for; files are copied to where they belong
        return worker
