"""How much of bubblewrap a machine allows, and the command that follows from it."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from hepcoder.sandbox.bwrap.mounts import system_mounts
from hepcoder.sandbox.installation import INSIDE
from hepcoder.sandbox.kernel.seccomp import script_filter

_NEEDED_TO_CHANGE_USER = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")


@dataclass(frozen=True)
class Confinement:
    """How scripts are confined here.

    Attributes:
        program: Path of bwrap.
        change_user: Whether we are root. Then no user namespace is made, since root in one is still root for the
            kernel's files, but scripts run as another user.
        forbid_user_namespaces: Whether bwrap is new enough to forbid further user namespaces.
        own_network: Whether a network namespace may be made.
    """

    program: str
    change_user: bool
    forbid_user_namespaces: bool = True
    own_network: bool = True

    @property
    def filter(self) -> bytes | None:
        """The seccomp filter, or None where there is none for this processor."""
        return script_filter(own_network=self.own_network)

    @property
    def filter_of_bwrap(self) -> bytes | None:
        """The filter if bwrap loads it; as root only the shim can, after it has changed the user."""
        return None if self.change_user else self.filter

    @property
    def lacks(self) -> tuple[str, ...]:
        """What is missing, for reports."""
        missing = []
        if not self.own_network:
            missing.append("own network (sockets are refused by the filter)")
        if self.filter is None:
            missing.append("system call filter")
        if not (self.change_user or self.forbid_user_namespaces):
            missing.append("ban on user namespaces by bwrap (the filter has it)")
        return tuple(missing)

    def command(
        self,
        *,
        environment: Mapping[str, str],
        mounts: list[str],
        descriptors: Mapping[str, int],
        user: int | None,
        argv: list[str],
    ) -> list[str]:
        """Return the whole command: bwrap, in it the shim, in its place the script's Python.

        Args:
            environment: The script's whole environment.
            mounts: What it sees besides the system and Python.
            descriptors: Of ours: ``status`` for bwrap, ``ready`` for the shim, ``filter`` if bwrap loads the filter.
            user: Whom to become, or None.
            argv: What the shim becomes.

        Raises:
            SandboxError: This Python or hepcoder itself cannot be shown.
        """
        own_filter = self.filter if self.change_user else None
        settings = {
            "limits": {"CORE": 0},
            "uid": user,
            "filter": own_filter.hex() if own_filter is not None else None,
            "ready": descriptors["ready"],
            "folder": "/",
            "argv": argv,
        }
        return [
            *(self.program, *self._rights(), *self._namespaces()),
            *("--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv"),
            *(word for name, value in environment.items() for word in ("--setenv", name, value)),
            *system_mounts(open_scratch=self.change_user),
            *mounts,
            *("--remount-ro", "/"),  # it lies in memory, and without a bound on its size
            *("--json-status-fd", str(descriptors["status"])),
            *(("--seccomp", str(descriptors["filter"])) if "filter" in descriptors else ()),
            *("--", sys.executable, "-I", "-S", f"{INSIDE}/shim.py", json.dumps(settings)),
        ]

    def _rights(self) -> list[str]:
        if self.change_user:
            kept = [word for name in _NEEDED_TO_CHANGE_USER for word in ("--cap-add", name)]
            return ["--cap-drop", "ALL", *kept]
        banned = ["--disable-userns", "--assert-userns-disabled"] if self.forbid_user_namespaces else []
        return ["--unshare-user", *banned, "--cap-drop", "ALL"]

    def _namespaces(self) -> list[str]:
        network = ["--unshare-net"] if self.own_network else []
        return ["--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try", *network]
