"""Which contenders no other beats in both success and cost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hepcoder.benchmarks.cells import CellResult
from hepcoder.benchmarks.statistics.proportions import FEWEST_TASKS, Interval
from hepcoder.benchmarks.statistics.resampling import percentiles, ratio_replicates, task_draws
from hepcoder.benchmarks.statistics.selection import counts_by_task, final_attempts, group_by, ordinary
from hepcoder.benchmarks.statistics.spending import by_task
from hepcoder.ledger.record import Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ParetoPoint(Record):
    """One agent with one model in the plane of cost and success.

    Attributes:
        agent: The agent.
        model: The model.
        cost: Cost per cell, all attempts paid.
        rate: Rate of success.
        cost_interval: Bootstrap over tasks; None below five tasks.
        rate_interval: From the same draws of tasks; None below five tasks, or where a draw has no trial that counts.
        on_front: No contender is at least as good in both and better in one.
        front_share: Share of the draws of tasks in which it is on the front, or None below five tasks.
    """

    agent: str
    model: str
    cost: float
    rate: float
    cost_interval: Interval | None
    rate_interval: Interval | None
    on_front: bool
    front_share: float | None


class Pareto(Record):
    """Success against one kind of cost.

    Attributes:
        resource: The cost: ``usd``, ``seconds``, ``calls``, ``input_tokens`` or ``output_tokens``.
        points: The contenders whose cost and success are known, cheapest first.
        left_out: The contenders, as agent and model, whose cost or success is not known.
    """

    resource: str
    points: tuple[ParetoPoint, ...]
    left_out: tuple[tuple[str, str], ...]


def pareto(attempts: Sequence[CellResult], resource: str, *, confidence: float = 0.95, seed: int = 0) -> Pareto:
    """Return success against cost, with intervals on both axes from common draws of tasks.

    Args:
        attempts: All attempts of all contenders.
        resource: What is paid, one of `hepcoder.benchmarks.statistics.spending.RESOURCES`.
        confidence: Level of the intervals.
        seed: Seed of the draws.
    """
    import numpy as np

    groups = group_by(ordinary(attempts), lambda key: key.contender)
    tasks = sorted({cell.key.full_task for cell in ordinary(attempts)})
    known = {name: sums for name in sorted(groups) if (sums := _sums(groups[name], tasks, resource)) is not None}
    if not known:
        return Pareto(resource=resource, points=(), left_out=tuple(sorted(groups)))
    costs = {name: sum(spent) / sum(cells) for name, (spent, cells, _, _) in known.items()}
    rates = {name: sum(right) / sum(counts) for name, (_, _, right, counts) in known.items()}
    front = on_front(np.array(list(costs.values())), np.array(list(rates.values())))
    points = []
    draws = task_draws(len(tasks), seed=seed)
    drawn_costs = [ratio_replicates(draws, spent, cells) for spent, cells, _, _ in known.values()]
    drawn_rates = [ratio_replicates(draws, right, counts) for _, _, right, counts in known.values()]
    fronts = on_front(np.transpose(drawn_costs), np.transpose(drawn_rates))
    enough = len(tasks) >= FEWEST_TASKS
    for i, name in enumerate(known):
        points.append(
            ParetoPoint(
                agent=name[0],
                model=name[1],
                cost=costs[name],
                rate=rates[name],
                cost_interval=percentiles(drawn_costs[i], confidence=confidence) if enough else None,
                rate_interval=percentiles(drawn_rates[i], confidence=confidence) if enough else None,
                on_front=bool(front[i]),
                front_share=float(fronts[:, i].mean()) if enough else None,
            )
        )
    left_out = tuple(name for name in sorted(groups) if name not in known)
    return Pareto(resource=resource, points=tuple(sorted(points, key=lambda p: (p.cost, -p.rate))), left_out=left_out)


def on_front(costs: "NDArray[np.float64]", rates: "NDArray[np.float64]") -> "NDArray[np.bool_]":
    """Return for each point whether no other is at least as cheap and as good, and better in one of the two.

    Args:
        costs: Costs of shape ``(..., n)``; each row is a set of points of its own.
        rates: Rates of the same shape. A point whose cost or rate is NaN is not on the front.

    Example:
        >>> import numpy as np
        >>> on_front(np.array([1.0, 2.0, 3.0]), np.array([0.5, 0.9, 0.8])).tolist()
        [True, True, False]
    """
    import numpy as np

    cost, rate = costs[..., :, None], rates[..., :, None]
    other_cost, other_rate = costs[..., None, :], rates[..., None, :]
    no_worse = (other_cost <= cost) & (other_rate >= rate)
    better = (other_cost < cost) | (other_rate > rate)
    return ~(no_worse & better).any(axis=-1) & np.isfinite(costs) & np.isfinite(rates)


_Sums = tuple[list[float], list[int], list[int], list[int]]


def _sums(attempts: Sequence[CellResult], tasks: Sequence[str], resource: str) -> _Sums | None:
    """By task: what was spent, cells, successes, trials that count; None if cost or success is not known."""
    spent, final = by_task(attempts, resource), final_attempts(attempts)
    counts = counts_by_task(final)
    if spent is None or not counts:
        return None
    cells = {task: len(group) for task, group in group_by(final, lambda key: key.full_task).items()}
    return (
        [spent.get(task, 0.0) for task in tasks],
        [cells.get(task, 0) for task in tasks],
        [counts.get(task, (0, 0))[0] for task in tasks],
        [counts.get(task, (0, 0))[1] for task in tasks],
    )
