"""Which attempts are graded, which are paid for, and how cells are grouped."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from hepcoder.benchmarks.cells import CellKey, CellResult
from hepcoder.ledger.errors import UserError

Group = TypeVar("Group", bound=Hashable)


class CellsError(UserError):
    """A sequence of cells cannot be summarised: it is empty, or holds an attempt twice."""


def final_attempts(cells: Iterable[CellResult]) -> tuple[CellResult, ...]:
    """Return the last attempt at every cell, in the order of the keys.

    Args:
        cells: Attempts in any order.

    Raises:
        CellsError: An attempt at a cell is there twice.
    """
    last: dict[CellKey, CellResult] = {}
    seen: set[tuple[CellKey, int]] = set()
    for cell in cells:
        if (cell.key, cell.attempt) in seen:
            msg = f"attempt {cell.attempt} at {describe(cell.key)} is there twice; give each attempt its own number"
            raise CellsError(msg)
        seen.add((cell.key, cell.attempt))
        if cell.key not in last or last[cell.key].attempt < cell.attempt:
            last[cell.key] = cell
    return tuple(last[key] for key in sorted(last, key=sort_key))


def group_by(cells: Iterable[CellResult], by: Callable[[CellKey], Group]) -> dict[Group, tuple[CellResult, ...]]:
    """Return the cells of each group, groups and cells in the order they come in."""
    groups: dict[Group, list[CellResult]] = defaultdict(list)
    for cell in cells:
        groups[by(cell.key)].append(cell)
    return {group: tuple(members) for group, members in groups.items()}


def ordinary(cells: Iterable[CellResult]) -> tuple[CellResult, ...]:
    """Return the cells with ordinary data; controls are left out."""
    return tuple(cell for cell in cells if cell.key.data == "full")


def counted(cells: Iterable[CellResult]) -> tuple[CellResult, ...]:
    """Return the cells that measure the agent: spoiled neither by infrastructure nor by the grader."""
    return tuple(cell for cell in cells if cell.counts)


def counts_by_task(cells: Sequence[CellResult]) -> dict[str, tuple[int, int]]:
    """Return successes and trials of each task, of cells that count; tasks in alphabetical order."""
    groups = group_by(counted(cells), lambda key: key.full_task)
    return {task: (sum(cell.success is True for cell in groups[task]), len(groups[task])) for task in sorted(groups)}


def sort_key(key: CellKey) -> tuple[str, str, str, str, str, int, int]:
    """Return what cells are ordered by: suite, task, agent, model, data, trial, seed."""
    return (key.suite, key.task, key.agent, key.model, key.data, key.trial, key.seed)


def describe(key: CellKey) -> str:
    """Return a cell's name for messages.

    Example:
        >>> describe(CellKey(suite="adl", task="q1", trial=2, agent="plain", model="local:a", seed=7))
        'adl/q1, trial 2 (seed 7), plain with local:a'
    """
    data = "" if key.data == "full" else f", {key.data} data"
    return f"{key.full_task}, trial {key.trial} (seed {key.seed}), {key.agent} with {key.model}{data}"
