"""The branches of an open source, some events at a time."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from hepcoder.tools.inspect.forms import pluck, without_empty_options
from hepcoder.tools.inspect.lhco import lhco_arrays
from hepcoder.tools.inspect.root import is_ttree
from hepcoder.tools.inspect.source import Source, damage_named

Arrays: TypeAlias = dict[str, Any]
_BATCH_ROWS = 65_536


def slices(source: Source, branches: Sequence[str], step: int) -> Iterator[tuple[Arrays, int]]:
    """Arrays by branch name and the number of events they hold, in the order of the file.

    Args:
        source: An open input.
        branches: Of its main table; empty for the number of events alone.
        step: Most events in a slice.

    Raises:
        InputError: The file is damaged.
    """
    kinds = {"root": _root_slices, "parquet": _parquet_slices, "lhco": _lhco_slices}
    return kinds.get(source.kind, _loaded_slices)(source, branches, step)


def _bounds(source: Source, step: int) -> Iterator[tuple[int, int]]:
    n = source.tables[0].entries
    return ((start, min(start + step, n)) for start in range(0, n, step))


def _loaded_slices(source: Source, branches: Sequence[str], step: int) -> Iterator[tuple[Arrays, int]]:
    whole = source.load(branches, None) if branches else {}
    for start, stop in _bounds(source, step):
        yield {name: array[start:stop] for name, array in whole.items()}, stop - start


def _root_slices(source: Source, branches: Sequence[str], step: int) -> Iterator[tuple[Arrays, int]]:
    import uproot

    # the source keeps arrays it has read; without a cache a slice is gone when the next one is read
    with damage_named(source.path, "ROOT"), uproot.open(source.path, array_cache=None) as file:
        tree = file[source.tables[0].name]
        for start, stop in _bounds(source, step):
            if not branches:
                arrays = {}
            elif is_ttree(tree):
                arrays = tree.arrays(list(branches), entry_start=start, entry_stop=stop, how=dict)
            else:
                whole = tree.arrays(list(branches), entry_start=start, entry_stop=stop)
                arrays = {name: pluck(whole, name) for name in branches}
            yield arrays, stop - start


def _parquet_slices(source: Source, branches: Sequence[str], step: int) -> Iterator[tuple[Arrays, int]]:
    import awkward as ak
    import pyarrow as pa
    import pyarrow.parquet as pq

    with damage_named(source.path, "Parquet"), pq.ParquetFile(source.path) as file:
        known = set(file.schema_arrow.names)
        columns = sorted({name if name in known else name.split(".", 1)[0] for name in branches})
        held: list[Any] = []
        for batch in file.iter_batches(columns=columns, batch_size=min(step, _BATCH_ROWS)):
            held.append(batch)
            if sum(one.num_rows for one in held) < step:
                continue
            table = pa.Table.from_batches(held)
            yield _plucked(ak.from_arrow(table.slice(0, step)), branches), step
            held = table.slice(step).to_batches()
        if held:
            table = pa.Table.from_batches(held)
            yield _plucked(ak.from_arrow(table), branches), table.num_rows


def _plucked(whole: Any, branches: Sequence[str]) -> Arrays:
    return {name: without_empty_options(pluck(whole, name)) for name in branches}


def _lhco_slices(source: Source, branches: Sequence[str], step: int) -> Iterator[tuple[Arrays, int]]:
    from hepcoder.tools.inspect.lhco_record import Rows
    from hepcoder.tools.inspect.lhco_rows import read_rows

    held: list[Rows] = []
    for part in read_rows(source.path, None):
        held.append(part)
        if sum(len(one.events) for one in held) <= step:
            continue  # more than that many: the last event of all may go on in the next part
        rows = Rows.joined(held)
        n = len(rows.events)
        whole = (n - 1) // step * step
        for start in range(0, whole, step):
            yield _lhco_slice(rows.between(start, start + step), branches)
        held = [rows.between(whole, n)]
    rows = Rows.joined(held)
    if len(rows.events):
        yield _lhco_slice(rows.between(0, len(rows.events)), branches)


def _lhco_slice(rows: Any, branches: Sequence[str]) -> tuple[Arrays, int]:
    arrays = lhco_arrays(rows, {name.partition(".")[0] for name in branches})
    return {name: arrays[name] for name in branches}, len(rows.events)
