"""What a script tried to reach and must not: read from what was noted inside, judged and told."""

import json
from collections.abc import Iterable

from pydantic import ValidationError

from hepcoder.sandbox.inside.places import is_secret
from hepcoder.sandbox.records import Attempt

MOST_ATTEMPTS = 200
MOST_CHARACTERS = 200
_MOST_BYTES = 256 * 1024
_LONGEST_LINE = 4096
_NEVER_NEEDED = frozenset({"network", "environment", "kernel", "process"})
_VERBS = {
    "read": "read",
    "write": "write",
    "network": "reach",
    "process": "signal process",
    "environment": "read the whole environment by",
    "kernel": "call",
}


def parse_notes(data: bytes) -> tuple[Attempt, ...]:
    r"""Return the attempts in what a script's process noted; whatever is no note is left out.

    The script can write there too, so nothing of it is believed but that it was written.

    Args:
        data: Any bytes; those beyond 256 KiB are left out.

    Returns:
        Each attempt once, in order, at most 200, with targets of at most 200 printable characters.

    Example:
        >>> parse_notes(b'{"kind": "read", "target": "~/.ssh/id_rsa"}\nnonsense\n')
        (Attempt(kind='read', target='~/.ssh/id_rsa'),)
    """
    found: dict[Attempt, None] = {}
    for line in data[:_MOST_BYTES].split(b"\n"):
        attempt = _parse(line) if len(line) <= _LONGEST_LINE else None
        if attempt is not None:
            found[attempt] = None
        if len(found) == MOST_ATTEMPTS:
            break
    return tuple(found)


def _parse(line: bytes) -> Attempt | None:
    if not line.startswith(b"{"):
        return None
    try:
        note = Attempt.model_validate(json.loads(line))
    except (ValueError, RecursionError, ValidationError):
        return None
    target = "".join(character if character.isprintable() else " " for character in note.target)
    target = " ".join(target.split())[:MOST_CHARACTERS]
    return Attempt(kind=note.kind, target=target) if target else None


def worst(attempts: Iterable[Attempt]) -> Attempt | None:
    """Return the first attempt that no analysis needs, or None.

    That is reading what people keep secret, the network, the whole environment, other processes and raw system calls.
    Reading some other file or writing elsewhere is not: a wrong path of an input looks the same.
    """
    return next((one for one in attempts if one.kind in _NEVER_NEEDED or is_secret(one.target)), None)


def tell(attempt: Attempt, *, backend: str) -> str:
    """Return an attempt as a sentence without a full stop.

    Args:
        attempt: The attempt.
        backend: What ran the script; ``none`` refuses nothing.

    Example:
        >>> tell(Attempt(kind="read", target="~/.ssh/id_rsa"), backend="bwrap")
        'the script tried to read ~/.ssh/id_rsa (refused)'
    """
    if attempt.kind == "environment":
        end = " (it holds nothing of yours)"
    else:
        end = " (not refused: there was no sandbox)" if backend == "none" else " (refused)"
    return f"the script tried to {_VERBS[attempt.kind]} {attempt.target}{end}"
