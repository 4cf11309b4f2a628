"""What a study measures, as one frozen file; it may grow, and never changes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import Field, ValidationError

from hepcoder.agents.models.prices import UserPrice
from hepcoder.agents.options import AgentName, Options
from hepcoder.benchmarks.cells import Data
from hepcoder.graphs.task import Budget
from hepcoder.ledger.errors import RunError, TaskError
from hepcoder.ledger.files import write_atomically
from hepcoder.ledger.record import Record
from hepcoder.sandbox.records import Limits

Item = TypeVar("Item")


class ModelEntry(Record):
    """A model under test.

    Attributes:
        name: ``vendor:model``.
        base_url: Another address for the vendor's API, or of an OpenAI-compatible server.
        price: USD per million input and output tokens, for a model without a known price.
        in_flight: Cells of this model that may be under way at once; None sets no bound, but for ``local:`` models,
            which start a server each, it is 1.
    """

    name: str
    base_url: str | None = None
    price: UserPrice | None = None
    in_flight: int | None = Field(default=None, ge=1)

    @property
    def most_in_flight(self) -> int | None:
        """The bound that holds; None for none."""
        return 1 if self.in_flight is None and self.name.startswith("local:") else self.in_flight


class TaskEntry(Record):
    """A task of the study.

    Attributes:
        suite: Its suite.
        task: Its id within the suite.
        digest: sha256 over its folder when it joined the study, or was last graded again.
        null: Whether there is data of it with nothing to be found.
        folder: Where it lies, for a task that is not one of the shipped suites; None for these.
    """

    suite: str
    task: str
    digest: str
    null: bool = False
    folder: Path | None = None

    @property
    def name(self) -> str:
        """``suite/task``."""
        return f"{self.suite}/{self.task}"


class Study(Record):
    """All that is to be measured: every agent with every model on every trial of every task.

    Attributes:
        created: When it was first asked for.
        name: For titles.
        seed: From which the seeds of all trials follow.
        trials: Repetitions of each task, each with constants and data of its own.
        tasks: The tasks.
        models: The models.
        agents: The agents under test.
        data: ``full`` and the controls: ``null`` (data with nothing in it to find, for the tasks that have such data)
            and ``none`` (no data at all).
        options: How the agents work; `agent`, `seed` and `price` are filled in for each cell.
        budget: What one cell may spend, the same for all.
        limits: Bounds on each run of a script; None takes the sandbox's own.
        max_usd: What the whole study may spend, failed attempts included; None sets no bound.
        second_grade: Whether the script of a cell that passed runs once more on data of a fresh seed.
    """

    v: Literal[1] = 1
    created: datetime = Field(default_factory=lambda: datetime.now(UTC))
    name: str = "study"
    seed: int = 1
    trials: int = Field(default=1, ge=1)
    tasks: tuple[TaskEntry, ...] = Field(min_length=1)
    models: tuple[ModelEntry, ...] = Field(min_length=1)
    agents: tuple[AgentName, ...] = Field(default=("supervisor",), min_length=1)
    data: tuple[Data, ...] = Field(default=("full",), min_length=1)
    options: Options = Options()
    budget: Budget = Budget()
    limits: Limits | None = None
    max_usd: Decimal | None = Field(default=None, ge=0)
    second_grade: bool = True


_SETTLED = ("seed", "options", "budget", "limits")


def grow(old: Study, new: Study) -> Study:
    """The study that holds all of both.

    Models, tasks, agents and controls are added, trials only become more; the newer name, bound on dollars, prices and
    `in_flight` hold.

    Raises:
        RunError: They differ in what every cell depends on, or in the address of a model, or a task has changed; names
            all of it.
    """
    wrong = [name for name in _SETTLED if getattr(old, name) != getattr(new, name)]
    addresses = {entry.name: entry.base_url for entry in old.models}
    wrong += [
        f"address of {entry.name}"
        for entry in new.models
        if entry.name in addresses and addresses[entry.name] != entry.base_url
    ]
    digests = {entry.name: entry.digest for entry in old.tasks}
    wrong += [f"task {entry.name}" for entry in new.tasks if digests.get(entry.name, entry.digest) != entry.digest]
    if wrong:
        message = f"the study was begun with other settings ({', '.join(wrong)}), and its cells could not be compared; "
        message += "begin another study, or, where only a task changed, see: hepcoder bench regrade"
        raise RunError(message)
    return new.model_copy(
        update={
            "created": old.created,
            "trials": max(old.trials, new.trials),
            "tasks": _united(old.tasks, new.tasks, lambda entry: entry.name),
            "models": _united(old.models, new.models, lambda entry: entry.name),
            "agents": _united(old.agents, new.agents, str),
            "data": _united(old.data, new.data, str),
            "max_usd": new.max_usd if new.max_usd is not None else old.max_usd,
        }
    )


def write_study(path: Path, study: Study) -> None:
    """Put a study on disk, whole or not at all.

    Raises:
        StorageError: It cannot be written.
    """
    data = study.model_dump(mode="json")
    write_atomically(path, [yaml.safe_dump(data, sort_keys=False, allow_unicode=True).encode()])


def read_study(path: Path) -> Study:
    """Read a frozen study.

    Raises:
        RunError: There is none, or it is damaged.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Study.model_validate(data)
    except FileNotFoundError as error:
        message = f"{path.parent} is no study: it has no {path.name}; begin one with: hepcoder bench run"
        raise RunError(message) from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        message = f"{path} cannot be read as a study: {_short(error)}; restore it from a copy"
        raise RunError(message) from error


def read_matrix(path: Path) -> dict[str, Any]:
    """Read a matrix as its author wrote it, as plain data.

    Raises:
        TaskError: The file is missing or is no YAML mapping.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"the study file {str(path)!r} cannot be read: {_short(error)}"
        raise TaskError(message) from error
    if not isinstance(data, dict):
        message = f"the study file {str(path)!r} must be a mapping with at least 'models' and 'tasks' or 'suites'"
        raise TaskError(message)
    return data


def _united(old: Sequence[Item], new: Sequence[Item], name: Any) -> tuple[Item, ...]:
    """The old ones in their order, each as the newer says, then those that are new."""
    newer = {name(item): item for item in new}
    kept = [newer.pop(name(item), item) for item in old]
    return (*kept, *newer.values())


def repeated(names: Iterable[str]) -> list[str]:
    """The names that occur more than once.

    Example:
        >>> repeated(["a", "b", "a"])
        ['a']
    """
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
