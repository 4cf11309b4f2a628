"""Ways to get imports, names and attributes wrong."""

import ast
import re
from random import Random
from types import MappingProxyType

from hepcoder.benchmarks.faults.places import calls, each_line, instead, misspelt, nodes, put, without_statement
from hepcoder.benchmarks.faults.records import Mutator, Program
from hepcoder.tools.pyfix.edits import replace_nodes, text_of
from hepcoder.tools.pyfix.places import dotted

_MODULES = {"np", "ak", "plt", "uproot", "json", "vector", "hep", "math", "csv", "os"}
_PACKAGES = MappingProxyType(
    {
        "import awkward as ak": ("import awkward_array as ak", "import awkward1 as ak", "import awkward0 as ak"),
        "import numpy as np": ("import numpy as nm", "import nunpy as np"),
        "import uproot": ("import uproot4 as uproot", "import uproot3 as uproot", "import uproot as up"),
        "import matplotlib.pyplot as plt": (
            "import matplotlib as plt",
            "import pyplot as plt",
            "from matplotlib import plt",
            "import matplotlib.plot as plt",
        ),
        "import mplhep as hep": ("import mplhep",),
        "from scipy.optimize import curve_fit": ("from scipy import curve_fit",),
    }
)
_INVENTED = MappingProxyType(
    {
        "ak.num": "ak.counts", "ak.sum": "ak.summation", "ak.flatten": "ak.flat", "ak.to_numpy": "ak.as_numpy",
        "ak.zip": "ak.make_record", "ak.any": "ak.some", "ak.mean": "ak.average", "ak.fill_none": "ak.fillna",
        "np.histogram": "np.hist", "np.savez": "np.save_npz", "np.sqrt": "np.square_root", "np.abs": "np.modulus",
        "np.array": "np.to_array", "json.dump": "json.write", "plt.savefig": "plt.save", "np.linspace": "np.linespace",
        "np.average": "np.weighted_mean", "np.argmax": "np.arg_max", "plt.errorbar": "plt.error_bars",
        "ax.set_xlabel": "ax.xlabel", "ax.set_ylabel": "ax.ylabel", "plt.xlabel": "plt.set_xlabel",
        "plt.ylabel": "plt.set_ylabel", "fig.savefig": "fig.save", "ax.set_yscale": "ax.yscale",
    }
)  # fmt: skip
"""Names as other packages or people have them."""
_REMOVED = MappingProxyType(
    {
        "np.float64": "np.float", "np.trapezoid": "np.trapz", "np.ones": "np.ones", "bool": "np.bool8",
        "np.array": "np.asfarray", "np.isin": "np.in1d", "float": "np.float_", "int": "np.int",
    }
)  # fmt: skip
"""Names of today, and names that numpy once had."""
_METHODS = {
    "ak.sum": "sum",
    "ak.any": "any",
    "ak.mean": "mean",
    "ak.max": "max",
    "ak.num": "num",
    "ak.flatten": "flatten",
}
_TOOLBOX = ("hepcoder", "hepcoder.toolbox", "hepcoder.tools.analysis", "hep_tools")


def _missing_import(program: Program, _dice: Random) -> list[str]:
    tree = ast.parse(program.source)
    return [
        without_statement(program.source, node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def _unlisted_tool(program: Program, _dice: Random) -> list[str]:
    found = []
    for node in nodes(program.source, ast.ImportFrom):
        for lost in node.names if len(node.names) > 1 else ():
            names = ", ".join(one.name for one in node.names if one is not lost)
            found.append(put(program.source, node, f"from {node.module} import {names}"))
    return found


def _wrong_package(program: Program, _dice: Random) -> list[str]:
    found = [program.source.replace(right, wrong, 1) for right, ways in _PACKAGES.items() for wrong in ways]
    return [one for one in found if one != program.source]


def _wrong_toolbox_module(program: Program, dice: Random) -> list[str]:
    return [
        one
        for one in [program.source.replace("from hepcoder.tools import", f"from {dice.choice(_TOOLBOX)} import", 1)]
        if one != program.source
    ]


def _wrong_tool(program: Program, dice: Random) -> list[str]:
    found = []
    for node in nodes(program.source, ast.ImportFrom):
        for one in node.names if (node.module or "").startswith("hepcoder") else ():
            wrong = misspelt(one.name, dice)
            found += [re.sub(rf"\b{one.name}\b", wrong, program.source)] if wrong else []
    return found


def _misspelt_variable(program: Program, dice: Random) -> list[str]:
    bound = {one.id for one in nodes(program.source, ast.Name) if isinstance(one.ctx, ast.Store)}
    uses = (one for one in nodes(program.source, ast.Name) if isinstance(one.ctx, ast.Load) and one.id in bound)
    return instead(program.source, uses, lambda node: misspelt(node.id, dice))


def _misspelt_function(program: Program, dice: Random) -> list[str]:
    found = (one.func for one in calls(program.source) if isinstance(one.func, ast.Name))
    return instead(program.source, found, lambda node: misspelt(node.id, dice))


def _misspelt_attribute(program: Program, dice: Random) -> list[str]:
    def wrong(node: ast.Attribute) -> str | None:
        name = misspelt(node.attr, dice)
        return f"{dotted(node.value)}.{name}" if name else None

    return instead(
        program.source, (n for n in nodes(program.source, ast.Attribute) if dotted(n.value) in _MODULES), wrong
    )


def _invented_attribute(program: Program, _dice: Random) -> list[str]:
    return instead(program.source, nodes(program.source, ast.Attribute), lambda node: _INVENTED.get(dotted(node)))


def _removed_name(program: Program, _dice: Random) -> list[str]:
    found = instead(program.source, nodes(program.source, ast.Attribute), lambda node: _REMOVED.get(dotted(node)))
    kinds = [one.value for one in nodes(program.source, ast.keyword) if one.arg == "dtype"]
    return [*found, *instead(program.source, kinds, lambda node: _REMOVED.get(dotted(node)))]


def _method_of_array(program: Program, _dice: Random) -> list[str]:
    def method(node: ast.Call) -> str:
        first, *rest = [text_of(program.source, one) for one in node.args]
        rest += [f"{one.arg}={text_of(program.source, one.value)}" for one in node.keywords]
        base = first if re.fullmatch(r"[\w.\[\]\"']+", first) else f"({first})"
        return f"{base}.{_METHODS[dotted(node.func)]}({', '.join(rest)})"

    return instead(program.source, calls(program.source, *_METHODS), method)


def _property_called(program: Program, _dice: Random) -> list[str]:
    names = {"pt", "eta", "phi", "mass", "charge"}
    found = [n for n in nodes(program.source, ast.Attribute) if n.attr in names and isinstance(n.ctx, ast.Load)]
    return instead(program.source, found, lambda node: text_of(program.source, node) + "()")


def _unit_as_name(program: Program, _dice: Random) -> list[str]:
    def times(node: ast.Constant) -> str:
        return f"{text_of(program.source, node)} * GeV"

    found = [
        one.comparators[0]
        for one in nodes(program.source, ast.Compare)
        if re.search(r"(pt|met|MET_pt|mass|_m)$", text_of(program.source, one.left))
    ]
    return instead(program.source, [one for one in found if isinstance(one, ast.Constant)], times)


def _other_alias(program: Program, _dice: Random) -> list[str]:
    found = []
    for short, full in (("np", "numpy"), ("ak", "awkward")):
        uses = [n for n in nodes(program.source, ast.Name) if n.id == short]
        if uses:
            found.append(replace_nodes(program.source, [(uses[-1], full)]))
    return found


def _register_lost(program: Program, _dice: Random) -> list[str]:
    return [
        one.replace("\n\n\n", "\n\n")
        for one in each_line(program.source, lambda line: "" if line == "vector.register_awkward()" else None)
    ]


MUTATORS = (
    Mutator("missing_import", "static.name", _missing_import),
    Mutator("unlisted_tool", "static.name", _unlisted_tool),
    Mutator("wrong_package", "static.import", _wrong_package),
    Mutator("wrong_toolbox_module", "static.import", _wrong_toolbox_module),
    Mutator("wrong_tool", "static.import", _wrong_tool),
    Mutator("other_alias", "static.name", _other_alias),
    Mutator("misspelt_variable", "static.name", _misspelt_variable),
    Mutator("misspelt_function", "static.name", _misspelt_function),
    Mutator("unit_as_name", "static.name", _unit_as_name),
    Mutator("misspelt_attribute", "execution.attribute", _misspelt_attribute),
    Mutator("invented_attribute", "execution.attribute", _invented_attribute),
    Mutator("removed_name", "execution.attribute", _removed_name),
    Mutator("method_of_array", "execution.attribute", _method_of_array),
    Mutator("property_called", "execution.type", _property_called),
    Mutator("register_lost", "execution.attribute", _register_lost),
)
