"""Reads JSON results and says what is wrong with them."""

import json
from typing import TYPE_CHECKING, Any

from hepcoder.ledger.failures import Failure
from hepcoder.tools.contract import Output, OutputField
from hepcoder.tools.number_checks import check_array, fail, is_count, missing_names

if TYPE_CHECKING:
    import numpy.typing as npt

_MAX_BYTES = 64 * 1024**2
_MAX_DEPTH = 32


def parse_json(content: bytes, file: str) -> Any:
    """Return what a JSON file holds, NaN and infinities as floats, or a `Failure` when it is not JSON."""
    if len(content) > _MAX_BYTES:
        return fail("output", "unreadable", f"{file} has {len(content):,} bytes; save arrays as .npz, not as JSON")
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return fail(
            "output", "unreadable", f"{file} is not valid JSON ({error}); write it with save_json({file!r}, ...)"
        )
    if _is_deep(found):
        return fail(
            "output", "unreadable", f"{file} is nested deeper than {_MAX_DEPTH} levels; save plain numbers by name"
        )
    return found


def _is_deep(found: Any) -> bool:
    level = [found]
    for _ in range(_MAX_DEPTH):
        lists = [each for each in level if isinstance(each, dict | list)]
        level = [part for each in lists for part in (each.values() if isinstance(each, dict) else each)]
    return any(isinstance(each, dict | list) for each in level)


def check_json(found: Any, output: Output) -> list[Failure]:
    """Say what is wrong with a JSON output: required names first, then values.

    Args:
        found: What the file holds.
        output: The contract; without fields, every number in the file must be finite and some count above zero.

    Returns:
        At most one failure for each required name.
    """
    file = output.file
    if not output.fields:
        return _check_free(found, file)
    if not isinstance(found, dict):
        name = output.fields[0].name
        message = f"{file} holds a {_word(found)}, not an object with names; write save_json({file!r}, {name}=...)"
        return [fail("output", "schema", message)]
    missing = missing_names(output, found)
    if missing:
        return missing
    return [failure for field in output.fields for failure in _check_value(file, field, found[field.name])]


def _check_value(file: str, field: OutputField, value: Any) -> list[Failure]:
    where = f"{field.name!r} in {file}"
    if value is None:
        return [fail("output", "schema", f"{where} is null; compute a number; was the selection empty?")]
    if isinstance(value, str):
        return _check_text(where, field, value)
    if isinstance(value, dict | list) and value and field.name == "cutflow":
        return []
    return _check_numbers(file, field, value)


def _check_numbers(file: str, field: OutputField, value: Any) -> list[Failure]:
    where = f"{field.name!r} in {file}"
    if isinstance(value, dict):
        return [fail("output", "schema", f"{where} is an object; save one number or a list of numbers")]
    if is_count(field.name) and isinstance(value, list) and not value:
        return [fail("physics", "empty_selection", f"{where} is an empty list; check the selection and the unit")]
    array = _as_array(value)
    if array is None:
        return [
            fail(
                "output",
                "schema",
                f"{where} is no number or even list of numbers in double range; save one number or a flat list",
            )
        ]
    return check_array(where, field.name, array, field) or _check_count(where, field.name, value)


def _check_text(where: str, field: OutputField, value: str) -> list[Failure]:
    """A text is fine unless a number is asked for or meant."""
    if not value.strip():
        return [fail("output", "empty", f"{where} is an empty text; write the result")]
    if field.unit or field.shape is not None or is_count(field.name) or _starts_with_number(value):
        return [fail("output", "schema", f"{where} is the text {value[:40]!r}; save a plain number")]
    return []


def _starts_with_number(text: str) -> bool:
    try:
        float(text.split(maxsplit=1)[0])
    except ValueError:
        return False
    return True


def _check_count(where: str, name: str, value: Any) -> list[Failure]:
    if not is_count(name) or isinstance(value, list):
        return []
    if isinstance(value, bool) or value < 0:
        return [fail("output", "schema", f"{where} is {value}; a number of events or objects is 0 or more")]
    if value == 0:
        message = f"{where} is 0: nothing passes; check the selection, the branch names and the unit (MeV or GeV)"
        return [fail("physics", "empty_selection", message)]
    return []


def _as_array(value: Any) -> "npt.NDArray[Any] | None":
    """The value as an array of numbers, or None when it is ragged or holds something else."""
    import numpy as np

    if not _only_numbers(value):
        return None
    try:
        array = np.asarray(value)
        return array.astype(np.float64) if array.dtype.kind == "O" else array
    except (ValueError, OverflowError):
        return None


def _only_numbers(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_only_numbers, value))
    return isinstance(value, bool | int | float)


def _check_free(found: Any, file: str) -> list[Failure]:
    """A JSON output without required names."""
    if found is None or found in ({}, [], ""):
        return [fail("output", "empty", f"{file} holds nothing; write the result with save_json({file!r}, ...)")]
    bad = [path for path, number in _numbers(found, "") if number != number or abs(number) == float("inf")]  # noqa: PLR0124
    if bad:
        message = f"{bad[0]!r} in {file} is NaN or infinite; select finite values, avoid dividing by zero"
        return [fail("output", "non_finite", message)]
    counts = {name: value for name, value in found.items() if is_count(name)} if isinstance(found, dict) else {}
    if counts and all(value == 0 for value in counts.values()):
        message = f"{', '.join(map(repr, counts))} in {file} are 0; check the selection, the branch names and the unit"
        return [fail("physics", "empty_selection", message)]
    return []


def _numbers(found: Any, path: str) -> list[tuple[str, float]]:
    if isinstance(found, dict):
        return [pair for key, value in found.items() for pair in _numbers(value, f"{path}.{key}".lstrip("."))]
    if isinstance(found, list):
        return [pair for index, value in enumerate(found) for pair in _numbers(value, f"{path}[{index}]")]
    return [(path, found)] if isinstance(found, int | float) else []


def _word(found: Any) -> str:
    return {list: "list", str: "text", bool: "true or false", type(None): "null"}.get(type(found), "number")
