"""Processes and inputs from what files hold, for those who name neither."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from hepcoder.tools.learning.data.contract import tells_the_event
from hepcoder.tools.learning.data.rows import ContractError
from hepcoder.tools.learning.data.tables import Table, open_table
from hepcoder.tools.learning.inputs import KINEMATIC_FIELDS, Inputs, ObjectList, Process

Files = str | Path | Sequence[str | Path]
Samples = Files | Mapping[str, Files]
MOST_OBJECTS = 16


def processes_of(samples: Samples, label: str) -> tuple[Process, ...]:
    """The processes of a class.

    Args:
        samples: A file, files of one process, or files by the name of their process.
        label: The class.

    Example:
        >>> [one.name for one in processes_of({"wjets": "w.parquet", "tt": ["a.parquet", "b.parquet"]}, "background")]
        ['wjets', 'tt']
        >>> processes_of("data/higgs.parquet", "signal")[0].name
        'higgs'
    """
    if isinstance(samples, Mapping):
        return tuple(Process(name=name, label=label, files=_files(files)) for name, files in samples.items())
    files = _files(samples)
    return (Process(name=Path(files[0]).stem, label=label, files=files),)


def inputs_of(
    processes: Sequence[Process], *, id_column: str = "event_id", weight_column: str | None = "weight"
) -> Inputs:
    """Every column that a classifier may look at: those that all files have and that do not tell what the event is.

    Args:
        processes: The files.
        id_column: Column of the event ids.
        weight_column: Column of the weights.

    Raises:
        ContractError: A file cannot be read, or no column is left.
    """
    tables = [open_table(path) for one in processes for path in one.files]
    common = [name for name in tables[0].columns if all(name in one.columns for one in tables)]
    apart = {id_column, weight_column}
    event = [name for name in common if name not in apart and _is_number(tables[0], name) and not tells_the_event(name)]
    lists: dict[str, list[str]] = {}
    for name in common:
        if tables[0].columns[name].shape == "list" and tables[0].columns[name].kind in "iufb":
            collection, _, field = name.partition(".") if "." in name else name.rpartition("_")
            if collection and not tells_the_event(field):
                lists.setdefault(collection, []).append(field)
    objects = tuple(ObjectList(name=one, fields=_ordered(fields), most=MOST_OBJECTS) for one, fields in lists.items())
    if not event and not objects:
        message = f"no column of {tables[0].path} is left for a classifier to look at; it has {', '.join(common)}"
        raise ContractError(message)
    return Inputs(event=tuple(event), objects=objects)


def has_column(processes: Sequence[Process], name: str) -> bool:
    """Whether all files have a column.

    Raises:
        ContractError: A file cannot be read.
    """
    return all(name in open_table(path).columns for one in processes for path in one.files)


def _is_number(table: Table, name: str) -> bool:
    return table.columns[name].shape == "number" and table.columns[name].kind in "iufb"


def _ordered(fields: Sequence[str]) -> tuple[str, ...]:
    """Kinematics first, as they are usually named."""
    known = [name for name in KINEMATIC_FIELDS if name in fields]
    return (*known, *(name for name in fields if name not in known))


def _files(files: Files) -> tuple[str, ...]:
    return (str(files),) if isinstance(files, str | Path) else tuple(map(str, files))
