"""Rules for packages, modules and their names: what is really installed."""

import ast
import re

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes
from hepcoder.tools.pyfix.import_rules import USUAL
from hepcoder.tools.pyfix.packages import LOOKED_INTO, has, is_installed, is_module, names_of
from hepcoder.tools.pyfix.places import dotted, imported
from hepcoder.tools.pyfix.records import Known, Rule

_HOMES = ("scipy.optimize", "scipy.stats", "scipy.special", "scipy.integrate", "scipy.interpolate", "scipy.constants")
_USUAL_MODULES = {
    "np": "numpy", "ak": "awkward", "plt": "matplotlib.pyplot", "hep": "mplhep", "uproot": "uproot", "vector": "vector",
    "hist": "hist",
}  # fmt: skip
_RENAMED = {
    "numpy": {
        "float": "float64", "float_": "float64", "int": "int64", "int_": "int64", "bool8": "bool_", "product": "prod",
        "cumproduct": "cumprod", "trapz": "trapezoid", "in1d": "isin", "NaN": "nan", "NAN": "nan", "Inf": "inf",
        "infty": "inf", "sometrue": "any", "alltrue": "all", "row_stack": "vstack", "round_": "round",
        "asfarray": "asarray", "complex": "complex128", "object": "object_",
    },
    "awkward": {
        "counts": "num", "length": "num", "fillna": "fill_none", "average": "mean", "to_pandas": "to_dataframe",
        "padna": "pad_none", "numpy": "to_numpy", "first": "firsts", "len": "num",
    },
    "matplotlib.pyplot": {"save": "savefig", "histogram": "hist"},
    "json": {"write": "dump", "save": "dump", "read": "load"},
}  # fmt: skip
"""Names that modules no longer have or never had, and their names today."""


def real_packages(source: str, known: Known) -> str:
    """Packages that are not installed: the toolbox, the usual package of that alias, or the nearest that is."""
    tree = parse(source)
    if tree is None:
        return source
    edits: list[Edit] = []
    for node in tree.body:
        if isinstance(node, ast.Import) and len(node.names) == 1 and not is_installed(node.names[0].name):
            edits += _real_import(node, node.names[0])
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level and not is_installed(node.module):
            names = ", ".join(one.name if one.asname is None else f"{one.name} as {one.asname}" for one in node.names)
            if all(one.name in known.toolbox for one in node.names):
                edits.append((node, f"from hepcoder.tools import {names}"))
            elif real := _nearest_package(node.module):
                edits.append((node, f"from {real} import {names}"))
    return replace_nodes(source, edits)


def _real_import(node: ast.stmt, one: ast.alias) -> list[Edit]:
    used = one.asname or one.name
    if used in USUAL:
        return [(node, USUAL[used])]
    real = _nearest_package(one.name)
    return [(node, f"import {real} as {used}")] if real else []


def _nearest_package(name: str) -> str | None:
    """``awkward`` for ``awkward1``, ``numpy`` for ``nunpy``; only packages that scripts use and that are there."""
    top = re.sub(r"\d+$", "", name.split(".", maxsplit=1)[0])
    real = nearest(top, sorted(one for one in LOOKED_INTO if "." not in one), 0.75)
    return real if real and is_installed(real) else None


def usual_aliases(source: str, _known: Known) -> str:
    """``import matplotlib as plt``: the module that is meant by an alias, where the imported one lacks what is used."""
    tree = parse(source)
    if tree is None:
        return source
    edits: list[Edit] = []
    for node in tree.body:
        if not (isinstance(node, ast.Import | ast.ImportFrom) and len(node.names) == 1):
            continue
        one = node.names[0]
        used = one.asname or one.name
        module = one.name if isinstance(node, ast.Import) else f"{node.module}.{one.name}"
        usual = _USUAL_MODULES.get(used)
        if (
            usual
            and module != usual
            and usual.split(".")[0] == module.split(".")[0]
            and _is_meant(tree, used, module, usual)
        ):
            edits.append((node, USUAL[used]))
    return replace_nodes(source, edits)


def _is_meant(tree: ast.Module, alias: str, module: str, usual: str) -> bool:
    asked = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute) and dotted(n.value) == alias}
    return (
        bool(asked)
        and all(has(usual, name) for name in asked)
        and (names_of(module) is None or not all(has(module, name) for name in asked))
    )


def homes(source: str, _known: Known) -> str:
    """``from scipy import curve_fit``: the module where the name is."""
    tree = parse(source)
    edits: list[Edit] = []
    for node in tree.body if tree else ():
        if isinstance(node, ast.ImportFrom) and node.module == "scipy" and not node.level:
            names = [one.name for one in node.names]
            home = next((one for one in _HOMES if all(name in (names_of(one) or ()) for name in names)), None)
            if home and not any(f"scipy.{name}" in LOOKED_INTO for name in names):
                listed = ", ".join(
                    one.name if one.asname is None else f"{one.name} as {one.asname}" for one in node.names
                )
                edits.append((node, f"from {home} import {listed}"))
    return replace_nodes(source, edits)


def real_attributes(source: str, _known: Known) -> str:
    """Names that a module does not have: what they are called today, or the nearest that it has."""
    tree = parse(source)
    if tree is None:
        return source
    modules = imported(tree)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)):
            continue
        base = dotted(node.value)
        first, dot, rest = base.partition(".")
        module = f"{modules[first]}{dot}{rest}" if first in modules else ""
        if module in LOOKED_INTO and not has(module, node.attr) and (real := real_attribute(module, node.attr)):
            edits.append((node, f"{base}.{real}"))
    return replace_nodes(source, edits)


def real_attribute(module: str, name: str) -> str | None:
    """What a module has for a name that it does not have; None when nothing is near."""
    renamed = _RENAMED.get(module, {}).get(name)
    names = sorted(one for one in names_of(module) or () if not one.startswith("_") and not is_module(module, one))
    if renamed in names:
        return renamed
    if name.startswith("set_") and name[4:] in names:
        return name[4:]
    return nearest(name, names, 0.75)


RULES = (
    Rule(
        "real_packages",
        "static.import",
        "import awkward1 as ak\nx = ak.Array([1])\n",
        "import awkward as ak\nx = ak.Array([1])\n",
        real_packages,
    ),
    Rule(
        "usual_aliases",
        "execution.attribute",
        "import matplotlib as plt\nplt.hist([1])\n",
        "import matplotlib.pyplot as plt\nplt.hist([1])\n",
        usual_aliases,
    ),
    Rule("homes", "execution.import", "from scipy import curve_fit\n", "from scipy.optimize import curve_fit\n", homes),
    Rule(
        "real_attributes",
        "static.attribute",
        "import numpy as np\nx = np.trapz([1.0], dtype=np.flot64)\n",
        "import numpy as np\nx = np.trapezoid([1.0], dtype=np.float64)\n",
        real_attributes,
    ),
)
