"""From a study to its cells, each named by a digest of all that its outcome depends on."""

import hashlib
import json
from functools import cached_property

from hepcoder.agents.manifests import without_credentials
from hepcoder.agents.options import Options
from hepcoder.benchmarks.cells import CellKey
from hepcoder.benchmarks.harness.study import ModelEntry, Study, TaskEntry
from hepcoder.graphs.task import Budget
from hepcoder.ledger.record import Record
from hepcoder.sandbox.records import Limits

_VERSION = 1


class Cell(Record):
    """One agent with one model on one trial of one task.

    Attributes:
        key: What it measures.
        task: The task, by digest.
        model: The model.
        options: How the agent works, its name and sampling seed filled in.
        budget: What it may spend.
        limits: Bounds on each run of a script; None takes the sandbox's own.
    """

    key: CellKey
    task: TaskEntry
    model: ModelEntry
    options: Options
    budget: Budget
    limits: Limits | None = None

    @cached_property
    def digest(self) -> str:
        """The cell's name: sha256 over task, trial, agent and its options, model and its address, budget and limits.

        What a call costs and how many cells may be under way change no outcome and are not in it.
        """
        url = self.model.base_url
        content = {
            "v": _VERSION,
            "key": self.key.model_dump(mode="json"),
            "task": self.task.digest,
            "base_url": None if url is None else without_credentials(url),
            "options": self.options.model_dump(mode="json", exclude={"price"}),
            "budget": self.budget.model_dump(mode="json"),
            "limits": None if self.limits is None else self.limits.model_dump(mode="json"),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def cells_of(study: Study) -> tuple[Cell, ...]:
    """All cells of a study; a first part of them is a small study of all tasks, models and agents."""
    return tuple(
        _cell(study, task, model, key)
        for trial in range(study.trials)
        for task in study.tasks
        for model in study.models
        for agent in study.agents
        for data in study.data
        if data != "null" or task.null
        for key in [
            CellKey(
                suite=task.suite,
                task=task.task,
                trial=trial,
                agent=agent,
                model=model.name,
                seed=seed_of(study.seed, task.name, trial),
                data=data,
            )
        ]
    )


def seed_of(seed: int, task: str, trial: int) -> int:
    """The seed of a trial's constants and data, the same for every model and agent; from 0 to 2**31 - 1.

    Example:
        >>> seed_of(1, "adl/q1", 0) == seed_of(1, "adl/q1", 0) != seed_of(1, "adl/q1", 1)
        True
    """
    digest = hashlib.sha256(f"{seed}:{task}:{trial}".encode()).digest()
    return int.from_bytes(digest[:4]) >> 1


def fresh_seed(seed: int) -> int:
    """The seed of the data on which the script of a cell that passed runs once more."""
    return seed_of(seed, "second", 0)


def _cell(study: Study, task: TaskEntry, model: ModelEntry, key: CellKey) -> Cell:
    options = study.options
    sampling = None if options.seed is None else options.seed + key.trial
    filled = options.model_copy(update={"agent": key.agent, "seed": sampling, "price": model.price or options.price})
    settled = filled.settled(model.name)
    return Cell(key=key, task=task, model=model, options=settled, budget=study.budget, limits=study.limits)
