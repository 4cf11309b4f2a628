"""Writes a selection as a short Python script that needs the toolbox and awkward, not the engine."""

import ast
import re
from collections.abc import Iterator, Sequence

from hepcoder.tools import __all__ as toolbox_names
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.output_records import JsonFile, RowsFile, values_of
from hepcoder.tools.selection.parts import Histogram
from hepcoder.tools.selection.program import Binning, Program, lower
from hepcoder.tools.selection.script_outputs import needed_values, output_lines
from hepcoder.tools.selection.script_text import MOST_CHARACTERS, assigned, quoted, tidy
from hepcoder.tools.selection.script_writer import Writer
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.symbols import Step
from hepcoder.tools.selection.toolbox import TOOLBOX
from hepcoder.tools.selection.vocabulary import literal
from hepcoder.tools.source_trees import parse_module

_TITLES = {
    "objects": "objects: a list for each event",
    "candidates": "candidates: one for each event, None where there is none",
    "quantities": "quantities",
    "cuts": "cuts: True or False for each event",
    "categories": "categories",
}


def to_script(selection: Selection, layout: Layout) -> str:
    """Write a selection as a script.

    Args:
        selection: The selection.
        layout: What the data offers.

    Returns:
        Python that reads the sources from the folder it runs in and writes the outputs there.

    Raises:
        SelectionError: The selection does not fit the data; see `program.lower`.
    """
    program = lower(selection, layout)
    several = len(selection.sources) > 1
    body = list(_body(selection, program))
    if several:
        reads = _reading("files", program, selection, several_files=True)
        inner = [reads, *body, "", *_returned(selection, program)]
        lines = ["", "", "def select(files):", *_docstring(selection)]
        lines += [f"    {line}" if line else "" for line in inner]
        lines += ["", "", *_samples(selection)]
    else:
        files = selection.sources[0].files
        listed = ", ".join(quoted(file) for file in files)
        shown = f"[{listed}]" if len(files) > 1 else listed
        lines = ["", _reading(shown, program, selection, several_files=len(files) > 1), *body]
    lines += output_lines(Writer(selection, program, several))
    text = "\n".join(lines)
    return "\n".join([_headline(selection), "", *_imports(text), text]) + "\n"


def _headline(selection: Selection) -> str:
    title = re.sub(r'[\\"\s]+', " ", selection.title).strip()
    return f'"""{title or "A typed selection"}."""'


def _docstring(selection: Selection) -> list[str]:
    names = ", ".join(one.name for one in selection.sources)
    return [f'    """Cutflow, histograms and values of the selected events of one sample ({names})."""']


def _reading(files: str, program: Program, selection: Selection, *, several_files: bool) -> str:
    reads = ", ".join(quoted(name) for name in sorted(program.reads))
    tree = selection.sources[0].tree
    more = (f", [{reads}]" if reads else "") + (f", tree={quoted(tree)}" if tree else "")
    if several_files:
        return f"events = ak.concatenate([read_events(file{more}) for file in {files}])"
    return f"events = read_events({files}{more})"


def _body(selection: Selection, program: Program) -> Iterator[str]:
    section = ""
    for step in program.steps:
        if step.section != section:
            section = step.section
            yield from ("", f"# {_TITLES[section]}")
        yield from _step_lines(step)
    if program.cuts:
        yield from _cutflow(selection, program)
    elif _wants_cutflow(selection):
        weights = f"weights={program.weight}" if program.weight else ""
        yield from ("", f"cutflow = Cutflow({weights})", _first_row(selection))
    if selection.histograms:
        yield from ("", "# histograms: counts, edges, (underflow, overflow)", "filled = {")
        yield from (f"    {line}" for one in selection.histograms for line in _histogram(one, program))
        yield "}"


def _step_lines(step: Step) -> list[str]:
    lines = assigned(", ".join(step.names), tidy(step.code))
    if step.note and len(lines) == 1:
        lines[0] += f"  # {step.note}"
    return lines


def _first_row(selection: Selection) -> str:
    return f"cutflow.add({quoted(selection.first_row or '')}, np.ones(len(events), dtype=bool))"


def _wants_cutflow(selection: Selection) -> bool:
    files = [one for one in selection.outputs if isinstance(one, JsonFile | RowsFile)]
    counted = any(value.kind in {"events", "fraction"} for one in files for value in values_of(one))
    return counted or any(one.kind == "cutflow" for one in selection.outputs)


def _cutflow(selection: Selection, program: Program) -> Iterator[str]:
    weights = f"weights={program.weight}" if program.weight else ""
    yield from ("", f"cutflow = Cutflow({weights})")
    if selection.first_row is not None:
        yield _first_row(selection)
    for name, mask in program.cuts.items():
        yield f"cutflow.add({quoted(name)}, {mask.code})"
    yield from assigned("selected", mask_of(program, list(program.cuts)))
    yield "print(cutflow)"


def mask_of(program: Program, cuts: Sequence[str], categories: Sequence[str] = ()) -> str:
    """The mask of events that pass some cuts and are in some categories; None counts as False."""
    masks = [*(program.cuts[name] for name in cuts), *(program.categories[name] for name in categories)]
    code = " & ".join(mask.code for mask in masks)
    return f"ak.fill_none({code}, False)" if any(mask.missing for mask in masks) else code


def _histogram(one: Histogram, program: Program) -> list[str]:
    chosen = chosen_mask(one, program)
    keep = f"[{chosen}]" if chosen else ""
    bins = _bins(program.binnings[one.name])
    weights = f", weights={program.weight}{keep}" if program.weight else ""
    return [f'"{one.name}": histogram({program.values[one.quantity].code}{keep}, {bins}{weights}),']


def chosen_mask(one: Histogram, program: Program) -> str:
    """The mask of events that enter a histogram; empty for all."""
    names = list(program.cuts)
    if one.after is None or (names and one.after == names[-1]):
        mask = "selected" if names else ""
        if one.category is None:
            return mask
        category = mask_of(program, [], [one.category])
        return f"{mask} & {category}" if mask else category
    cuts = names[: names.index(one.after) + 1] if one.after in names else []
    categories = [one.category] if one.category else []
    return mask_of(program, cuts, categories) if cuts or categories else ""


def _bins(binning: Binning) -> str:
    if binning.bins is None:
        return f"[{', '.join(literal(edge) for edge in binning.edges)}]"
    return f"{binning.bins}, ({literal(binning.span[0])}, {literal(binning.span[1])})"


def _returned(selection: Selection, program: Program) -> Iterator[str]:
    yield "values = {"
    yield from (f"    {line}," for line in needed_values(Writer(selection, program, several=True)))
    yield "}"
    cutflow = "cutflow" if program.cuts or _wants_cutflow(selection) else "None"
    yield f"return {cutflow}, {'filled' if selection.histograms else 'None'}, values"


def _samples(selection: Selection) -> Iterator[str]:
    yield "samples = {"
    for one in selection.sources:
        files = ", ".join(quoted(file) for file in one.files)
        yield f'    "{one.name}": select([{files}]),'
    yield "}"


def _imports(text: str) -> list[str]:
    tree = parse_module(text)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    lines = ["import awkward as ak"] if "ak" in used else []
    lines += ["import numpy as np"] if "np" in used else []
    by_module: dict[str, list[str]] = {}
    for name in sorted(used & set(TOOLBOX), key=lambda each: (each.islower(), each)):
        module = "hepcoder.tools" if name in toolbox_names else f"hepcoder.tools.{TOOLBOX[name]}"
        by_module.setdefault(module, []).append(name)
    lines += [""] if lines else []
    return lines + [line for module in sorted(by_module) for line in _import(module, by_module[module])]


def _import(module: str, names: Sequence[str]) -> list[str]:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= MOST_CHARACTERS:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]
