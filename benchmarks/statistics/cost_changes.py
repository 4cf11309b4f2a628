"""What became of a cost from one run to the next."""

from collections.abc import Sequence

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.statistics.proportions import FEWEST_TASKS, Interval
from hepcoder.benchmarks.statistics.resampling import percentiles, ratio_replicates, task_draws
from hepcoder.benchmarks.statistics.selection import final_attempts, group_by
from hepcoder.benchmarks.statistics.spending import by_task
from hepcoder.ledger.record import Record


class CostChange(Record):
    """How the cost of a cell changed.

    Attributes:
        resource: ``usd``, ``seconds``, ``calls``, ``input_tokens`` or ``output_tokens``.
        before: Per cell in the first run, or None if unknown.
        after: Per cell in the second run, or None if unknown.
        ratio: After over before, or None if either is unknown or before is 0.
        interval: Of the ratio, bootstrap over tasks; None below five tasks.
        changed: Whether the interval leaves out 1; None without an interval.
    """

    resource: str
    before: float | None
    after: float | None
    ratio: float | None
    interval: Interval | None
    changed: bool | None


def cost_change(
    old: Sequence[CellResult], new: Sequence[CellResult], resource: str, *, confidence: float = 0.95, seed: int = 0
) -> CostChange:
    """Return how the cost of a cell changed, over the tasks of both runs.

    Args:
        old: All attempts of one agent with one model in the first run.
        new: The same in the second run.
        resource: What is paid, one of `hepcoder.benchmarks.statistics.spending.RESOURCES`.
        confidence: Level of the interval.
        seed: Seed of the bootstrap.
    """
    common = sorted({cell.key.full_task for cell in old} & {cell.key.full_task for cell in new})
    (tops, sizes), (new_tops, new_sizes) = (_sums(cells, common, resource) for cells in (old, new))
    before = None if tops is None or not common else sum(tops) / sum(sizes)
    after = None if new_tops is None or not common else sum(new_tops) / sum(new_sizes)
    interval = None
    if tops is not None and new_tops is not None and before and len(common) >= FEWEST_TASKS:
        draws = task_draws(len(common), seed=seed)
        earlier, later = ratio_replicates(draws, tops, sizes), ratio_replicates(draws, new_tops, new_sizes)
        interval = percentiles(later / earlier, confidence=confidence) if (earlier > 0).all() else None
    return CostChange(
        resource=resource,
        before=before,
        after=after,
        ratio=after / before if after is not None and before else None,
        interval=interval,
        changed=None if interval is None else not interval.low <= 1 <= interval.high,
    )


def _sums(cells: Sequence[CellResult], tasks: Sequence[str], resource: str) -> tuple[list[float] | None, list[int]]:
    kept = [cell for cell in cells if cell.key.full_task in tasks]
    spent = by_task(kept, resource)
    groups = group_by(final_attempts(kept), lambda key: key.full_task)
    return (None if spent is None else [spent[task] for task in tasks]), [len(groups[task]) for task in tasks]
