"""The part of a script that writes its files."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from hepcoder.tools.selection.formulas import code_of, names_in, parsed_formula
from hepcoder.tools.selection.output_records import (
    CutCount,
    CutflowFile,
    Formula,
    Fraction,
    HistogramFile,
    JsonFile,
    Listing,
    PlotFile,
    RowsFile,
    Statistic,
    TableFile,
    Taken,
    in_order,
    values_of,
)
from hepcoder.tools.selection.program import written
from hepcoder.tools.selection.script_text import quoted, tidy
from hepcoder.tools.selection.script_writer import WEIGHTS, Writer, category_key
from hepcoder.tools.selection.selection import Selection

_SHORT = 80


def output_lines(writer: Writer) -> list[str]:
    """All lines that write files, after those that make the results."""
    outputs = writer.selection.outputs
    lines = ["", "# results"] if outputs else []
    for one in writer.selection.sources if writer.several else ():
        own = [output for output in outputs if _sample(output, writer.selection) == one.name]
        lines += [f'cutflow, filled, values = samples["{one.name}"]'] if own else []
        lines += [line for output in own for line in _lines(output, writer)]
    shared = [output for output in outputs if not writer.several or _sample(output, writer.selection) is None]
    return lines + [line for output in shared for line in _lines(output, writer)]


def _lines(output: Any, writer: Writer) -> Iterator[str]:
    lines: Callable[[Any, Writer], Iterator[str]] = _WRITERS[type(output)]
    return lines(output, writer)


def _sample(output: Any, selection: Selection) -> str | None:
    """The one sample that an output is about; None for all of them."""
    first = selection.sources[0].name
    if isinstance(output, PlotFile) or (isinstance(output, CutflowFile) and output.file.endswith(".csv")):
        return None
    if isinstance(output, JsonFile | RowsFile):
        names = {value.sample or first for value in values_of(output)}
        return names.pop() if len(names) == 1 else None
    return output.sample or first


def needed_values(writer: Writer) -> list[str]:
    """Entries of a dict with what the outputs need of each selected event; for several samples."""
    names = {name for output in writer.selection.outputs for name in written(output, writer.selection)}
    values = writer.program.values.items()
    parts = [f"{quoted(name)}: {tidy(symbol.code + writer.keep)}" for name, symbol in values if name in names]
    masks = writer.program.categories
    if writer.program.weight and writer.program.drawn:
        parts.append(f"{quoted(WEIGHTS)}: {tidy(writer.program.weight + writer.keep)}")
    return parts + [f"{category_key(name)}: {tidy(writer.category(name) + writer.keep)}" for name in masks]


def _json(one: JsonFile, writer: Writer) -> Iterator[str]:
    parts = _entries(one.values, writer)
    made = [name for name in in_order(one.values, one.file) if isinstance(one.values[name], Formula)]
    short = ", ".join(parts)
    if made:
        yield from ("numbers = {", *(f"    {part}," for part in parts), "}")
        yield from _made(one.values, made)
        yield f"save_json({quoted(one.file)}, numbers)"
    elif len(short) < _SHORT:
        yield f"save_json({quoted(one.file)}, {{{short}}})"
    else:
        yield from (f"save_json({quoted(one.file)}, {{", *(f"    {part}," for part in parts), "})")


def _rows(one: RowsFile, writer: Writer) -> Iterator[str]:
    yield "table = ["
    for row in one.rows:
        entries = _entries(row, writer)
        if len(", ".join(entries)) < _SHORT:
            yield f"    {{{', '.join(entries)}}},"
        else:
            yield from ("    {", *(f"        {entry}," for entry in entries), "    },")
    yield "]"
    first = one.rows[0]
    made = [name for name in in_order(first, one.file) if isinstance(first[name], Formula)]
    if made:
        yield "for numbers in table:"
        yield from (f"    {line}" for line in _made(first, made))
    yield f"save_csv({quoted(one.file)}, table)"


def _entries(values: Mapping[str, Any], writer: Writer) -> list[str]:
    """Entries of a dict with all values but those that are made of others."""
    plain = {name: value for name, value in values.items() if not isinstance(value, Formula)}
    return [
        f"{quoted(name)}: {json.dumps(value) if isinstance(value, str | float | int) else _json_value(value, writer)}"
        for name, value in plain.items()
    ]


def _made(values: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """Lines that add the values that are made of others."""
    for name in names:
        formula = parsed_formula(values[name].expression)
        code = code_of(formula, {each: f"numbers[{quoted(each)}]" for each in names_in(formula)})
        yield f"numbers[{quoted(name)}] = {_double_quoted(code)}"


def _double_quoted(code: str) -> str:
    return re.sub(r"\['(\w+)'\]", r'["\1"]', code)


def _json_value(one: Taken, writer: Writer) -> str:
    # An output about several samples names the sample of each value.
    first = writer.selection.sources[0].name
    sample = one.sample or first
    if isinstance(one, CutCount):
        return _events(one, writer, sample)
    if isinstance(one, Fraction):
        return _fraction(one, writer, sample)
    if isinstance(one, Statistic):
        flat = f"ak.flatten({writer.value(one.of, one.category, sample)}, axis=None)"
        return f"np.median(ak.to_numpy({flat}))" if one.how == "median" else f"ak.{one.how}({flat})"
    return _listing(one, writer, sample)


def _listing(one: Listing, writer: Writer, sample: str) -> str:
    columns = [f"{writer.value(name, one.category, sample)}.tolist()" for name in one.of]
    return columns[0] if len(columns) == 1 else f"[list(row) for row in zip({', '.join(columns)})]"


def _events(one: CutCount, writer: Writer, sample: str) -> str:
    if one.category is not None:
        if writer.several:
            return f'ak.sum(samples["{sample}"][2][{category_key(one.category)}])'
        return tidy(f"ak.sum({'selected & ' if writer.program.cuts else ''}{writer.category(one.category)})")
    rows = writer.selection.rows
    name, cutflow = one.cut or rows[-1], writer.cutflow(sample)
    return f'{cutflow}.rows[{rows.index(name)}]["sum_weights"]' if one.weighted else f"{cutflow}.counts[{quoted(name)}]"


def _fraction(one: Fraction, writer: Writer, sample: str) -> str:
    counts, rows = f"{writer.cutflow(sample)}.counts", writer.selection.rows
    total = "len(events)" if one.of is None else f"{counts}[{quoted(one.of)}]"
    if one.of is None and writer.selection.first_row is not None:
        total = f"{counts}[{quoted(writer.selection.first_row)}]"
    return f"{counts}[{quoted(one.cut or rows[-1])}] / {total}"


def _cutflow(one: CutflowFile, writer: Writer) -> Iterator[str]:
    if one.file.endswith(".json"):
        weights = '{row["name"]: row["sum_weights"] for row in cutflow.rows}'
        yield f"save_json({quoted(one.file)}, {weights if one.weighted else 'cutflow.counts'})"
        return
    columns = one.columns or {writer.selection.sources[0].name: "events"}
    yield f"save_csv({quoted(one.file)}, {{"
    yield f"    {quoted(one.cut_column)}: list({writer.cutflow(next(iter(columns)))}.counts),"
    for name, column in columns.items():
        flow = writer.cutflow(name)
        weights = f'[row["sum_weights"] for row in {flow}.rows]'
        yield f"    {quoted(column)}: {weights if one.weighted else f'list({flow}.counts.values())'},"
    yield "})"


_PLACES = {"counts": "[0]", "edges": "[1]", "underflow": "[2][0]", "overflow": "[2][1]"}


def _histograms(one: HistogramFile, writer: Writer) -> Iterator[str]:
    if one.arrays:
        yield f"save_npz({quoted(one.file)}, {{"
        for array, (name, part) in one.arrays.items():
            yield f"    {quoted(array)}: filled[{quoted(name)}]{_PLACES[part]},"
        yield "})"
        return
    parts = ["counts", "edges", *(["underflow", "overflow"] if one.flow else [])]
    unpacked = "counts, edges, (underflow, overflow)" if one.flow else "counts, edges, _"
    if not one.prefixed:
        yield f'{unpacked} = filled["{one.of[0]}"]'
        yield f"save_npz({quoted(one.file)}, {', '.join(f'{part}={part}' for part in parts)})"
        return
    whole = len(one.of) == len(writer.selection.histograms)
    listed = ", ".join(f'"{name}"' for name in one.of) + ("," if len(one.of) == 1 else "")
    yield "arrays = {}"
    yield "for name in filled:" if whole else f"for name in ({listed}):"
    yield f"    {unpacked} = filled[name]"
    for pair in (parts[:2], parts[2:]) if one.flow else (parts,):
        yield "    arrays |= {" + ", ".join(f'f"{{name}}_{part}": {part}' for part in pair) + "}"
    yield f"save_npz({quoted(one.file)}, arrays)"


def _table(one: TableFile, writer: Writer) -> Iterator[str]:
    columns = {key: writer.value(name, one.category) for key, name in one.columns.items()}
    if one.complete:
        yield f"whole = ~({' | '.join(f'ak.is_none({code})' for code in columns.values())})"
        columns = {key: f"{code}[whole]" for key, code in columns.items()}
    yield f"save_{one.file.rsplit('.', 1)[-1]}({quoted(one.file)}, {{"
    yield from (f"    {quoted(key)}: {code}," for key, code in columns.items())
    yield "})"


def _plot(one: PlotFile, writer: Writer) -> Iterator[str]:
    histogram = next(each for each in writer.selection.histograms if each.name == one.histogram)
    more = f"xlabel={quoted(one.xlabel or one.histogram)}" + (", logy=True" if one.logy else "")
    values, weight = writer.value(histogram.quantity, histogram.category), writer.weight(histogram.category)
    if not writer.several:
        weights = f"weights={weight}, " if weight else ""
        yield f'plot_histogram({quoted(one.file)}, {values}, filled["{one.histogram}"][1], {weights}{more})'
        return
    edges = f'samples["{writer.selection.sources[0].name}"][1]["{one.histogram}"][1]'
    each = "for name, (_, _, values) in samples.items()"
    weights = f"weights={{name: {weight} {each}}}, " if weight else ""
    yield f"drawn = {{name: {values} {each}}}"
    yield f"plot_shapes({quoted(one.file)}, drawn, {edges}, {weights}{more})"


_WRITERS: dict[type, Callable[..., Iterator[str]]] = {
    JsonFile: _json,
    RowsFile: _rows,
    CutflowFile: _cutflow,
    HistogramFile: _histograms,
    TableFile: _table,
    PlotFile: _plot,
}
