"""Events a slice at a time, for files that are larger than the memory.

Many files in parallel: write a function that goes over the slices of one path and returns sums (counts, histograms),
and map it over the paths, ``sum(client.gather(client.map(analyse, paths)))`` with a ``dask.distributed.Client``; each
worker then holds one slice. Sums of histograms in the same bins are those of all files together.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import awkward as ak

from hepcoder.ledger.errors import UserError
from hepcoder.tools.events import deliver
from hepcoder.tools.inspect.opening import open_source
from hepcoder.tools.inspect.slices import Arrays, slices
from hepcoder.tools.inspect.source import Source, Table
from hepcoder.tools.picking import Pick, pick

Paths = str | Path | Sequence[str | Path]


def iterate_events(
    paths: Paths,
    collections: str | Iterable[str] | None = None,
    *,
    step_size: int = 100_000,
    tree: str | None = None,
) -> Iterator[ak.Array]:
    r"""Read files larger than the memory: the events of one file or many, some at a time, each as `read_events` has it.

    ROOT, Parquet, LHCO (gzipped too) are read slice by slice, so that only one slice is in memory; npz, npy and CSV
    files are read whole and handed out in slices. Add what is wanted over the slices: numbers, histograms, cutflows.

    Args:
        paths: One file, or several that have the same collections.
        collections: Names as in `read_events`; None reads all.
        step_size: Most events in a slice, 1 or more. The last slice of a file is shorter; files never share one.
        tree: Name of the tree in ROOT files; None takes the main one.

    Yields:
        An array of records, one an event; none from a file without events.

    Raises:
        InputError: A file is missing, truncated or not what its name says.
        UnknownNameError: A name is not in a file.
        UserError: ``step_size`` is below 1, or there is no file.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("three.csv").write_text("pt1,pt2\n40,30\n55,20\n70,60\n")
        >>> sum(len(events) for events in iterate_events("three.csv", step_size=2))
        3
        >>> [events.pt1.tolist() for events in iterate_events("three.csv", step_size=2)]
        [[40, 55], [70]]
    """
    files = [paths] if isinstance(paths, str | Path) else list(paths)
    if step_size < 1 or not files:
        msg = f"iterate_events needs at least one file and step_size >= 1, not {len(files)} files and {step_size}"
        raise UserError(msg)
    wanted = collections if isinstance(collections, str | None) else list(collections)
    return (events for path in files for events in _of_file(Path(path), wanted, step_size, tree))


def _of_file(path: Path, names: str | list[str] | None, step: int, tree: str | None) -> Iterator[ak.Array]:
    with open_source(path, tree=tree) as source:
        wanted = pick(source.layout, names, path=str(path))
        branches = _branches(wanted)
        for arrays, n in slices(source, branches, step):
            yield deliver(_slice_source(source, arrays, n), wanted, None)


def _branches(wanted: Pick) -> tuple[str, ...]:
    fields = [one for part in wanted.collections for one in (*part.fields, *part.components)]
    return tuple(dict.fromkeys(one.branch for one in (*fields, *wanted.columns) if one.branch))


def _slice_source(source: Source, arrays: Arrays, n: int) -> Source:
    """The source as if it held these events only."""

    def load(names: Sequence[str], _stop: int | None) -> dict[str, Any]:
        return {name: arrays[name] for name in names if name in arrays}

    main = source.tables[0]
    return dataclasses.replace(source, tables=(Table(main.name, n, main.branches),), load=load)
