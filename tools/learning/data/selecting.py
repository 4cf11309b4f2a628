"""Runs a typed selection on all samples and writes what a classifier is trained on, one Parquet file a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.tools.event_chunks import iterate_events
from hepcoder.tools.inspect.opening import open_source
from hepcoder.tools.learning.data.event_ids import first_place, mixed_ids
from hepcoder.tools.learning.data.rows import ContractError
from hepcoder.tools.learning.data.selected_records import SampleFiles, Selected
from hepcoder.tools.learning.data.writing import SelectedWriter
from hepcoder.tools.learning.inputs import Process
from hepcoder.tools.selection.engine import run_on
from hepcoder.tools.selection.evaluate import Frame
from hepcoder.tools.selection.output_records import TableFile
from hepcoder.tools.selection.parts import Source
from hepcoder.tools.selection.program import Program, lower, symbols_of
from hepcoder.tools.selection.results import SampleResult
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.symbols import field_symbol
from hepcoder.tools.selection.vocabulary import SelectionError, known_or_nearest


def select_samples(
    selection: Selection,
    samples: Sequence[SampleFiles],
    folder: str | Path,
    *,
    columns: Mapping[str, str],
    objects: Mapping[str, Sequence[str]] | None = None,
    step_size: int = 100_000,
) -> tuple[Selected, ...]:
    """Run a selection on every file of every sample, and write one Parquet file for each with ids and weights.

    Args:
        selection: Its objects, candidates, quantities, cuts and weight are used; sources, histograms and outputs are
            not.
        samples: Signal and backgrounds.
        folder: Where ``<name>.parquet`` is written; made where it is not there.
        columns: Quantity or data column of each event, by the name that it has in the file.
        objects: Fields of objects or candidates that the selection defines, by their name there; lists stay lists,
            of one object an event each field becomes a column such as ``photon_pt``.
        step_size: Most events that are in memory.

    Returns:
        What was written, in the order of the samples; give the processes to `open_source`.

    Raises:
        SelectionError: The selection or a name does not fit the data.
        InputError: A file is missing, truncated or not what its name says.
        ContractError: No event of a sample passes, or a number is NaN or infinite.

    Example:
        >>> from hepcoder.tools.selection.selection import Selection
        >>> from hepcoder.tools.learning.data.selected_records import SampleFiles
        >>> cut = {"name": "met", "when": {"kind": "compare", "left": "met", "op": ">", "right": 20}}
        >>> kept = Selection.model_validate({"sources": [{"files": ["x"]}], "cuts": [cut]})
        >>> zz = SampleFiles(name="zz", label="background", files=("background.csv",))
        >>> select_samples(kept, [zz], "selected", columns={"mass": "mass"})  # doctest: +SKIP
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    taken = _Taken(selection, dict(columns), dict(objects or {}))
    return tuple(_select(one, taken, folder, step_size) for one in samples)


@dataclass(frozen=True)
class _Taken:
    selection: Selection
    columns: dict[str, str]
    objects: dict[str, Sequence[str]]


@dataclass(frozen=True)
class _Lowered:
    """The selection for a sample, its program, and what is taken: quantities, and code of the fields of objects."""

    selection: Selection
    program: Program
    columns: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]


@dataclass
class _Flow:
    """Sums over the slices of a sample."""

    cutflow: dict[str, int] = field(default_factory=dict)
    incomplete: int = 0
    id_names: tuple[str, ...] = ()

    def add(self, result: SampleResult) -> None:
        for row in result.rows:
            self.cutflow[row.name] = self.cutflow.get(row.name, 0) + row.n_events
        self.id_names = result.id_names


def _select(sample: SampleFiles, taken: _Taken, folder: Path, step: int) -> Selected:
    lowered = _lowered(sample, taken)
    flow, path = _Flow(), folder / f"{sample.name}.parquet"
    with SelectedWriter(path, process=sample.name) as writer:
        for place, file in enumerate(sample.files):
            start = first_place(place)
            for events in iterate_events(file, lowered.program.reads or None, step_size=step, tree=sample.tree):
                result = run_on(events, lowered.selection, lowered.program, sample=sample.name, start=start)
                start += len(events)
                flow.add(result)
                _write(events, result, lowered, writer=writer, factor=sample.weight, flow=flow)
        if not writer.n_events:
            counts = ", ".join(f"{name} {number}" for name, number in flow.cutflow.items())
            message = f"no event of sample {sample.name!r} is left: {counts}, {flow.incomplete} of them incomplete"
            raise ContractError(message)
    process = Process(name=sample.name, label=sample.label, files=(str(path),))
    return Selected(
        process=process,
        cutflow=flow.cutflow,
        n_events=writer.n_events,
        n_incomplete=flow.incomplete,
        id_names=flow.id_names,
    )


def _lowered(sample: SampleFiles, taken: _Taken) -> _Lowered:
    table = TableFile(file="selected.parquet", columns=taken.columns) if taken.columns else None
    update = {
        "sources": (Source(name="events", files=sample.files, tree=sample.tree),),
        "histograms": (),
        "outputs": () if table is None else (table,),
    }
    selection = taken.selection.model_copy(update=update)
    with open_source(Path(sample.files[0]), tree=sample.tree) as source:
        program = lower(selection, source.layout, identity=not sample.by_place)
        symbols = symbols_of(selection, source.layout)
    unknown = [name for name in taken.objects if name not in symbols]
    if unknown:
        nearest = known_or_nearest(unknown[0], symbols)
        message = f"the selection defines no objects {unknown[0]!r} to write; nearest: {nearest or 'none'}"
        raise SelectionError(message)
    codes = {
        name: {one: field_symbol(symbols[name], one, f"objects {name!r} to write").code for one in fields}
        for name, fields in taken.objects.items()
    }
    return _Lowered(selection, program, taken.columns, codes)


def _write(
    events: Any, result: SampleResult, lowered: _Lowered, *, writer: SelectedWriter, factor: float, flow: _Flow
) -> None:
    """Write the selected events of a slice, but those that lack a number."""
    chosen = np.flatnonzero(result.n_passed == result.n_cuts)
    program = lowered.program
    with np.errstate(all="ignore"):
        frame = Frame(events[chosen], program.steps)
        weight = 1.0 if program.weight is None else frame.value(program.weight)
        objects = {
            name: {one: frame.value(code) for one, code in codes.items()} for name, codes in lowered.codes.items()
        }
    numbers = {name: result.values[quantity] for name, quantity in lowered.columns.items()}
    whole = np.ones(len(chosen), dtype=np.bool_)
    for values in [*numbers.values(), *(values for fields in objects.values() for values in fields.values())]:
        whole &= ~ak.to_numpy(ak.is_none(values))
    flow.incomplete += int((~whole).sum())
    if whole.any():
        parts = {name: ak.drop_none(values[whole], axis=0) for name, values in numbers.items()}
        parts |= {name: _record(fields, whole) for name, fields in objects.items()}
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), whole.shape)[whole] * factor
        writer.add(parts, event_id=mixed_ids(result.selected_ids)[whole], weight=weights)


def _record(fields: Mapping[str, Any], whole: npt.NDArray[np.bool_]) -> ak.Array:
    return ak.zip({name: ak.drop_none(values[whole], axis=0) for name, values in fields.items()})
