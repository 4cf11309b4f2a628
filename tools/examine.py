"""Looks at what a script left behind: is each required output there, readable, complete and not a dummy?"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from hepcoder.ledger.failures import Failure
from hepcoder.ledger.record import Record
from hepcoder.tools.array_checks import check_npy, check_npz
from hepcoder.tools.contract import Output, OutputKind
from hepcoder.tools.json_checks import check_json, parse_json
from hepcoder.tools.number_checks import fail
from hepcoder.tools.png import PngError, read_png
from hepcoder.tools.safe_files import read_output
from hepcoder.tools.table_checks import check_csv, check_parquet, check_root

_MIN_PIXELS = 64
_MOST_EVENTS = 1e300
_ROUNDING = 1e-9


class CutflowRow(Record):
    """One row of a cutflow: the cut's name and the events left after it, weighted or not."""

    name: str
    n_events: float


def examine_outputs(folder: Path, outputs: Sequence[Output]) -> tuple[Failure, ...]:
    """Say what is wrong with the outputs of a script.

    Nothing in the files is run or followed: no pickles, no links, and sizes are bounded.

    Args:
        folder: The folder that the script wrote to.
        outputs: The contract.

    Returns:
        Failures in the order of the contract, at most one for each file or named value; empty when all is well.
        Each message says what to do.
    """
    failures: list[Failure] = []
    for output in outputs:
        content = read_output(folder, output.file)
        failures += [content] if isinstance(content, Failure) else _CHECKS[output.kind](content, output)
    rows = read_cutflow(folder)
    if rows:
        failures += _check_cutflow(rows)
    return tuple(dict.fromkeys(failures))


def read_values(folder: Path, outputs: Sequence[Output]) -> Mapping[str, object]:
    """Return the numbers and texts found in the JSON outputs, by name.

    Args:
        folder: The folder that the script wrote to.
        outputs: The contract.

    Returns:
        Numbers, booleans and texts of all readable JSON objects; of two equal names the first one stays.
    """
    values: dict[str, object] = {}
    for output in outputs:
        found = _json_in(folder, output.file) if output.kind == "json" else None
        if isinstance(found, dict):
            for name, value in found.items():
                if isinstance(value, bool | int | float | str):
                    values.setdefault(name, value)
    return values


def read_cutflow(folder: Path) -> tuple[CutflowRow, ...] | None:
    """Return the cutflow that a script saved.

    Args:
        folder: The folder that the script wrote to.

    Returns:
        The rows of ``cutflow.json``, or of the first other JSON file with a ``cutflow`` key; None when there is none.
    """
    if not folder.is_dir():
        return None
    rows = _rows(_json_in(folder, "cutflow.json"))
    if rows is not None:
        return rows
    for path in sorted(folder.glob("*.json")):
        found = _json_in(folder, path.name)
        rows = _rows(found.get("cutflow")) if isinstance(found, dict) else None
        if rows is not None:
            return rows
    return None


def _json_in(folder: Path, name: str) -> object:
    content = read_output(folder, name)
    if isinstance(content, Failure):
        return None
    parsed = parse_json(content, name)
    return None if isinstance(parsed, Failure) else parsed


def _rows(found: object) -> tuple[CutflowRow, ...] | None:
    """Rows of a list of {"name", "n_events"}, or of a mapping of names and whole numbers; None when it is neither."""
    if isinstance(found, dict) and "cutflow" in found:
        found = found["cutflow"]
    if isinstance(found, dict):
        whole = all(isinstance(n, int) for n in found.values())
        found = [{"name": name, "n_events": n} for name, n in found.items()] if whole else None
    if not isinstance(found, list) or not found:
        return None
    rows = [_row(each) for each in found]
    known = tuple(row for row in rows if row is not None)
    return known if len(known) == len(rows) else None


def _row(each: object) -> CutflowRow | None:
    if isinstance(each, list) and len(each) == 2:
        each = {"name": each[0], "n_events": each[1]}
    if not isinstance(each, dict):
        return None
    name = next((each[key] for key in ("name", "cut", "label") if key in each), None)
    n = next((each[key] for key in ("n_events", "events", "count", "n") if key in each), None)
    if not isinstance(name, str) or isinstance(n, bool) or not isinstance(n, int | float) or not abs(n) < _MOST_EVENTS:
        return None
    return CutflowRow(name=name, n_events=float(n))


def _check_cutflow(rows: Sequence[CutflowRow]) -> list[Failure]:
    for before, after in pairwise(rows):
        if after.n_events > before.n_events + _ROUNDING * abs(before.n_events):
            message = (
                f"the cutflow rises from {before.n_events:g} ({before.name!r}) to {after.n_events:g} ({after.name!r}); "
                "apply each cut to the events left by the cut before it"
            )
            return [fail("physics", "non_monotonic_cutflow", message)]
    return []


def _check_png(content: bytes, output: Output) -> list[Failure]:
    try:
        facts = read_png(content)
    except PngError as error:
        return [
            fail("output", "unreadable", f"{output.file} is not a PNG image: {error}; use plot_histogram or savefig")
        ]
    if facts.width < _MIN_PIXELS or facts.height < _MIN_PIXELS:
        least = f"{_MIN_PIXELS} x {_MIN_PIXELS}"
        message = f"{output.file} has {facts.width} x {facts.height} pixels; draw a figure of at least {least}"
        return [fail("output", "empty", message)]
    if facts.one_colour:
        message = (
            f"{output.file} is blank, all pixels have one colour; draw before saving, and save before plt.show or close"
        )
        return [fail("output", "empty", message)]
    return []


def _check_pdf(content: bytes, output: Output) -> list[Failure]:
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-1024:]:
        return []
    return [fail("output", "unreadable", f"{output.file} is not a whole PDF; write it with savefig")]


def _check_svg(content: bytes, output: Output) -> list[Failure]:
    if b"<svg" in content[:4096] and b"</svg>" in content[-1024:]:
        return []
    return [fail("output", "unreadable", f"{output.file} is not a whole SVG; write it with savefig")]


def _check_txt(content: bytes, output: Output) -> list[Failure]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return [fail("output", "unreadable", f"{output.file} is not text in UTF-8")]
    return (
        [] if text.strip() else [fail("output", "empty", f"{output.file} holds only blanks; write the result into it")]
    )


def _check_json(content: bytes, output: Output) -> list[Failure]:
    parsed = parse_json(content, output.file)
    return [parsed] if isinstance(parsed, Failure) else check_json(parsed, output)


_CHECKS: Mapping[OutputKind, Callable[[bytes, Output], list[Failure]]] = {
    "json": _check_json,
    "npz": check_npz,
    "npy": check_npy,
    "csv": check_csv,
    "parquet": check_parquet,
    "png": _check_png,
    "pdf": _check_pdf,
    "svg": _check_svg,
    "root": check_root,
    "txt": _check_txt,
}
