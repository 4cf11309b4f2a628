"""Small files of processes, as a selection writes them, and the same events as plain lists."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hepcoder.tools.learning.batches import Batch, Source
from hepcoder.tools.learning.data.columns import joined
from hepcoder.tools.learning.inputs import Inputs, ObjectList, Process, Split

FIELDS = ("pt", "eta", "phi", "mass")
JETS = Inputs(event=("met",), objects=(ObjectList(name="jets", fields=FIELDS, most=4),))
BOTH = Inputs(
    event=("met", "ht"),
    objects=(
        ObjectList(name="jets", fields=(*FIELDS, "btag"), most=3),
        ObjectList(name="muons", fields=FIELDS, most=2),
    ),
)


def events(n: int, seed: int, *, first_id: int = 0) -> dict[str, Any]:
    """Columns of n events: met, ht, jets with a b-tag, muons, event_id and weight."""
    rng = np.random.default_rng(seed)
    found: dict[str, Any] = {"met": rng.exponential(30, n), "ht": rng.exponential(100, n)}
    for name, mean, fields in (("jets", 3, (*FIELDS, "btag")), ("muons", 1, FIELDS)):
        counts = rng.poisson(mean, n)
        values = {one: rng.normal(size=counts.sum()).astype(np.float32) for one in fields}
        found[name] = ak.unflatten(ak.zip(values), counts)
    return found | {"event_id": np.arange(first_id, first_id + n), "weight": rng.uniform(0.5, 2, n)}


def write(path: Path, columns: Mapping[str, Any], *, flat: bool = False, group: int = 1000) -> str:
    """Write columns to Parquet by awkward, with lists of records, or with a column for each of their fields."""
    if flat:
        columns = {
            f"{name}_{one}" if one else name: values[one] if one else values
            for name, values in columns.items()
            for one in (ak.fields(values) if isinstance(values, ak.Array) and ak.fields(values) else [""])
        }
    ak.to_parquet(ak.zip(dict(columns), depth_limit=1), path, row_group_size=group)
    return str(path)


def two_processes(folder: Path, n: int = 400) -> list[Process]:
    """``higgs`` in one file, and two backgrounds in three more, of both forms."""
    files = [
        write(folder / "higgs.parquet", events(n, 1)),
        write(folder / "zz.parquet", events(n, 2), flat=True),
        write(folder / "wjets_1.parquet", events(n, 3)),
        write(folder / "wjets_2.parquet", events(n // 2, 4, first_id=n), group=50),
    ]
    return [
        Process(name="higgs", label="signal", files=(files[0],), scale=0.25),
        Process(name="zz", label="background", files=(files[1],)),
        Process(name="wjets", label="background", files=tuple(files[2:]), scale=3.0),
    ]


def replaced(path: str, name: str, values: Any) -> str:
    """Write another column into a file; None takes the column away."""
    table = pq.read_table(path)
    place = table.column_names.index(name)
    array = None if values is None else pa.array(values)
    pq.write_table(table.remove_column(place) if array is None else table.set_column(place, name, array), path)
    return path


def in_order(source: Source, split: Split, *, size: int = 64, seed: int | None = None) -> Batch:
    """All events of a split, sorted by process and id."""
    batch = joined(list(source.batches(split, size, shuffle_seed=seed)))
    return batch.take(np.lexsort((batch.event_id, batch.process)))
