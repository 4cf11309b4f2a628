"""Comparing sets of events by their numbers."""

from typing import Any

import numpy as np

_EXACT_FLOAT = 2**53


def check_ids(found: Any, expected: Any, where: str) -> list[str]:
    """Say how a set of ids differs from the reference's: each once, in any order.

    Args:
        found: Whole numbers, shape (n,), or rows of them such as run and event, shape (n, k); array or lists.
        expected: The same of the reference.
        where: Name for messages.
    """
    listed, right = _rows(found), _rows(expected)
    if listed is None or right is None:
        return [f"{where} is no list of whole numbers"]
    ids, right_ids = set(listed), set(right)
    reasons = [f"{where} names {len(listed) - len(ids)} events more than once"] if len(ids) < len(listed) else []
    if ids != right_ids:
        reasons.append(
            f"{where} has {len(ids)} events, should have {len(right_ids)}: "
            f"{len(right_ids - ids)} missing, {len(ids - right_ids)} too many"
        )
    return reasons


def _rows(value: Any) -> list[Any] | None:
    if isinstance(value, np.ndarray):
        if value.ndim == 0 or (value.dtype.kind not in "iuf" and value.size):
            return None
        value = value.tolist()
    if not isinstance(value, list):
        return None
    rows = [tuple(map(_whole, row)) if isinstance(row, list) else (_whole(row),) for row in value]
    return None if any(None in row for row in rows) else rows


def _whole(value: Any) -> int | None:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT_FLOAT:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
