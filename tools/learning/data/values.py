"""What the events of the files must fulfil: finite numbers, ids that occur once, weights, no empty split."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.data.columns import dropped, ids_of
from hepcoder.tools.learning.data.contract import Opened
from hepcoder.tools.learning.data.report import DataReport, ProcessReport
from hepcoder.tools.learning.data.rows import ContractError, Rows, Wanted
from hepcoder.tools.learning.data.splitting import hash_key, split_of, uniform_of
from hepcoder.tools.learning.data.tables import Table
from hepcoder.tools.learning.inputs import SPLITS, Process, Splitting

_ROWS = 16_384
_MOST_IDS = 4_000_000


@dataclass
class _Tally:
    """Sums over the events of a process, as they are read."""

    events: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(SPLITS), dtype=np.int64))
    sum_of_weights: float = 0.0
    sum_of_sizes: float = 0.0
    negative: int = 0
    dropped: dict[str, int] = field(default_factory=dict)


def check_values(opened: Sequence[Opened], wanted: Wanted, splitting: Splitting) -> DataReport:
    """Read all events once and check them.

    Args:
        opened: The processes.
        wanted: What is read of them.
        splitting: Shares of the events.

    Returns:
        Numbers of events, weights and objects left out.

    Raises:
        ContractError: As `check_processes`, for what needs the events.
    """
    reports = []
    for one in opened:
        tally = _Tally()
        for table in one.tables:
            _read(table, one.process, wanted, tally, splitting=splitting)
        check_unique(one, wanted.event_id)
        reports.append(_report(one, tally))
    _check_splits(reports)
    return DataReport(processes=tuple(reports))


def _read(table: Table, process: Process, wanted: Wanted, tally: _Tally, *, splitting: Splitting) -> None:
    where = f"{table.path} of process {process.name!r}"
    if not sum(table.groups):
        message = f"{where} has no events; leave it out"
        raise ContractError(message)
    wrong: dict[str, tuple[int, int]] = {}
    for rows in table.rows(wanted, range(len(table.groups)), _ROWS):
        ids = ids_of(rows.columns[wanted.event_id], where)
        for name, row, times in _not_finite(rows, wanted):
            first, before = wrong.get(name, (int(ids[row]), 0))
            wrong[name] = (first, before + times)
        _count(rows, wanted, tally, split_of(ids, process.name, splitting))
    if wrong:
        told = ", ".join(f"{name!r} {times} times, first in event {first}" for name, (first, times) in wrong.items())
        message = (
            f"{where}: missing, NaN or beyond the range of float32: {told}; select events where all is known, "
            "or write a number that says it is not"
        )
        raise ContractError(message)


def check_unique(opened: Opened, column: str, *, most: int = _MOST_IDS) -> None:
    """Check that no id occurs twice in the files of a process.

    More ids than fit are checked in several passes over their column, each for a share of them by their hash.

    Args:
        opened: The process.
        column: Column of the ids.
        most: Ids held at a time, about.

    Raises:
        ContractError: One does; names the ids and the files.
    """
    total = sum(sum(table.groups) for table in opened.tables)
    passes = -(-total // most)
    key = hash_key(opened.process.name, 0)
    for one in range(passes):
        found = []
        for table in opened.tables:
            for values in table.numbers(column, _ROWS):
                ids = ids_of(values, str(table.path))
                found.append(ids if passes == 1 else ids[(uniform_of(ids, key) * passes).astype(np.int64) == one])
        ordered = np.sort(np.concatenate(found))
        twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if twice.size:
            _fail_twice(opened, column, twice)


def _fail_twice(opened: Opened, column: str, twice: npt.NDArray[np.int64]) -> None:
    files = [
        str(table.path)
        for table in opened.tables
        if any(np.isin(ids_of(values, ""), twice[:1]).any() for values in table.numbers(column, _ROWS))
    ]
    message = (
        f"process {opened.process.name!r}: {twice.size} event ids occur more than once, the first {twice[0]} in "
        f"{' and '.join(files)}; one event in two splits would leak, so give each event an id of its own "
        f"in column {column!r}"
    )
    raise ContractError(message)


def _not_finite(rows: Rows, wanted: Wanted) -> Iterator[tuple[str, int, int]]:
    """(column, first row, number) of numbers that are not finite."""
    for name in wanted.columns:
        if name != wanted.event_id and not np.isfinite(rows.columns[name]).all():
            wrong = np.flatnonzero(~np.isfinite(rows.columns[name]))
            yield name, int(wrong[0]), wrong.size
    for (name, one), jagged in rows.lists.items():
        if not np.isfinite(jagged.values).all():
            wrong = np.flatnonzero(~np.isfinite(jagged.values))
            yield f"{name}.{one}", int(np.searchsorted(np.cumsum(jagged.counts), wrong[0], side="right")), wrong.size


def _count(rows: Rows, wanted: Wanted, tally: _Tally, splits: npt.NDArray[np.int64]) -> None:
    tally.events += np.bincount(splits, minlength=len(SPLITS))
    weights = np.ones(len(rows)) if wanted.weight is None else rows.columns[wanted.weight].astype(np.float64)
    tally.sum_of_weights += float(weights.sum())
    tally.sum_of_sizes += float(np.abs(weights).sum())
    tally.negative += int((weights < 0).sum())
    for name, number in dropped(rows, wanted).items():
        tally.dropped[name] = tally.dropped.get(name, 0) + number


def _report(one: Opened, tally: _Tally) -> ProcessReport:
    if not tally.sum_of_sizes:
        message = f"process {one.process.name!r}: all weights are 0; write weights, or set weight_column=None"
        raise ContractError(message)
    return ProcessReport(
        name=one.process.name,
        label=one.process.label,
        events=dict(zip(SPLITS, tally.events.tolist(), strict=True)),
        sum_of_weights=tally.sum_of_weights * one.process.scale,
        negative_weights=tally.negative,
        dropped=tally.dropped,
    )


def _check_splits(reports: Sequence[ProcessReport]) -> None:
    for label in dict.fromkeys(one.label for one in reports):
        of_label = [one for one in reports if one.label == label]
        for split in SPLITS:
            if not sum(one.events[split] for one in of_label):
                total = sum(one.n_events for one in of_label)
                message = (
                    f"no event of class {label!r} is in the {split} split, of {total} in "
                    f"{', '.join(one.name for one in of_label)}; give more events, or raise the share of the split"
                )
                raise ContractError(message)
