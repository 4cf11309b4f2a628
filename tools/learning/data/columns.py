"""From rows of files to batches of one shape: lists are cut and padded without a loop over events."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch, Floats
from hepcoder.tools.learning.data.rows import ContractError, Jagged, Rows, Wanted
from hepcoder.tools.learning.inputs import KINEMATIC_FIELDS, Inputs, ObjectList


def batch_of(
    rows: Rows, wanted: Wanted, *, label: int = -1, process: int = -1, scale: float = 1.0, where: str = "the file"
) -> Batch:
    """Rows as a batch.

    Args:
        rows: With all wanted columns.
        wanted: What they were read for.
        label: Index of their class; -1 where it is unknown.
        process: Index of their process; -1 where it is unknown.
        scale: Factor on their weights.
        where: File, for messages.

    Raises:
        ContractError: The fields of a list differ in length, or ids are no integers.
    """
    n, inputs = len(rows), wanted.inputs
    mask = np.zeros((n, inputs.n_objects), dtype=np.bool_)
    objects = np.zeros((n, inputs.n_objects, len(inputs.object_features)), dtype=np.float32)
    start = 0
    for one in inputs.objects:
        _place(rows, one, inputs, start=start, into=(objects, mask), where=where)
        start += one.most
    weight = np.ones(n) if wanted.weight is None else rows.columns[wanted.weight]
    with np.errstate(over="ignore"):
        scaled = (weight.astype(np.float64) * scale).astype(np.float32)
    return Batch(
        event=_stacked([rows.columns[name] for name in inputs.event], n),
        objects=objects,
        four_vectors=_four_vectors(objects, inputs),
        mask=mask,
        label=np.full(n, label, dtype=np.int64),
        weight=scaled,
        event_id=ids_of(rows.columns[wanted.event_id], f"{where}, column {wanted.event_id!r}"),
        process=np.full(n, process, dtype=np.int64),
    )


def dropped(rows: Rows, wanted: Wanted) -> dict[str, int]:
    """Objects of each list beyond the most that are kept."""
    return {
        one.name: int(np.maximum(rows.lists[one.name, one.fields[0]].counts - one.most, 0).sum())
        for one in wanted.inputs.objects
    }


def ids_of(values: npt.NDArray[np.generic], where: str) -> npt.NDArray[np.int64]:
    """Event ids as int64.

    Raises:
        ContractError: They are no integers, are missing in places, or do not fit.
    """
    if values.dtype.kind not in "iu":
        why = "missing in some events or " if values.dtype.kind == "f" else ""
        message = f"{where}: event ids are {why}no integers but {values.dtype}; number the events with np.arange"
        raise ContractError(message)
    if values.dtype == np.uint64 and values.size and values.max() > np.iinfo(np.int64).max:
        message = f"{where}: event id {values.max()} does not fit into int64; save ids.view('int64')"
        raise ContractError(message)
    return values.astype(np.int64)


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches one after the other.

    Args:
        batches: At least one.
    """
    if len(batches) == 1:
        return batches[0]
    return Batch(**{name: np.concatenate([getattr(one, name) for one in batches]) for name in vars(batches[0])})


def event_bytes(inputs: Inputs) -> int:
    """Bytes of an event in a batch."""
    features = len(inputs.object_features) + (4 if inputs.has_four_vectors else 0)
    return 4 * len(inputs.event) + inputs.n_objects * (4 * features + 1) + 28


def _place(
    rows: Rows, one: ObjectList, inputs: Inputs, *, start: int, into: tuple[Floats, npt.NDArray[np.bool_]], where: str
) -> None:
    """Put a list of objects into its places, from ``start`` on."""
    objects, mask = into
    first = rows.lists[one.name, one.fields[0]]
    _check_lengths(rows, one, first, where)
    event = np.repeat(np.arange(len(rows)), first.counts)
    place = np.arange(len(event)) - np.repeat(np.cumsum(first.counts) - first.counts, first.counts)
    kept = place < one.most
    event, place = event[kept], place[kept] + start
    mask[event, place] = True
    features = inputs.object_features
    for field in one.fields:
        objects[event, place, features.index(field)] = rows.lists[one.name, field].values[kept]
    if len(inputs.objects) > 1:
        objects[event, place, features.index(f"is_{one.name}")] = 1.0


def _check_lengths(rows: Rows, one: ObjectList, first: Jagged, where: str) -> None:
    for field in one.fields[1:]:
        counts = rows.lists[one.name, field].counts
        if not np.array_equal(counts, first.counts):
            event = int(np.flatnonzero(counts != first.counts)[0])
            message = (
                f"{where}: {one.name!r} has {first.counts[event]} values of {one.fields[0]!r} and {counts[event]} of "
                f"{field!r} in one event; write all fields of the same objects"
            )
            raise ContractError(message)


def _four_vectors(objects: Floats, inputs: Inputs) -> Floats:
    if not inputs.has_four_vectors:
        return np.zeros((len(objects), 0, 4), dtype=np.float32)
    places = [inputs.object_features.index(field) for field in KINEMATIC_FIELDS]
    return np.ascontiguousarray(objects[:, :, places])


def _stacked(columns: Sequence[npt.NDArray[np.float32]], n: int) -> Floats:
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0), dtype=np.float32)
