"""From what somebody asks for, as plain data, to a study that can begin."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hepcoder.agents.models.prices import UserPrice, parse_price
from hepcoder.agents.models.registry import parse_model
from hepcoder.agents.options import BASELINE_TRIES
from hepcoder.benchmarks.harness.study import ModelEntry, Study, repeated
from hepcoder.benchmarks.harness.tasks import find_tasks
from hepcoder.ledger.errors import TaskError

AGENTS = ("supervisor", *BASELINE_TRIES)
CONTROLS: Mapping[str, str] = {"no_data": "none", "null_data": "null"}
_LISTS = ("suites", "tasks", "models", "agents", "controls")
_PLAIN = ("name", "seed", "trials", "options", "budget", "limits", "max_usd", "second_grade")


def make_study(asked: Mapping[str, Any], *, source: str, root: Path | None = None, base: Study | None = None) -> Study:
    """Check what is asked for.

    Args:
        asked: ``models``, each a name or the fields of `ModelEntry` with a price as ``INPUT,OUTPUT``; ``suites`` and
            ``tasks``; and as one likes ``agents``, ``controls`` (``no_data``, ``null_data``), and the other fields of
            `Study`.
        source: Who asks, for messages.
        root: Folder that relative paths of tasks begin from; None takes the working folder.
        base: A study that is there already and says what is not asked for.

    Raises:
        TaskError: A field is missing, unknown or wrong; names it.
        ModelNotFoundError: A model is unknown, or looks misspelt.
        SuiteError: A suite or a task is unknown or not usable.
    """
    unknown = sorted(set(asked) - {*_LISTS, *_PLAIN})
    if unknown:
        message = f"{source} has unknown fields {', '.join(unknown)}; there are {', '.join((*_LISTS, *_PLAIN))}"
        raise TaskError(message)
    lists = {name: _list(asked, name, source) for name in _LISTS}
    models = tuple(_model(item, source) for item in lists["models"]) or (base.models if base else ())
    agents = tuple(lists["agents"]) or (base.agents if base else ("supervisor",))
    _refuse_repeated([entry.name for entry in models], "models", source)
    _refuse_repeated(agents, "agents", source)
    _refuse_unknown(agents, AGENTS, "agent")
    _refuse_unknown(lists["controls"], tuple(CONTROLS), "control")
    if not models:
        message = f"{source} names no model; a model is VENDOR:MODEL, see: hepcoder models"
        raise TaskError(message)
    if base is not None and not lists["suites"] and not lists["tasks"]:
        tasks = base.tasks
    else:
        tasks = find_tasks(lists["suites"], [_path(name, root) for name in lists["tasks"]])
    fields: dict[str, Any] = {name: getattr(base, name) for name in _PLAIN} if base else {}
    fields |= {name: asked[name] for name in _PLAIN if asked.get(name) is not None}
    fields |= {"tasks": tasks, "models": models, "agents": agents}
    fields["data"] = ("full", *dict.fromkeys(CONTROLS[name] for name in lists["controls"]))
    try:
        return Study.model_validate(fields)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        message = f"{source} is no study: {problems}"
        raise TaskError(message) from error


def _model(item: Any, source: str) -> ModelEntry:
    fields = {"name": item} if isinstance(item, str) else item
    try:
        data = dict(fields)
        if isinstance(data.get("price"), str):
            data["price"] = parse_price(data["price"])
        elif isinstance(data.get("price"), Sequence):
            data["price"] = UserPrice(input=data["price"][0], output=data["price"][1])
        entry = ModelEntry.model_validate(data)
    except (ValidationError, TypeError, ValueError, IndexError) as error:
        why = " ".join(str(error).split())[:200]
        message = (
            f"{source} has a model {item!r} that is neither VENDOR:MODEL nor name, base_url, price, in_flight: {why}"
        )
        raise TaskError(message) from error
    parse_model(entry.name, check=entry.base_url is None)
    return entry


def _list(asked: Mapping[str, Any], name: str, source: str) -> list[Any]:
    value = asked.get(name) or []
    if isinstance(value, str) or not isinstance(value, Sequence):
        message = f"{source}: {name} must be a list, not {value!r}"
        raise TaskError(message)
    return list(value)


def _path(name: Any, root: Path | None) -> str:
    text = str(name)
    return str(root / text) if root is not None and text.startswith(".") else text


def _refuse_repeated(names: Sequence[str], what: str, source: str) -> None:
    twice = repeated(names)
    if twice:
        message = f"{source} names {', '.join(twice)} more than once among its {what}; name each once"
        raise TaskError(message)


def _refuse_unknown(names: Sequence[Any], known: Sequence[str], what: str) -> None:
    for name in names:
        if name not in known:
            message = f"there is no {what} {name!r}; there are {', '.join(known)}"
            raise TaskError(message)
