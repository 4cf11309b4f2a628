"""Writes the files of a selection from its results."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hepcoder.tools.parquet_saving import save_parquet
from hepcoder.tools.plotting import plot_histogram
from hepcoder.tools.saving import save_csv, save_json, save_npz
from hepcoder.tools.selection.formulas import number_of, parsed_formula
from hepcoder.tools.selection.output_records import (
    CutCount,
    CutflowFile,
    Formula,
    Fraction,
    HistogramFile,
    JsonFile,
    PlotFile,
    RowsFile,
    Statistic,
    TableFile,
    Taken,
    in_order,
)
from hepcoder.tools.selection.results import CutRow, Results, SampleResult
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.vocabulary import SelectionError


def write_outputs(selection: Selection, results: Results, folder: str | Path = ".") -> tuple[Path, ...]:
    """Write every output file.

    Args:
        selection: The selection.
        results: What it gave.
        folder: Folder to write to; must exist.

    Returns:
        The files, in the order of the selection.

    Raises:
        ValueError: A value is missing, NaN or infinite, as in an empty selection; names it.
    """
    paths = []
    for output in selection.outputs:
        write: Callable[[Any, Selection, Results, Path], object] = _WRITERS[type(output)]
        write(output, selection, results, Path(folder) / output.file)
        paths.append(Path(folder) / output.file)
    return tuple(paths)


def _json(one: JsonFile, _selection: Selection, results: Results, path: Path) -> object:
    return save_json(path, _named_values(one.values, results, one.file))


def _rows(one: RowsFile, _selection: Selection, results: Results, path: Path) -> object:
    return save_csv(path, [_named_values(row, results, one.file) for row in one.rows])


def _named_values(values: Mapping[str, Any], results: Results, file: str) -> dict[str, Any]:
    """The values of a file or a row by name; a text or number in a row stands for itself."""
    found: dict[str, Any] = {}
    for name in in_order(values, file):
        one = values[name]
        if isinstance(one, Formula):
            found[name] = _made_of(one, found, f"{file}: {name}")
        else:
            found[name] = one if isinstance(one, str | float | int) else _value(one, results.sample(one.sample))
    return found


def _made_of(one: Formula, values: Mapping[str, Any], what: str) -> float:
    try:
        return number_of(parsed_formula(one.expression), values)
    except (ArithmeticError, ValueError, TypeError) as error:
        msg = f"{what} = {one.expression} cannot be given: {error}"
        raise SelectionError(msg) from error


def _value(one: Taken, sample: SampleResult) -> Any:
    if isinstance(one, CutCount):
        return _events(one, sample)
    if isinstance(one, Fraction):
        return _fraction(one, sample)
    if isinstance(one, Statistic):
        return statistic(one.how, _chosen(sample, one.of, one.category))
    columns = [_chosen(sample, name, one.category).tolist() for name in one.of]
    return columns[0] if len(columns) == 1 else [list(row) for row in zip(*columns, strict=True)]


def _chosen(sample: SampleResult, name: str, category: str | None) -> Any:
    values = sample.values[name]
    return values if category is None else values[sample.categories[category]]


def _events(one: CutCount, sample: SampleResult) -> float:
    if one.category is not None:
        return int(sample.categories[one.category].sum())
    row = sample.rows[-1] if one.cut is None else next(row for row in sample.rows if row.name == one.cut)
    return _number(row, weighted=one.weighted)


def _fraction(one: Fraction, sample: SampleResult) -> float:
    total = len(sample.n_passed) if one.of is None else sample.counts[one.of]
    if not total:
        msg = f"a fraction of {one.of or 'all'} events cannot be given: there are none"
        raise SelectionError(msg)
    return sample.counts[one.cut or sample.rows[-1].name] / total


def _number(row: CutRow, *, weighted: bool) -> float:
    if not weighted:
        return row.n_events
    if row.sum_weights is None:
        msg = f"cut {row.name!r}: there are no weights to add; name the selection's weight"
        raise SelectionError(msg)
    return row.sum_weights


def statistic(how: str, values: Any) -> float:
    """One number of flat or jagged values; None is skipped.

    Args:
        how: mean, std, median, min, max or sum.
        values: The values.
    """
    import awkward as ak
    import numpy as np

    flat = ak.flatten(values, axis=None)
    value = np.median(ak.to_numpy(flat)) if how == "median" else getattr(ak, how)(flat)
    return int(value) if isinstance(value, np.integer) else float(value)


def _cutflow(one: CutflowFile, selection: Selection, results: Results, path: Path) -> object:
    if path.suffix == ".json":
        rows = results.sample(one.sample).rows
        return save_json(path, {row.name: _number(row, weighted=one.weighted) for row in rows})
    columns = one.columns or {results.samples[0].sample: "events"}
    table: dict[str, Any] = {one.cut_column: list(selection.rows)}
    for name, column in columns.items():
        table[column] = [_number(row, weighted=one.weighted) for row in results.sample(name).rows]
    return save_csv(path, _rows_of(table))


def _rows_of(table: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]


def _histograms(one: HistogramFile, _selection: Selection, results: Results, path: Path) -> object:
    arrays: dict[str, Any] = {}
    if one.arrays:
        filled_by = results.sample(one.sample).histograms
        return save_npz(path, {array: getattr(filled_by[name], part) for array, (name, part) in one.arrays.items()})
    for name in one.of:
        filled = results.sample(one.sample).histograms[name]
        prefix = f"{name}_" if one.prefixed else ""
        arrays |= {f"{prefix}counts": filled.counts, f"{prefix}edges": filled.edges}
        if one.flow:
            arrays |= {f"{prefix}underflow": filled.underflow, f"{prefix}overflow": filled.overflow}
    return save_npz(path, arrays)


def _table(one: TableFile, _selection: Selection, results: Results, path: Path) -> object:
    import awkward as ak

    sample = results.sample(one.sample)
    columns = {key: _chosen(sample, name, one.category) for key, name in one.columns.items()}
    if one.complete:
        whole = ~ak.any([ak.is_none(values) for values in columns.values()], axis=0)
        columns = {key: values[whole] for key, values in columns.items()}
    return {".csv": save_csv, ".npz": save_npz, ".parquet": save_parquet}[path.suffix](path, columns)


def _plot(one: PlotFile, _selection: Selection, results: Results, path: Path) -> object:
    drawn = {sample.sample: sample.histograms[one.histogram] for sample in results.samples}
    filled = next(iter(drawn.values()))
    label = one.xlabel or one.histogram
    if len(drawn) == 1:
        return plot_histogram(path, filled.values, filled.edges, xlabel=label, logy=one.logy, weights=filled.weights)
    from hepcoder.tools.sample_plots import plot_shapes

    weights = None if filled.weights is None else {name: each.weights for name, each in drawn.items()}
    values = {name: each.values for name, each in drawn.items()}
    return plot_shapes(path, values, filled.edges, weights=weights, xlabel=label, logy=one.logy)


_WRITERS: dict[type, Callable[..., object]] = {
    JsonFile: _json,
    RowsFile: _rows,
    CutflowFile: _cutflow,
    HistogramFile: _histograms,
    TableFile: _table,
    PlotFile: _plot,
}
