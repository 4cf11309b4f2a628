"""How a command speaks: one JSON document or text on stdout, everything else on stderr."""

import json
import math
import traceback
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from hepcoder.ui.exits import Exit
from hepcoder.ui.text import clean

if TYPE_CHECKING:
    from rich.console import Console


FILE_WIDTH = 160

_GRAPH_NOTE = "During task with name"  # LangGraph adds one to every error; it tells users nothing


def say_json(document: object) -> None:
    """Print one JSON document on stdout; NaN and infinities become texts, dollars too."""
    click.echo(json.dumps(strict(document), indent=2, default=str))


def strict(value: Any) -> Any:
    """Return plain data in which every number is one that JSON knows.

    Example:
        >>> strict({"a": [1.5, float("nan")]})
        {'a': [1.5, 'nan']}
    """
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [strict(item) for item in value]
    return value


def report_error(error: Exception, code: Exit, *, debug: bool, as_json: bool) -> None:
    """Tell the user of an error: one line, then its notes; a traceback only on demand."""
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True)
    message = clean(str(error)) or type(error).__name__
    notes = [clean(note) for note in getattr(error, "__notes__", ()) if not note.startswith(_GRAPH_NOTE)]
    click.echo("\n".join([f"error: {message}", *notes]), err=True)
    if as_json:
        name = type(error).__name__
        say_json({"error": {"type": name, "message": message, "notes": notes}, "exit_code": int(code)})


def make_console(*, stderr: bool = False) -> "Console":
    """Return a console that takes text as it is: no markup, no emoji codes, no guessing of colours."""
    from rich.console import Console

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console
