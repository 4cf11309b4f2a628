"""The output contract: read it from text, check it before a run, examine what a run left."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import get_args

from hepcoder.ledger.errors import TaskError
from hepcoder.tools.contract import Output, OutputField, OutputKind
from hepcoder.tools.examine import examine_outputs, read_cutflow, read_values

__all__ = ["check_outputs", "examine_outputs", "parse_output", "read_cutflow", "read_values"]

_KINDS: tuple[OutputKind, ...] = get_args(OutputKind)
_WITH_FIELDS = ("json", "npz", "csv", "parquet", "root")
_FIELD = re.compile(r"\s*(?P<name>[^\[\],:]*[^\[\],:\s])\s*(?:\[\s*(?P<unit>[^\[\]]*[^\[\]\s])\s*\])?\s*")


def parse_output(text: str) -> Output:
    """Read one output contract, ``FILE`` or ``FILE:NAME,NAME[UNIT],...``.

    Args:
        text: File name with a known suffix, and the names that must be in it, each with its unit in brackets.

    Returns:
        The contract.

    Raises:
        TaskError: If the file name is empty, absolute, leaves the folder or has an unknown suffix, or if a name is not
            valid.

    Example:
        >>> output = parse_output("result.json:n_selected,mean_mass[GeV]")
        >>> output.kind, [(field.name, field.unit) for field in output.fields]
        ('json', [('n_selected', None), ('mean_mass', 'GeV')])
    """
    file, colon, names = text.partition(":")
    name = _checked_name(file.strip(), text)
    kind = _kind(name)
    if colon and kind not in _WITH_FIELDS:
        message = f"output {text!r}: a .{kind} file holds no named values; write {name!r} alone"
        raise TaskError(message)
    fields = tuple(_field(part, text) for part in names.split(",")) if colon else ()
    _refuse_twice([field.name for field in fields], f"output {text!r} names")
    return Output(file=name, kind=kind, fields=fields)


def check_outputs(outputs: Sequence[Output]) -> None:
    """Ensure that the contract can be met: each file once, inside the run folder, its kind as its suffix says.

    Raises:
        TaskError: If it cannot.

    Example:
        >>> check_outputs([parse_output("result.json"), parse_output("plot.png")])
    """
    names = [_checked_name(output.file, output.file) for output in outputs]
    _refuse_twice(names, "the outputs name")
    for name, output in zip(names, outputs, strict=True):
        if _kind(name) != output.kind:
            message = f"output {name!r} is said to be {output.kind}; its suffix says {_kind(name)}; make them agree"
            raise TaskError(message)
        inside = [other for other in names if PurePosixPath(name) in PurePosixPath(other).parents]
        if inside:
            message = f"output {name!r} would be a file and the folder of {inside[0]!r}; rename one of them"
            raise TaskError(message)


def _checked_name(file: str, text: str) -> str:
    if not file or file.endswith("/"):
        message = f"output {text!r} has no file name; write it like result.json:n_selected,mean_mass[GeV]"
        raise TaskError(message)
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or "\\" in file or not file.isprintable() or file.startswith("~"):
        message = f"output {file!r} is outside the run folder; give a plain relative name such as {_tail(file)!r}"
        raise TaskError(message)
    return str(path)


def _tail(file: str) -> str:
    tail = re.split(r"[/\\]", file)[-1]
    return tail if tail.isprintable() and tail not in ("", "..") else "result.json"


def _kind(name: str) -> OutputKind:
    suffix = PurePosixPath(name).suffix[1:]
    for kind in _KINDS:
        if suffix == kind:
            return kind
    message = f"output {name!r} has an unknown suffix; end it in one of {', '.join('.' + kind for kind in _KINDS)}"
    raise TaskError(message)


def _field(part: str, text: str) -> OutputField:
    match = _FIELD.fullmatch(part)
    if match is None:
        message = (
            f"output {text!r}: {part!r} is no name; write NAME or NAME[UNIT], such as mean_mass[GeV], parted by commas"
        )
        raise TaskError(message)
    return OutputField(name=match["name"], unit=match["unit"])


def _refuse_twice(names: Sequence[str], what: str) -> None:
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        message = f"{what} {twice[0]!r} twice; name it once"
        raise TaskError(message)
