"""Executes a selection: reads its files, evaluates the lowered program, and gathers what it gives."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hepcoder.tools.arrays import event_mask
from hepcoder.tools.events import read_events
from hepcoder.tools.histograms import histogram
from hepcoder.tools.inspect.opening import open_source
from hepcoder.tools.selection.evaluate import Frame
from hepcoder.tools.selection.parts import Histogram, Source
from hepcoder.tools.selection.program import Program, lower
from hepcoder.tools.selection.results import CutRow, Filled, Ids, Results, SampleResult, merged
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.vocabulary import SelectionError

Weights = npt.NDArray[np.float64]


def run(selection: Selection, folder: str | Path = ".", *, step_size: int | None = None) -> Results:
    """Execute a selection.

    Args:
        selection: The selection.
        folder: Folder that its files are relative to.
        step_size: Number of events that are held at a time; None reads one file at a time.

    Returns:
        Cutflow, histograms and values of the selected events for each sample.

    Raises:
        SelectionError: It does not fit the data.
        InputError: A file is missing, truncated or not what its name says.
    """
    folder = Path(folder)
    first = selection.sources[0]
    with open_source(folder / first.files[0], tree=first.tree) as source:
        program = lower(selection, source.layout, identity=True)
    samples = []
    for one in selection.sources:
        parts, start = [], 0
        for events in _chunks(one, folder, program, step_size):
            parts.append(run_on(events, selection, program, sample=one.name, start=start))
            start += len(events)
        samples.append(merged(parts))
    return Results(tuple(samples))


def _chunks(source: Source, folder: Path, program: Program, step_size: int | None) -> Iterator[Any]:
    reads = program.reads or None
    paths = [folder / name for name in source.files]
    if step_size is None:
        for path in paths:
            yield read_events(path, reads, tree=source.tree)
        return
    from hepcoder.tools.event_chunks import iterate_events

    yield from iterate_events(paths, reads, step_size=step_size, tree=source.tree)


def run_on(events: Any, selection: Selection, program: Program, *, sample: str, start: int = 0) -> SampleResult:
    """The result for events that are in memory.

    Args:
        events: As `read_events` gives them.
        selection: The selection.
        program: The same, lowered.
        sample: Name of the sample.
        start: Place of the first of these events in the sample.

    Raises:
        SelectionError: A step cannot be computed.
    """
    with np.errstate(all="ignore"):
        stages = _stages(Frame(events, program.steps), program, len(events))
        n_passed = np.zeros(len(events), dtype=np.int32)
        for number, stage in enumerate(stages):
            n_passed[stage.places] = number
        weights = _weights(stages[0].frame, program, len(events))
        chosen = stages[-1].frame
        return SampleResult(
            sample,
            len(program.cuts),
            tuple(_rows(selection, stages, weights)),
            n_passed,
            _ids(events, program.identity, start),
            program.identity or ("place",),
            {name: chosen.value(symbol.code) for name, symbol in program.values.items()},
            {name: event_mask(chosen.value(mask.code), name=name) for name, mask in program.categories.items()},
            {one.name: _filled(one, program, stages, weights) for one in selection.histograms},
        )


@dataclass(frozen=True)
class _Stage:
    """The events after some cuts, and their places among all events."""

    frame: Frame
    places: npt.NDArray[np.int64]


def _stages(frame: Frame, program: Program, n_events: int) -> list[_Stage]:
    """The events before any cut, and after each; a cut is evaluated for the events that the cuts before have left."""
    stages = [_Stage(frame, np.arange(n_events, dtype=np.int64))]
    for name, mask in program.cuts.items():
        before = stages[-1]
        keep = np.broadcast_to(event_mask(before.frame.value(mask.code), name=name), before.places.shape)
        stages.append(before if keep.all() else _Stage(before.frame.cut(keep), before.places[keep]))
    return stages


def _weights(frame: Frame, program: Program, n_events: int) -> Weights | None:
    if program.weight is None:
        return None
    return np.broadcast_to(np.asarray(frame.value(program.weight), dtype=np.float64), (n_events,))


def _rows(selection: Selection, stages: Sequence[_Stage], weights: Weights | None) -> Iterator[CutRow]:
    first = 0 if selection.first_row is not None else 1
    for name, stage in zip(selection.rows, stages[first:], strict=True):
        total = None if weights is None else float(weights[stage.places].sum())
        yield CutRow(name, len(stage.places), total)


def _ids(events: Any, identity: Sequence[str], start: int) -> Ids:
    if not identity:
        return np.arange(start, start + len(events), dtype=np.int64)[:, None]
    return np.stack([np.asarray(events[name]).astype(np.int64) for name in identity], axis=1)


def _filled(one: Histogram, program: Program, stages: Sequence[_Stage], weights: Weights | None) -> Filled:
    names = list(program.cuts)
    n_cuts = len(names) if one.after is None else names.index(one.after) + 1 if one.after in names else 0
    stage = stages[n_cuts]
    values = stage.frame.value(program.values[one.quantity].code)
    each = None if weights is None else weights[stage.places]
    if one.category is not None:
        chosen = event_mask(stage.frame.value(program.categories[one.category].code))
        values, each = values[chosen], None if each is None else each[chosen]
    binning = program.binnings[one.name]
    try:
        counts, edges, flow = histogram(values, binning.bins or list(binning.edges), binning.span, each)
    except ValueError as error:
        msg = f"histogram {one.name!r} cannot be filled: {error}"
        raise SelectionError(msg) from error
    drawn = one.name in program.drawn
    return Filled(counts, edges, *flow, values if drawn else None, each if drawn else None)
