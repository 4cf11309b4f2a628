"""How a script may have ended, as its follower would tell it."""

from hepcoder.sandbox.follow import Followed, Tail
from hepcoder.sandbox.records import Peaks
from hepcoder.sandbox.watch import Breach


def followed(*, stdout: str = "", stderr: str = "", notes: bytes = b"", breach: Breach | None = None) -> Followed:
    """A script that printed this and ended."""
    tails = (Tail(1024**2), Tail(1024**2))
    for tail, text in zip(tails, (stdout, stderr), strict=True):
        tail.add(text.encode())
    return Followed(breach, *tails, notes, Peaks(wall_seconds=1.0))
