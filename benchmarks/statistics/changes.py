"""Two runs of a study side by side: what changed, and whether it is more than chance."""

from collections.abc import Iterable, Sequence
from typing import Literal

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.benchmarks.statistics.cost_changes import CostChange, cost_change
from hepcoder.benchmarks.statistics.selection import (
    counts_by_task,
    final_attempts,
    group_by,
    ordinary,
)
from hepcoder.benchmarks.statistics.spending import RESOURCES
from hepcoder.benchmarks.statistics.stratified import (
    Difference,
    Stratum,
    difference,
    exact_cmh,
    holm,
    smallest_detectable,
)
from hepcoder.ledger.record import Record

Outcome = Literal["right", "wrong", "not measured"]


class ContenderChange(Record):
    """How one agent with one model changed.

    Attributes:
        agent: The agent.
        model: The model.
        before: Right and measured trials in the first run, on the tasks of both.
        after: The same in the second run.
        difference: Rate after less before, or None if there is no task in common.
        p: Exact two-sided p-value stratified by task, or None if there is no task in common.
        p_holm: Corrected for the number of contenders.
        detectable: Smallest true change that so many trials would show in four cases of five, or None.
        changed: Whether success changed at the level of the comparison; None if `p` is None.
        costs: What became of each cost.
    """

    agent: str
    model: str
    before: tuple[int, int]
    after: tuple[int, int]
    difference: Difference | None
    p: float | None
    p_holm: float | None
    detectable: float | None
    changed: bool | None
    costs: tuple[CostChange, ...]


class Flip(Record):
    """A cell whose outcome is not the same in both runs.

    Attributes:
        key: The cell.
        before: Its outcome in the first run.
        after: Its outcome in the second run.
    """

    key: CellKey
    before: Outcome
    after: Outcome


class Comparison(Record):
    """Two runs side by side.

    Attributes:
        confidence: Level of the intervals; one less the level of the tests.
        changed_tasks: Tasks that are not the same in both runs; they are left out of every number.
        only_before: Cells of the first run that the second lacks.
        only_after: Cells of the second run that the first lacks.
        contenders: Every agent with every model that is in both.
        flips: Cells with another outcome, and what they were.
        same_cells: Cells with the same outcome in both.
    """

    confidence: float
    changed_tasks: tuple[str, ...]
    only_before: tuple[CellKey, ...]
    only_after: tuple[CellKey, ...]
    contenders: tuple[ContenderChange, ...]
    flips: tuple[Flip, ...]
    same_cells: int


def compare(
    before: Iterable[CellResult], after: Iterable[CellResult], *, confidence: float = 0.95, seed: int = 0
) -> Comparison:
    """Return what changed from one run to another, over ordinary data, and whether it is more than chance.

    Trials of the two runs are not paired, for a model answers anew each time: they are compared by task.

    Args:
        before: All attempts of the first run.
        after: All attempts of the second run.
        confidence: Level of the intervals; one less the level of the family of tests.
        seed: Seed of the bootstrap.

    Raises:
        CellsError: An attempt is there twice.
    """
    old, new = ordinary(before), ordinary(after)
    changed = _changed_tasks(old, new)
    old = tuple(cell for cell in old if cell.key.full_task not in changed)
    new = tuple(cell for cell in new if cell.key.full_task not in changed)
    old_final = {cell.key: cell for cell in final_attempts(old)}
    new_final = {cell.key: cell for cell in final_attempts(new)}
    both = [key for key in old_final if key in new_final]
    flips = tuple(
        Flip(key=key, before=_outcome(old_final[key]), after=_outcome(new_final[key]))
        for key in both
        if old_final[key].success is not new_final[key].success
    )
    return Comparison(
        confidence=confidence,
        changed_tasks=changed,
        only_before=tuple(key for key in old_final if key not in new_final),
        only_after=tuple(key for key in new_final if key not in old_final),
        contenders=_contenders(old, new, confidence=confidence, seed=seed),
        flips=flips,
        same_cells=len(both) - len(flips),
    )


def _contenders(
    old: Sequence[CellResult], new: Sequence[CellResult], *, confidence: float, seed: int
) -> tuple[ContenderChange, ...]:
    old_groups, new_groups = (group_by(cells, lambda key: key.contender) for cells in (old, new))
    names = sorted(old_groups.keys() & new_groups.keys())
    strata = {name: _strata(old_groups[name], new_groups[name]) for name in names}
    p_values = [exact_cmh(strata[name]) for name in names]
    found = []
    for name, p, p_holm in zip(names, p_values, holm(p_values), strict=True):
        after_n, before_n = sum(s.a_n for s in strata[name]), sum(s.b_n for s in strata[name])
        found.append(
            ContenderChange(
                agent=name[0],
                model=name[1],
                before=(sum(s.b_right for s in strata[name]), before_n),
                after=(sum(s.a_right for s in strata[name]), after_n),
                difference=difference(strata[name], confidence=confidence),
                p=p,
                p_holm=p_holm,
                detectable=smallest_detectable(after_n, before_n, tests=len(names), level=1 - confidence),
                changed=None if p_holm is None else p_holm <= 1 - confidence,
                costs=tuple(
                    cost_change(old_groups[name], new_groups[name], resource, confidence=confidence, seed=seed)
                    for resource in RESOURCES
                ),
            )
        )
    return tuple(found)


def _strata(old: Sequence[CellResult], new: Sequence[CellResult]) -> tuple[Stratum, ...]:
    before, after = counts_by_task(final_attempts(old)), counts_by_task(final_attempts(new))
    return tuple(
        Stratum(a_right=after[task][0], a_n=after[task][1], b_right=before[task][0], b_n=before[task][1])
        for task in sorted(before.keys() & after.keys())
    )


def _changed_tasks(old: Sequence[CellResult], new: Sequence[CellResult]) -> tuple[str, ...]:
    before, after = _digests(old), _digests(new)
    return tuple(sorted(task for task in before.keys() & after.keys() if before[task] != after[task]))


def _digests(cells: Sequence[CellResult]) -> dict[str, set[str]]:
    groups = group_by(cells, lambda key: key.full_task)
    return {task: {cell.task_digest for cell in members} for task, members in groups.items()}


def _outcome(cell: CellResult) -> Outcome:
    if cell.success is None:
        return "not measured"
    return "right" if cell.success else "wrong"
