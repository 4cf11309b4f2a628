"""What it took: calls, tokens, seconds, dollars, for a task and for a success, with every attempt paid for."""

from collections.abc import Sequence

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.benchmarks.statistics.proportions import Interval
from hepcoder.benchmarks.statistics.resampling import ratio_interval
from hepcoder.benchmarks.statistics.selection import final_attempts, group_by
from hepcoder.ledger.record import Record

RESOURCES = ("usd", "seconds", "calls", "input_tokens", "output_tokens")


class Spent(Record):
    """How much of one resource was spent.

    Attributes:
        total: By all attempts, those that infrastructure spoiled too; None if it is unknown for any.
        per_cell: Total over the number of cells, or None.
        median: Median over cells, or None.
        quartiles: First and third quartile over cells, or None.
        per_cell_interval: Bootstrap over tasks, for `per_cell` on tasks like these; None below five tasks.
        per_success: Total over the number of successes; None without a success.
        per_success_interval: The same for `per_success`; None also if some draw of tasks has no success.
        unknown: Attempts that made calls and whose spending is not known: no price, no token counts.
    """

    total: float | None = None
    per_cell: float | None = None
    median: float | None = None
    quartiles: Interval | None = None
    per_cell_interval: Interval | None = None
    per_success: float | None = None
    per_success_interval: Interval | None = None
    unknown: int


class Spending(Record):
    """What an agent with a model spent on a set of cells.

    Attributes:
        cells: Number of cells.
        attempts: Number of attempts at them.
        successes: Cells that were right in the end.
        usd: Dollars.
        seconds: Wall time in seconds.
        calls: HTTP attempts.
        input_tokens: Tokens read.
        output_tokens: Tokens written.
    """

    cells: int
    attempts: int
    successes: int
    usd: Spent
    seconds: Spent
    calls: Spent
    input_tokens: Spent
    output_tokens: Spent


def spent_on(attempt: CellResult, resource: str) -> float | None:
    """Return what one attempt spent of a resource of `RESOURCES`, or None if that is not known.

    An attempt that made no call bought nothing, so its dollars and tokens are 0, not unknown.
    """
    value: float | None = getattr(attempt, resource)
    return 0.0 if value is None and attempt.calls == 0 else value


def spending(attempts: Sequence[CellResult], *, confidence: float = 0.95, seed: int = 0) -> Spending:
    """Return what a set of attempts took.

    Args:
        attempts: All attempts, not only the last at each cell.
        confidence: Level of the intervals.
        seed: Seed of the bootstrap.
    """
    final = final_attempts(attempts)
    spent = {resource: _spent(attempts, final, resource, confidence, seed) for resource in RESOURCES}
    successes = sum(cell.success is True for cell in final)
    return Spending(cells=len(final), attempts=len(attempts), successes=successes, **spent)


def by_task(attempts: Sequence[CellResult], resource: str) -> dict[str, float] | None:
    """Return what was spent on each task by all attempts, or None if it is unknown for any of them."""
    sums: dict[str, float] = {}
    for attempt in attempts:
        value = spent_on(attempt, resource)
        if value is None:
            return None
        sums[attempt.key.full_task] = sums.get(attempt.key.full_task, 0.0) + value
    return sums


def _spent(
    attempts: Sequence[CellResult], final: Sequence[CellResult], resource: str, confidence: float, seed: int
) -> Spent:
    import numpy as np

    sums = by_task(attempts, resource)
    if sums is None or not final:
        unknown = sum(spent_on(attempt, resource) is None for attempt in attempts)
        return Spent(unknown=unknown)
    groups = group_by(final, lambda key: key.full_task)
    successes = [sum(cell.success is True for cell in groups[task]) for task in sums]
    total, n_right = sum(sums.values()), sum(successes)
    each = np.quantile(list(_by_cell(attempts, resource).values()), [0.25, 0.5, 0.75])
    tops, sizes = list(sums.values()), [len(groups[task]) for task in sums]
    return Spent(
        total=total,
        per_cell=total / len(final),
        median=float(each[1]),
        quartiles=Interval(low=float(each[0]), high=float(each[2])),
        per_cell_interval=ratio_interval(tops, sizes, confidence=confidence, seed=seed),
        per_success=total / n_right if n_right else None,
        per_success_interval=ratio_interval(tops, successes, confidence=confidence, seed=seed),
        unknown=0,
    )


def _by_cell(attempts: Sequence[CellResult], resource: str) -> dict[CellKey, float]:
    sums: dict[CellKey, float] = {}
    for attempt in attempts:
        sums[attempt.key] = sums.get(attempt.key, 0.0) + (spent_on(attempt, resource) or 0.0)
    return sums
