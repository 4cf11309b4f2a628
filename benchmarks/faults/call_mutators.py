"""Ways to call functions as they are not made."""

import ast
import re
from random import Random
from types import MappingProxyType

from hepcoder.benchmarks.faults.places import calls, each_line, instead, nodes, put
from hepcoder.benchmarks.faults.records import Mutator, Program
from hepcoder.tools.pyfix.edits import text_of
from hepcoder.tools.pyfix.places import dotted

_KEYWORDS = MappingProxyType(
    {
        "bins": ("nbins", "n_bins", "bin"), "range": ("limits", "ranges", "hist_range"), "axis": ("axes", "dim"),
        "xlabel": ("x_label", "xtitle"), "logy": ("log_y", "log"), "weights": ("weight",), "library": ("lib",),
        "entry_stop": ("entrystop", "max_events"), "filter_name": ("filter_names", "branches"),
        "with_name": ("name",), "names": ("name", "header"), "delimiter": ("sep", "delim"), "skiprows": ("skip_rows",),
        "figsize": ("size", "fig_size"), "histtype": ("hist_type",), "label": ("labels", "legend"),
        "yerr": ("y_err", "yerror"), "ascending": ("ascend", "reverse"), "p0": ("start", "p_0"),
        "counts": (), "mass": (), "dtype": ("type",), "linestyle": ("line_style",), "newline": ("new_line",),
        "indent": ("indents",), "where": ("step",),
    }
)  # fmt: skip
"""Arguments, and what others call them."""
_OLD = MappingProxyType(
    {
        'plt.style.use("ggplot")': 'plt.style.use("gg-plot")',
        'hep.style.use("CMS")': 'hep.style.use("cms")',
        "plt.tight_layout()": "plt.tightlayout()",
        'histtype="step"': 'histtype="step", normed=False',
        "uproot.open(path)": "uproot.lazy(path)",
        '.array(library="np")': '.array(outputtype="np")',
        ", entry_stop=600": ", entrystop=600",
        "ak.count(": "ak.counts(",
    }
)
"""What worked once, or was never right."""


def _other_keyword(program: Program, dice: Random) -> list[str]:
    def other(node: ast.keyword) -> str | None:
        ways = _KEYWORDS.get(node.arg or "", ())
        return f"{dice.choice(ways)}={text_of(program.source, node.value)}" if ways else None

    return instead(program.source, nodes(program.source, ast.keyword), other)


def _unpacked(program: Program) -> list[ast.Assign]:
    found = nodes(program.source, ast.Assign)
    return [
        one
        for one in found
        if isinstance(one.targets[0], ast.Tuple) and isinstance(one.value, ast.Call | ast.Subscript)
    ]


def _too_few_names(program: Program, _dice: Random) -> list[str]:
    found = []
    for one in _unpacked(program):
        names = one.targets[0].elts if isinstance(one.targets[0], ast.Tuple) else []
        if len(names) > 2 or text_of(program.source, names[-1]) == "_":
            kept = ", ".join(text_of(program.source, each) for each in names[:-1])
            found.append(put(program.source, one.targets[0], kept))
    return found


def _too_many_names(program: Program, _dice: Random) -> list[str]:
    found = [one.targets[0] for one in _unpacked(program)]
    return instead(program.source, found, lambda node: text_of(program.source, node) + ", _")


def _lost_argument(program: Program, _dice: Random) -> list[str]:
    found = []
    for call in calls(program.source, "transverse_mass", "delta_r", "np.histogram", "invariant_mass", "save_csv"):
        if len(call.args) == 2:
            rest = [text_of(program.source, one) for one in (call.args[0], *call.keywords)]
            found.append(put(program.source, call, f"{dotted(call.func)}({', '.join(rest)})"))
    return found


def _swapped_arguments(program: Program, _dice: Random) -> list[str]:
    found = []
    for call in calls(program.source):
        if re.match(r"(save|plot)_", dotted(call.func)) and len(call.args) == 2:
            one, two, *rest = [text_of(program.source, each) for each in (*call.args, *call.keywords)]
            found.append(put(program.source, call, f"{dotted(call.func)}({', '.join([two, one, *rest])})"))
    return found


def _number_for_range(program: Program, _dice: Random) -> list[str]:
    """The ends of a range as two arguments instead of a pair."""
    found = []
    for one in nodes(program.source, ast.keyword):
        if one.arg == "range" and isinstance(one.value, ast.Tuple):
            low, high = (text_of(program.source, each) for each in one.value.elts)
            found.append(put(program.source, one, f"low={low}, high={high}"))
    return found


def _method_of_tool(program: Program, _dice: Random) -> list[str]:
    """A function of the toolbox as a method of its first argument."""
    found = [
        one for one in calls(program.source, "leading", "count", "sort_by_pt") if isinstance(one.args[0], ast.Name)
    ]

    def method(node: ast.Call) -> str:
        first, *rest = [text_of(program.source, each) for each in node.args]
        return f"{first}.{dotted(node.func)}({', '.join(rest)})"

    return instead(program.source, found, method)


def _old_way(program: Program, _dice: Random) -> list[str]:
    return [one for old, new in _OLD.items() for one in [program.source.replace(old, new, 1)] if one != program.source]


def _lost_brackets(program: Program, _dice: Random) -> list[str]:
    return each_line(program.source, lambda line: line.replace("[:, 0]", "[0]", 1) if "[:, 0]" in line else None)


MUTATORS = (
    Mutator("other_keyword", "execution.type", _other_keyword),
    Mutator("too_few_names", "execution.value", _too_few_names),
    Mutator("too_many_names", "execution.value", _too_many_names),
    Mutator("lost_argument", "execution.type", _lost_argument),
    Mutator("swapped_arguments", "execution.type", _swapped_arguments),
    Mutator("ends_as_arguments", "execution.type", _number_for_range),
    Mutator("method_of_tool", "execution.attribute", _method_of_tool),
    Mutator("old_way", "execution.attribute", _old_way),
    Mutator("index_of_event", "silent", _lost_brackets),
)
