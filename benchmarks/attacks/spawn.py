"""Runs the corpus in a process of its own, as this or another user."""

import subprocess
import sys
from dataclasses import dataclass

from hepcoder.benchmarks.attacks.attack import Column

CANNOT_START = 5  # exit code
_LONGEST_SECONDS = 600.0  # a quiet machine takes one


@dataclass(frozen=True)
class Skipped:
    """A tier that was not run.

    Attributes:
        tier: Which.
        reason: Why not.
    """

    tier: str
    reason: str


def run_apart(tier: str, uid: int | None = None) -> Column | Skipped:
    """Run the whole corpus on a tier in a child process.

    Args:
        tier: One of `tiers.TIERS`.
        uid: The user to do it as, without any group; None stays who we are. Only root can become another.

    Returns:
        The verdicts, or why the tier or the user cannot be had here.

    Raises:
        RuntimeError: The corpus itself broke.
    """
    other = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    if uid is not None and (reason := _out_of_reach(uid)):
        return Skipped(tier, reason)
    command = [sys.executable, "-m", "hepcoder.benchmarks.attacks", "--column", "--tier", tier]
    done = subprocess.run(  # type: ignore[call-overload]
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=_LONGEST_SECONDS,
        check=False,
        **other,
    )
    if done.returncode == CANNOT_START:
        return Skipped(tier, done.stderr.strip())
    if done.returncode != 0:
        message = f"the attacks on {tier} broke off with {done.returncode}: {done.stderr.strip()[-2000:]}"
        raise RuntimeError(message)
    return Column.model_validate_json(done.stdout)


def _out_of_reach(uid: int) -> str:
    """Return why a user cannot run this Python and hepcoder, or nothing if it can."""
    command = [sys.executable, "-c", "import hepcoder.benchmarks.attacks.runner"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, cwd="/", check=False, user=uid, group=uid, extra_groups=[]
        )
    except PermissionError as error:
        return f"user {uid} cannot run {sys.executable}: {error.strerror}; open the folders above it with chmod o+x"
    if done.returncode != 0:
        return f"user {uid} cannot import hepcoder: {done.stderr.strip()[-300:]}"
    return ""
