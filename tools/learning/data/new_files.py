"""Events of files that a trained classifier is to be applied to: no labels, no splits."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.data.columns import batch_of
from hepcoder.tools.learning.data.contract import of_columns
from hepcoder.tools.learning.data.rows import ContractError, Wanted
from hepcoder.tools.learning.data.tables import open_table
from hepcoder.tools.learning.inputs import Inputs


def new_events(
    files: Sequence[str | Path],
    inputs: Inputs,
    *,
    id_column: str = "event_id",
    weight_column: str | None = None,
    size: int = 8192,
) -> Iterator[Batch]:
    """The events of files in their order, for a classifier that was trained on such columns.

    All files are checked for the columns before any is read; memory is bounded by ``size``.

    Args:
        files: Parquet or npz files.
        inputs: What the classifier looks at.
        id_column: Column of the event ids.
        weight_column: Column of the weights; None gives weights of 1.
        size: Most events of a batch; files never share one.

    Yields:
        Batches with label and process -1.

    Raises:
        ContractError: A file or a column is missing or of the wrong kind, or a number is missing, NaN or infinite;
            names file and column.
    """
    wanted = Wanted(inputs, id_column, weight_column)
    tables = [open_table(path) for path in files]
    found = [what for table in tables for what in of_columns(table, wanted)]
    if found:
        message = f"the classifier cannot be applied: {'; '.join(found)}"
        raise ContractError(message)
    for table in tables:
        for rows in table.rows(wanted, range(len(table.groups)), size):
            batch = batch_of(rows, wanted, where=str(table.path))
            _check_finite(batch, inputs, table.path)
            yield batch


def _check_finite(batch: Batch, inputs: Inputs, path: Path) -> None:
    named = [(name, batch.event[:, place]) for place, name in enumerate(inputs.event)]
    named += [(name, batch.objects[:, :, place]) for place, name in enumerate(inputs.object_features)]
    for name, values in [*named, ("the weight", batch.weight)]:
        wrong = ~np.isfinite(values if values.ndim == 1 else values.sum(axis=1))
        if wrong.any():
            first = batch.event_id[np.flatnonzero(wrong)[0]]
            message = f"{path}: {name!r} is missing, NaN or beyond the range of float32, first in event {first}"
            raise ContractError(message)
