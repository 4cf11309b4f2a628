"""Where the outputs of two scripts for one contract differ."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hepcoder.ledger.failures import Failure
from hepcoder.ledger.record import Record
from hepcoder.tools.contract import Output
from hepcoder.tools.safe_files import read_output

TOLERANCE = 1e-5
LAST = "last row"
_COMPARED = frozenset({"json", "npz", "csv", "parquet"})


class OutputDifference(Record):
    """One named result that is not the same in both.

    Attributes:
        file: The file.
        name: Key, array or column; empty for a file that one of the two lacks.
        text: Both values, or where they first differ, in a line.
    """

    file: str
    name: str
    text: str


class OutputComparison(Record):
    """Two sets of outputs side by side.

    Attributes:
        compared: What was compared, as ``file:name``.
        left_out: Files that cannot be compared by value, such as figures, and tables of different make.
        differences: What differs.
    """

    compared: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    differences: tuple[OutputDifference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether something was compared and nothing differs."""
        return bool(self.compared) and not self.differences


def compare_outputs(outputs: Sequence[Output], first: Path, second: Path) -> OutputComparison:
    """Compare what two scripts left behind.

    Args:
        outputs: The contract; of a file without names, such as a cutflow, those that both have are compared, for the
            others are each script's own choice, and the last numbers where there is no such name.
        first: Folder of one.
        second: Folder of the other.

    Returns:
        Numbers are the same within `TOLERANCE` relative, texts to the letter.
    """
    compared, left_out, differences = [], [], []
    for output in outputs:
        if output.kind not in _COMPARED:
            left_out.append(output.file)
            continue
        both = [_named(folder, output) for folder in (first, second)]
        if not output.fields and both[0] and both[1]:
            both = _of_one_naming(both)
            left_out += [] if both[0] else [output.file]
        names = [field.name for field in output.fields] or list({**both[0], **both[1]})
        compared += [f"{output.file}:{name}" for name in names]
        for name in names:
            text = _difference(both[0].get(name), both[1].get(name))
            if text:
                differences.append(OutputDifference(file=output.file, name=name, text=text))
    return OutputComparison(compared=tuple(compared), left_out=tuple(left_out), differences=tuple(differences))


def _of_one_naming(both: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Two files whose contract has no names, with the names that both have; without any, the last row or nothing."""
    shared = [name for name in both[0] if name in both[1]]
    if shared:
        return [{name: one[name] for name in shared} for one in both]
    numbers = all(isinstance(value, int | float) for one in both for value in one.values())
    return [{LAST: list(one.values())[-1]} for one in both] if numbers else [{}, {}]


def _named(folder: Path, output: Output) -> Mapping[str, Any]:
    """The named values of a file; none where it is missing or unreadable, which the contract's check tells."""
    content = read_output(folder, output.file)
    if isinstance(content, Failure):
        return {}
    try:
        return _READERS[output.kind](content)
    except (ValueError, OSError, KeyError):
        return {}


def _read_json(content: bytes) -> Mapping[str, Any]:
    found = json.loads(content)
    return found if isinstance(found, dict) else {"": found}


def _read_npz(content: bytes) -> Mapping[str, Any]:
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {name: arrays[name].tolist() for name in arrays.files}


def _read_csv(content: bytes) -> Mapping[str, Any]:
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    return {name: [_number_or_text(row[name]) for row in rows] for name in (rows[0] if rows else {})}


def _read_parquet(content: bytes) -> Mapping[str, Any]:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(content))
    return {name: table[name].to_pylist() for name in table.column_names}


_READERS = {"json": _read_json, "npz": _read_npz, "csv": _read_csv, "parquet": _read_parquet}


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _difference(one: Any, other: Any) -> str:
    """Where two plain values first differ, in a line; empty where they are the same."""
    if one is None or other is None:
        return "" if one is other else f"only one of the two has it: {_short(one if other is None else other)}"
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{len(one)} against {len(other)} entries"
        wrong = [place for place, pair in enumerate(zip(one, other, strict=True)) if _difference(*pair)]
        at = wrong[0] if wrong else 0
        more = f", and in {len(wrong) - 1} more" if len(wrong) > 1 else ""
        return f"entry {at} is {_short(one[at])} against {_short(other[at])}{more}" if wrong else ""
    if isinstance(one, dict) and isinstance(other, dict):
        wrong_keys = [key for key in {**one, **other} if _difference(one.get(key), other.get(key))]
        told = [f"{key} is {_short(one.get(key))} against {_short(other.get(key))}" for key in wrong_keys[:3]]
        return "; ".join(told)
    return "" if _same(one, other) else f"{_short(one)} against {_short(other)}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= TOLERANCE * max(abs(one), abs(other)) or one == other
    return bool(one == other)


def _short(value: Any) -> str:
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
