"""The programs of a task: its reference, the edits of it, and the maker of its data; compiled, never imported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from hepcoder.benchmarks.suites.errors import EditError, MissingReferenceError
from hepcoder.benchmarks.suites.task import BenchTask, Edit

Program = Callable[..., Any]


def reference_source(task: BenchTask) -> str:
    """The text of the reference.

    Raises:
        MissingReferenceError: There is none, or it defines no `analyse`.
    """
    return _source(task.reference, "analyse", f"the reference of {task.name}")


def maker_path(task: BenchTask) -> Path:
    """The file that makes the data: the one named, else the task's ``make.py``, else the suite's ``maker.py``.

    Raises:
        MissingReferenceError: There is none, or it defines no `make`.
    """
    places = [task.folder / task.maker] if task.maker else [task.folder / "make.py", task.folder.parent / "maker.py"]
    path = next((place for place in places if place.is_file()), places[-1])
    _source(path, "make", f"the maker of {task.name}")
    return path


def edited_source(task: BenchTask, edit: Edit) -> str:
    """The reference with an edit made.

    Raises:
        EditError: An old text is not in the reference exactly once, nothing changes, or the result is not Python.
        MissingReferenceError: There is no reference, or the other source is missing.
    """
    source = reference_source(task)
    if edit.source is not None:
        if edit.replace:
            message = f"{edit.name!r} of {task.name} has both replace and source; keep one"
            raise EditError(message)
        return _source(task.folder / edit.source, "analyse", f"{edit.name!r} of {task.name}")
    edited = source
    for old, new in edit.replace:
        times = edited.count(old) if old else 0
        if times != 1:
            message = f"{edit.name!r} of {task.name}: {old!r} is in the reference {times} times; quote it exactly, once"
            raise EditError(message)
        edited = edited.replace(old, new)
    if edited == source:
        message = f"{edit.name!r} of {task.name} changes nothing; give replace: [old, new] or source: FILE"
        raise EditError(message)
    try:
        compile(edited, edit.name, "exec")
    except SyntaxError as error:
        message = f"{edit.name!r} of {task.name} is not Python after its edit: {error}"
        raise EditError(message) from error
    return edited


def compiled(source: str, function: str, where: str) -> Program:
    """A function defined by a program's text, in a namespace of its own.

    Args:
        source: Python source.
        function: Name of the function.
        where: File name for tracebacks.

    Raises:
        MissingReferenceError: The program does not define the function.
    """
    namespace: dict[str, Any] = {"__name__": "hepcoder_benchmark_program", "__file__": where}
    exec(compile(source, where, "exec"), namespace)  # noqa: S102  our own programs, from the suite's folder
    if not callable(namespace.get(function)):
        message = f"{where} defines no function {function!r}"
        raise MissingReferenceError(message)
    program: Program = namespace[function]
    return program


def _source(path: Path, function: str, what: str) -> str:
    try:
        source = path.read_text(encoding="utf-8")
    except OSError as error:
        message = f"{what} cannot be read: {path} ({error.strerror})"
        raise MissingReferenceError(message) from error
    if f"def {function}(" not in source:
        message = f"{what}, {path}, has no 'def {function}('"
        raise MissingReferenceError(message)
    return source
