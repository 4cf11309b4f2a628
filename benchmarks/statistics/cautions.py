"""What a reader must know before believing the tables."""

from collections.abc import Callable, Sequence

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.benchmarks.statistics.proportions import FEWEST_TASKS
from hepcoder.benchmarks.statistics.selection import final_attempts, group_by


def cautions(attempts: Sequence[CellResult]) -> tuple[str, ...]:
    """Return what weakens the study, a sentence each; empty if there is nothing to say."""
    final = final_attempts(attempts)
    return (
        *_parameters(attempts),
        *_names_served(attempts),
        *_unpriced(attempts),
        *_uncounted(final),
        *_changed_tasks(final),
        *_few_tasks(final),
        *_uneven(final),
    )


def _parameters(attempts: Sequence[CellResult]) -> list[str]:
    groups = group_by([cell for cell in attempts if cell.parameters_differ], lambda key: key.model)
    return [
        f"{model}: the sampling parameters sent are not those asked for in {len(cells)} "
        f"of {_number(attempts, lambda key: key.model, model)} attempts."
        for model, cells in sorted(groups.items())
    ]


def _names_served(attempts: Sequence[CellResult]) -> list[str]:
    found = []
    for model, cells in sorted(group_by(attempts, lambda key: key.model).items()):
        names = sorted({name for cell in cells for name in cell.models_served})
        if len(names) > 1:
            found.append(f"{model}: {len(names)} different models answered: {', '.join(names)}.")
    return found


def _unpriced(attempts: Sequence[CellResult]) -> list[str]:
    groups = group_by([cell for cell in attempts if cell.usd is None and cell.calls > 0], lambda key: key.model)
    return [
        f"{model}: {len(cells)} of {_number(attempts, lambda key: key.model, model)} attempts have no price; "
        "its dollars are unknown, not 0."
        for model, cells in sorted(groups.items())
    ]


def _uncounted(final: Sequence[CellResult]) -> list[str]:
    spoiled = sum(cell.infrastructure for cell in final)
    crashed = sum(not cell.infrastructure and not cell.counts for cell in final)
    found = []
    if spoiled:
        found.append(
            f"{spoiled} of {len(final)} cells were ended by infrastructure; rates are given without and with them."
        )
    if crashed:
        found.append(
            f"{crashed} of {len(final)} cells could not be graded, because the grader failed; rates are given without "
            "and with them."
        )
    return found


def _changed_tasks(final: Sequence[CellResult]) -> list[str]:
    found = []
    for task, cells in sorted(group_by(final, lambda key: key.full_task).items()):
        versions = len({cell.task_digest for cell in cells})
        if versions > 1:
            found.append(f"{task}: the task was changed during the study ({versions} versions); regrade or rerun it.")
    return found


def _few_tasks(final: Sequence[CellResult]) -> list[str]:
    n_tasks = len({cell.key.full_task for cell in final})
    if n_tasks >= FEWEST_TASKS:
        return []
    return [f"{n_tasks} tasks are too few to speak of tasks like these: no such interval below {FEWEST_TASKS}."]


def _uneven(final: Sequence[CellResult]) -> list[str]:
    groups = group_by(final, lambda key: key.contender)
    cells = {name: {(c.key.full_task, c.key.trial, c.key.data) for c in members} for name, members in groups.items()}
    every = set().union(*cells.values())
    return [
        f"{agent} with {model}: {len(every) - len(cells[agent, model])} of {len(every)} cells are missing."
        for agent, model in sorted(cells)
        if cells[agent, model] != every
    ]


def _number(cells: Sequence[CellResult], by: Callable[[CellKey], str], group: str) -> int:
    return sum(by(cell.key) == group for cell in cells)
