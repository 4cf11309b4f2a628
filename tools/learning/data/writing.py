"""Writes selected events as a classifier wants them: named columns, ids, process and weights; lists stay lists."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import awkward as ak
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from hepcoder.tools.arrays import Array, to_array
from hepcoder.tools.learning.data.arrow_columns import arrow_columns, unique_ids
from hepcoder.tools.learning.data.rows import ContractError
from hepcoder.tools.saving import with_suffix

ROWS_OF_A_GROUP = 16_384
"""Small enough that a training which reads row groups in random order mixes the events of a file."""

_RESERVED = ("event_id", "process", "weight")


def save_selected(
    path: str | Path,
    events: ak.Array | Mapping[str, Array],
    *,
    event_id: npt.ArrayLike,
    process: str,
    weight: npt.ArrayLike,
    columns: Sequence[str] | None = None,
) -> Path:
    """Write selected events of one process to a Parquet file that a classifier can be trained on.

    Args:
        path: Ends in ``.parquet``.
        events: A record array, or columns by name: numbers, lists of numbers, or lists of objects; one object an event
            becomes a column for each of its fields, ``met_pt``.
        event_id: Integers that tell the events of the process apart, shape (n,).
        process: Its name.
        weight: Of each event, shape (n,), or one for all.
        columns: What is written of the events; None writes all.

    Returns:
        The path.

    Raises:
        ContractError: Ids are missing, no integers or occur twice; a column is missing, differs in length, holds
            something else than numbers, or a number that is missing, NaN or infinite.

    Example:
        >>> events = {"met": [20.0, 35.0], "jets": [[{"pt": 50.0, "eta": 0.1}], []]}
        >>> path = save_selected("zz.parquet", events, event_id=[7, 9], process="zz", weight=1.0)
        >>> ak.from_parquet(path).fields
        ['met', 'jets', 'event_id', 'process', 'weight']
    """
    with SelectedWriter(path, process=process) as writer:
        writer.add(events, event_id=event_id, weight=weight, columns=columns)
    return writer.path


class SelectedWriter:
    """Writes the events of one process piece by piece; the file is there when all of it is written.

    Args:
        path: Ends in ``.parquet``; an older file of this name is replaced.
        process: Name of the process.

    Raises:
        ValueError: The path ends otherwise.
    """

    def __init__(self, path: str | Path, *, process: str) -> None:
        self.path = with_suffix(path, ".parquet")
        self.n_events = 0
        self._process = process
        self._part = self.path.with_name(self.path.name + ".part")
        self._writer: Any = None
        self._held: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
        finally:
            if self._writer is not None:
                self._writer.close()
            if kind is not None or not self.n_events:
                self._part.unlink(missing_ok=True)
        if kind is None and not self.n_events:
            message = f"{self.path}: nothing was added; a process without events cannot be trained on"
            raise ContractError(message)
        if kind is None:
            self._part.replace(self.path)

    def add(
        self,
        events: ak.Array | Mapping[str, Array],
        *,
        event_id: npt.ArrayLike,
        weight: npt.ArrayLike,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Write more events.

        Args:
            events: As in `save_selected`; the same columns each time.
            event_id: As in `save_selected`.
            weight: As in `save_selected`.
            columns: As in `save_selected`.

        Raises:
            ContractError: As in `save_selected`, or the columns are not those of the events before.
        """
        ids = unique_ids(event_id, f"{self.path} of process {self._process!r}")
        parts = {
            name: part for one, values in self._picked(events, columns) for name, part in arrow_columns(one, values)
        }
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), ids.shape)
        if not np.isfinite(weights).all():
            message = f"{self.path}: {np.count_nonzero(~np.isfinite(weights))} weights are NaN or infinite"
            raise ContractError(message)
        parts |= {"event_id": pa.array(ids), "process": pa.repeat(self._process, len(ids)), "weight": pa.array(weights)}
        lengths = {name: len(part) for name, part in parts.items()}
        if len(set(lengths.values())) != 1:
            message = f"{self.path}: columns must have one entry for each event, not {lengths}"
            raise ContractError(message)
        self._hold(pa.table(parts))
        self.n_events += len(ids)

    def _picked(
        self, events: ak.Array | Mapping[str, Array], columns: Sequence[str] | None
    ) -> list[tuple[str, ak.Array]]:
        known = events.fields if isinstance(events, ak.Array) else list(events)
        names = [name for name in known if name not in _RESERVED] if columns is None else list(columns)
        missing = [name for name in names if name not in known]
        if missing or not names:
            message = f"{self.path}: there is no column {', '.join(missing) or 'at all'} among {', '.join(known)}"
            raise ContractError(message)
        return [(name, to_array(events[name])) for name in names]

    def _hold(self, table: Any) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._part, table.schema, compression="zstd")
        elif self._writer.schema != table.schema:
            before, now = ({f"{one.name}: {one.type}" for one in each} for each in (self._writer.schema, table.schema))
            message = (
                f"{self.path}: events with {', '.join(sorted(now - before)) or 'fewer columns'} cannot follow events "
                f"with {', '.join(sorted(before - now)) or 'fewer columns'}; write the same columns each time"
            )
            raise ContractError(message)
        self._held.append(table)
        if sum(len(one) for one in self._held) >= ROWS_OF_A_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._writer.write_table(pa.concat_tables(self._held), row_group_size=ROWS_OF_A_GROUP)
            self._held = []
