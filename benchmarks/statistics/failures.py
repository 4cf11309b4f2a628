"""Which failures were met, by stage, class and model."""

from collections import Counter
from collections.abc import Iterable

from hepcoder.benchmarks.cells import CellResult
from hepcoder.ledger.failures import FAILURE_CLASSES
from hepcoder.ledger.record import Record


class FailureTally(Record):
    """How often one agent with one model met one class of failure.

    Attributes:
        stage: Where it was noticed.
        name: The class within the stage.
        agent: The agent.
        model: The model.
        occurrences: How often, repaired ones and spoiled attempts too.
        attempts: In how many attempts at a cell.
        ended: How many attempts that were not right had it as their last failure.
        counts: Whether it counts against the model; None if the class is not in the ledger's table.
        meaning: The class in words, or an empty text if it is not in the ledger's table.
    """

    stage: str
    name: str
    agent: str
    model: str
    occurrences: int
    attempts: int
    ended: int
    counts: bool | None
    meaning: str


def failures(attempts: Iterable[CellResult]) -> tuple[FailureTally, ...]:
    """Return how often each failure was met by each agent with each model, most frequent first."""
    occurrences: Counter[tuple[str, str, str]] = Counter()
    cells: Counter[tuple[str, str, str]] = Counter()
    ended: Counter[tuple[str, str, str]] = Counter()
    for attempt in attempts:
        keys = [(label, *attempt.key.contender) for label in attempt.failures]
        occurrences.update(keys)
        cells.update(set(keys))
        if keys and attempt.success is not True:
            ended[keys[-1]] += 1
    order = sorted(occurrences, key=lambda key: (-occurrences[key], key))
    return tuple(_tally(key, occurrences[key], cells[key], ended[key]) for key in order)


def _tally(key: tuple[str, str, str], occurrences: int, attempts: int, ended: int) -> FailureTally:
    label, agent, model = key
    stage, _, name = label.partition(".")
    rows = {f"{row.stage}.{row.name}": row for row in FAILURE_CLASSES.values()}
    row = rows.get(label)
    return FailureTally(
        stage=stage,
        name=name,
        agent=agent,
        model=model,
        occurrences=occurrences,
        attempts=attempts,
        ended=ended,
        counts=None if row is None else row.counts,
        meaning="" if row is None else row.meaning,
    )
