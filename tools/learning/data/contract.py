"""What files must fulfil before a classifier is trained on them, checked before anything else is done."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from hepcoder.tools.learning.data.report import DataReport
from hepcoder.tools.learning.data.rows import ContractError, Wanted
from hepcoder.tools.learning.data.tables import Table, open_table, place_of
from hepcoder.tools.learning.inputs import Inputs, Process, Splitting
from hepcoder.tools.selection.vocabulary import known_or_nearest

# Letters of names that tell what an event is or which one it is, and so may not be looked at.
_TELLING = frozenset(
    [
        *("label", "labels", "class", "target", "truth", "process", "sample", "split", "issignal", "isbackground"),
        *("weight", "weights", "eventweight", "mcweight", "genweight", "sumweights", "xsection", "crosssection"),
        *("event", "events", "eventid", "eventnumber", "run", "runnumber", "luminosityblock", "lumi", "entry", "index"),
    ]
)
_MOST_TOLD = 8


@dataclass(frozen=True)
class Opened:
    """A process and its files, looked into but not read.

    Attributes:
        process: The process.
        tables: One for each file.
    """

    process: Process
    tables: tuple[Table, ...]


def check_processes(
    processes: Sequence[Process],
    inputs: Inputs,
    splitting: Splitting,
    *,
    id_column: str = "event_id",
    weight_column: str | None = "weight",
) -> DataReport:
    """Check everything that the files of a training must fulfil; reads all of them once, in bounded memory.

    Args:
        processes: At least two classes.
        inputs: What a classifier will look at.
        splitting: Shares of the events.
        id_column: Column of the event ids.
        weight_column: Column of the weights; None where each event counts once.

    Returns:
        Numbers of events, weights and objects left out.

    Raises:
        ContractError: A file or a column is missing or of the wrong kind, an id occurs twice, a number is missing, NaN
            or infinite, the inputs tell the class, there is one class only, a split of a class is empty, or all
            weights of a process are 0; names file, process and column.
    """
    from hepcoder.tools.learning.data.values import check_values

    wanted = Wanted(inputs, id_column, weight_column)
    return check_values(open_processes(processes, wanted), wanted, splitting)


def open_processes(processes: Sequence[Process], wanted: Wanted) -> tuple[Opened, ...]:
    """Look into the files, and check all that can be checked without reading them.

    Args:
        processes: At least two classes.
        wanted: What will be read of them.

    Raises:
        ContractError: As `check_processes`, but for what needs the events.
    """
    _fail([*_of_names(processes), *_of_inputs(wanted)])
    opened = tuple(Opened(one, tuple(open_table(path) for path in one.files)) for one in processes)
    found = [what for one in opened for table in one.tables for what in of_columns(table, wanted, _named(one.process))]
    _fail(found)
    return opened


def of_columns(table: Table, wanted: Wanted, who: str = "") -> Iterator[str]:
    """What is wrong with the columns of a file.

    Args:
        table: The file.
        wanted: What will be read of it.
        who: Whose file it is, for the messages.
    """
    where = f"{table.path}{who and f' of {who}'}"
    columns = table.columns
    if wanted.event_id not in columns:
        yield (
            f"{where} has no column {wanted.event_id!r} with event ids (nearest: {_nearest(wanted.event_id, table)}); "
            "write them with the selection, or name the column that tells the events of the process apart"
        )
    elif columns[wanted.event_id].shape != "number" or columns[wanted.event_id].kind not in "iu":
        yield f"{where}: event ids must be integers; column {wanted.event_id!r} has others"
    for name in wanted.columns:
        if name == wanted.event_id:
            continue
        if name not in columns:
            way = "; add it, or set weight_column=None to count events" if name == wanted.weight else ""
            yield f"{where} has no column {name!r}; nearest: {_nearest(name, table)}{way}"
        elif columns[name].shape != "number" or columns[name].kind == "O":
            yield f"{where}: column {name!r} must have one number in each event; lists belong into inputs.objects"
    for name, field in wanted.fields:
        place = place_of(columns, name, field)
        if place is None:
            known = _nearest(f"{name}_{field}", table)
            yield f"{where} has no list {name!r} with the field {field!r}; nearest: {known}"
        elif columns[place].kind == "O":
            yield f"{where}: {place!r} must hold numbers"


def tells_the_event(name: str) -> bool:
    """Whether a column by its name tells what an event is or which one it is, and so may not be looked at.

    Example:
        >>> tells_the_event("genWeight"), tells_the_event("jet_pt")
        (True, False)
    """
    return re.sub("[^a-z]", "", name.lower()) in _TELLING


def _of_names(processes: Sequence[Process]) -> Iterator[str]:
    labels = list(dict.fromkeys(one.label for one in processes))
    if len(labels) < 2:
        found = f"only {labels[0]!r}" if labels else "none"
        yield f"a classifier needs at least two classes, there is {found}; give a process with another label"
    twice = [name for name, times in Counter(one.name for one in processes).items() if times > 1]
    if twice:
        yield f"processes named twice: {', '.join(twice)}; list all files of a process together"
    files = Counter(Path(path).resolve() for one in processes for path in one.files)
    for path, times in files.items():
        if times > 1:
            who = [one.name for one in processes for each in one.files if Path(each).resolve() == path]
            yield f"{path} is given {times} times, by {', '.join(who)}; its events would leak between the splits"


def _of_inputs(wanted: Wanted) -> Iterator[str]:
    names = [*wanted.inputs.event, *(field for _, field in wanted.fields)]
    telling = [
        name for name in dict.fromkeys(names) if name in {wanted.event_id, wanted.weight} or tells_the_event(name)
    ]
    if telling:
        yield (
            f"{', '.join(telling)} among the inputs would tell a classifier what the event is or which one it is, "
            "not what it looks like; leave it out"
        )


def _named(process: Process) -> str:
    return f"process {process.name!r}"


def _nearest(name: str, table: Table) -> str:
    return known_or_nearest(name, table.columns) or "none, the file has no columns"


def _fail(found: Sequence[str]) -> None:
    if found:
        more = f"; and {len(found) - _MOST_TOLD} more" if len(found) > _MOST_TOLD else ""
        raise ContractError("; ".join(found[:_MOST_TOLD]) + more)
