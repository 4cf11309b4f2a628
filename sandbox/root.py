"""Whether we are root, and whether scripts can then run as somebody else."""

import os
from pathlib import Path

from hepcoder.ledger.errors import SandboxError
from hepcoder.sandbox.users import COUNT, FIRST_UID

_UID_MAP = Path("/proc/self/uid_map")


def changes_user() -> bool:
    """Whether scripts run as another user than we: where we are root, since the kernel keeps few limits on root.

    Root of a user namespace that holds no other user, as some containers are, is an ordinary user for the kernel, and
    so are the scripts.

    Raises:
        SandboxError: We are root for the kernel too, and there is no other user to run scripts as.
    """
    if os.geteuid() != 0:
        return False
    extents = read_map(_UID_MAP.read_text())
    if any(inside <= FIRST_UID and inside + count >= FIRST_UID + COUNT for inside, _, count in extents):
        return True
    if any(inside == outside == 0 for inside, outside, _ in extents):
        message = (
            f"hepcoder runs as root where the users {FIRST_UID} to {FIRST_UID + COUNT - 1}, whom scripts would run as, "
            "do not exist: start it as an ordinary user, or in a container that has these users"
        )
        raise SandboxError(message)
    return False


def read_map(text: str) -> list[tuple[int, int, int]]:
    r"""Return the extents of a user namespace's map: first number inside, first outside, and how many.

    Example:
        >>> read_map("         0       1000          1\n")
        [(0, 1000, 1)]
    """
    numbers = [int(word) for word in text.split()]
    return list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
