"""Comparing numbers, texts, lists and tables of them."""

import reprlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.task import Rule

Floats = npt.NDArray[np.float64]
_MOST_TOLD = 3


class WrongError(ValueError):
    """A found value cannot be right, and why."""


def as_floats(value: Any, where: str) -> Floats:
    """A value as an array of floats.

    Args:
        value: A number, nested lists of one shape, or an array.
        where: Name for messages.

    Raises:
        WrongError: It holds anything but numbers (True and "1" are no numbers), or rows of different lengths.
    """
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "iuf":
            message = f"{where} holds {value.dtype}, not numbers"
            raise WrongError(message)
        with np.errstate(all="ignore"):  # a long double beyond the range becomes infinite
            return value.astype(np.float64)
    wrong = next((each for each in _leaves(value) if isinstance(each, bool) or not isinstance(each, int | float)), None)
    if wrong is not None or isinstance(value, dict | None):
        message = f"{where} holds {str(wrong if wrong is not None else value)[:40]!r}, not a number"
        raise WrongError(message)
    try:
        return np.asarray(value, dtype=np.float64)
    except (ValueError, OverflowError) as error:
        message = f"{where} is no regular array of numbers in double range"
        raise WrongError(message) from error


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each)
    else:
        yield value


def check_exact(found: Any, expected: Any, where: str) -> list[str]:
    """Say where two values differ: whole numbers, floats, texts, True and False, arrays, lists and objects of these.

    A whole number may be written as a float, 7.0 for 7; True is not 1, and "7" is not 7.
    """
    if isinstance(expected, np.ndarray):
        return _check_array(found, expected, where)
    if isinstance(expected, dict):
        return _check_object(found, expected, where)
    if isinstance(expected, list):
        return _check_list(found, expected, where)
    number = isinstance(expected, int | float) and not isinstance(expected, bool)
    same_type = (
        isinstance(found, int | float) and not isinstance(found, bool) if number else type(found) is type(expected)
    )
    return [] if same_type and found == expected else [f"{where} is {_short(found)}, should be {_short(expected)}"]


def _check_array(found: Any, expected: npt.NDArray[Any], where: str) -> list[str]:
    if expected.dtype.kind not in "iuf":
        same = (
            isinstance(found, np.ndarray)
            and found.dtype.kind == expected.dtype.kind
            and np.array_equal(found, expected)
        )
        return [] if same else [f"{where} is {_short(found)}, should be {_short(expected)}"]
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "iuf":
        return [f"{where} is {_short(found)}, should be an array of numbers"]
    if found.shape != expected.shape:
        return [f"{where} has shape {found.shape}, should have {expected.shape}"]
    differs = found != expected
    return _told(where, found, expected, differs)


def _check_object(found: Any, expected: dict[str, Any], where: str) -> list[str]:
    if not isinstance(found, dict) or set(found) != set(expected):
        return [f"{where} is {_short(found)}, should have the names {', '.join(map(str, expected))}"]
    return [reason for key in expected for reason in check_exact(found[key], expected[key], f"{where}.{key}")]


def _check_list(found: Any, expected: list[Any], where: str) -> list[str]:
    if not isinstance(found, list) or len(found) != len(expected):
        length = f"{len(found)} entries" if isinstance(found, list) else _short(found)
        return [f"{where} is {length}, should have {len(expected)} entries"]
    pairs = enumerate(zip(found, expected, strict=True))
    return [reason for n, (one, other) in pairs for reason in check_exact(one, other, f"{where}[{n}]")][:_MOST_TOLD]


def check_close(found: Any, expected: Any, where: str, rule: Rule, unit: Floats | float = 1.0) -> list[str]:
    """Say where numbers differ by more than a tolerance.

    Args:
        found: Number, nested lists or array.
        expected: The same of the reference.
        where: Name for messages.
        rule: Kind ``relative`` (to the expected value), ``absolute`` or ``pull``, and its tolerance.
        unit: Pull: the uncertainties, of the expected value's shape.
    """
    right = as_floats(expected, where)
    try:
        numbers = as_floats(found, where)
    except WrongError as error:
        return [str(error)]
    if numbers.shape != right.shape:
        return [f"{where} has shape {numbers.shape}, should have {right.shape}"]
    if not rule.nan and not np.isfinite(numbers).all():
        return [f"{where} has {np.count_nonzero(~np.isfinite(numbers))} NaN or infinite values"]
    scale = np.abs(right) if rule.kind == "relative" else np.broadcast_to(unit, right.shape)
    both_nan = np.isnan(right) & np.isnan(numbers) if rule.nan else np.zeros(right.shape, dtype=bool)
    with np.errstate(all="ignore"):
        close = np.abs(numbers - right) <= (rule.tolerance or 0.0) * scale
    return _told(where, numbers, right, ~(close | both_nan | (numbers == right)))


def _told(where: str, found: npt.NDArray[Any], expected: npt.NDArray[Any], differs: Any) -> list[str]:
    differs = np.atleast_1d(differs)
    n = int(np.count_nonzero(differs))
    if not n:
        return []
    places = np.argwhere(differs)[:_MOST_TOLD]
    flat_found, flat_expected = np.atleast_1d(found), np.atleast_1d(expected)
    shown = "; ".join(
        f"{where}{list(map(int, place)) if found.ndim else ''} is {flat_found[tuple(place)]:.10g}, "
        f"should be {flat_expected[tuple(place)]:.10g}"
        for place in places
    )
    return [shown if n <= _MOST_TOLD else f"{shown}; {n} of {differs.size} differ"]


def _short(value: Any) -> str:
    return f"an array of {value.dtype}, shape {value.shape}" if isinstance(value, np.ndarray) else reprlib.repr(value)


def row_order(found: Any, expected: Any, where: str) -> tuple[Sequence[int], Sequence[int]] | str:
    """Orders that bring the rows of two tables together by a key, or what is wrong with the key.

    Args:
        found: Keys found, whole numbers or texts, each once.
        expected: Keys of the reference.
        where: Name of the key for messages.
    """
    one, other = _keys(found), _keys(expected)
    if one is None or len(set(one)) != len(one):
        return f"{where} does not name each row once"
    if other is None or set(one) != set(other):
        n = len(set(one) ^ set(other or ()))
        return f"{where} names other rows: {n} are missing or too many"
    return sorted(range(len(one)), key=lambda n: str(one[n])), sorted(range(len(other)), key=lambda n: str(other[n]))


def _keys(value: Any) -> list[Any] | None:
    """A flat list of whole numbers or texts, 7.0 as 7; None when it is anything else."""
    listed = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(listed, list):
        return None
    keys = [int(key) if isinstance(key, float) and key.is_integer() else key for key in listed]
    return keys if all(isinstance(key, int | str) and not isinstance(key, bool) for key in keys) else None
