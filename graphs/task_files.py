"""Tasks as files: YAML with named fields, or plain text that is the request itself."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from hepcoder.graphs.task import Task
from hepcoder.ledger.errors import TaskError
from hepcoder.tools.outputs import parse_output


def load_task(path: Path) -> Task:
    """Read a task.

    A ``.yaml`` or ``.yml`` file holds the fields of `Task`; outputs may be short, ``result.json:n_selected``, and
    relative input paths are relative to the file. Any other file is the request, to the letter: a sentence, or the
    three sections (cuts, plots, outputs) of CoLLM.

    Raises:
        TaskError: The file is missing, not readable as a task, or a field is wrong; names the field.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot read the task file {str(path)!r}: {error}"
        raise TaskError(message) from error
    if path.suffix not in {".yaml", ".yml"}:
        return make_task({"prompt": text}, source=str(path))
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        message = f"{str(path)!r} is not valid YAML: {error}"
        raise TaskError(message) from error
    if not isinstance(data, dict):
        message = f"{str(path)!r} must be a mapping with at least 'prompt', not {type(data).__name__}"
        raise TaskError(message)
    return make_task(_resolved(data, path.parent), source=str(path))


def make_task(data: dict[str, Any], *, source: str) -> Task:
    """Make a task from plain data, naming `source` and the field when something is wrong.

    Raises:
        TaskError: A field is missing, unknown or has a wrong value.
    """
    try:
        return Task.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}{_given(item['input'])}" for item in error.errors()
        )
        message = f"{source} is not a task: {problems}"
        raise TaskError(message) from error


def _given(value: object) -> str:
    """Return what was given, when it is short enough to help."""
    return f", not {value!r}" if isinstance(value, int | float | str) and len(repr(value)) <= 60 else ""


def _resolved(data: dict[str, Any], folder: Path) -> dict[str, Any]:
    resolved = dict(data)
    if isinstance(data.get("inputs"), list):
        resolved["inputs"] = [folder / str(item) for item in data["inputs"]]
    if isinstance(data.get("outputs"), list):
        resolved["outputs"] = [parse_output(item) if isinstance(item, str) else item for item in data["outputs"]]
    return resolved
