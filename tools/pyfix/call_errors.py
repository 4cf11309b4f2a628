"""Repairs after an error of a call: attributes, arguments, and how many values came back."""

import ast
import re

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.package_rules import real_attribute
from hepcoder.tools.pyfix.packages import has, methods, names_of_class, parameters, properties_of_class
from hepcoder.tools.pyfix.places import dotted, full_name, imported, nodes_at
from hepcoder.tools.pyfix.records import ErrorRule, Known, Seen

_OTHERS = {
    "nbins": "bins", "n_bins": "bins", "nbin": "bins", "bin": "bins", "limits": "range", "ranges": "range",
    "hist_range": "range", "xlim": "range", "dim": "axis", "normed": "density", "normalize": "density",
    "sep": "delimiter", "header": "names", "entrystop": "entry_stop", "entrystart": "entry_start",
    "outputtype": "library", "branches": "filter_name", "filename": "path", "log": "logy", "title": "xlabel",
}  # fmt: skip
"""What other packages, or older versions, call an argument."""
_ENDS = (("low", "high"), ("min", "max"), ("xmin", "xmax"), ("lo", "hi"))


def suggested(source: str, _known: Known, seen: Seen) -> str:
    """A name that Python itself says was meant, or the nearest of the class that the error names."""
    tree = parse(source)
    match = re.search(
        r"(?:'(\w+)' object|module '([\w.]+)'|type object '(\w+)') has no attribute '(\w+)'", seen.message
    )
    if tree is None or match is None:
        return source
    owner, module, _, name = match.groups()
    said = re.search(r"Did you mean: '(\w+)'", f"{seen.message}\n{seen.traceback}")
    names = sorted(names_of_class(owner)) if owner else []
    real = f"set_{name}" if f"set_{name}" in names else said[1] if said else nearest(name, names, 0.75)
    real = real or (real_attribute(module, name) if module else None)
    found = [one for one in nodes_at(tree, seen.line, ast.Attribute) if one.attr == name]
    return replace_nodes(source, [(one, f"{text_of(source, one.value)}.{real}") for one in found]) if real else source


def functions(source: str, known: Known, seen: Seen) -> str:
    """A function written as a method of an array: ``jets.count()``, ``x.flatten()``, ``mask.sum()``."""
    tree = parse(source)
    match = re.search(r"(?:no field named|no field|has no field|has no attribute) '(\w+)'", seen.message)
    if tree is None or match is None:
        return source
    name, modules = match[1], imported(tree)
    edits: list[Edit] = []
    for node in nodes_at(tree, seen.line, ast.Call):
        if not (isinstance(node.func, ast.Attribute) and node.func.attr == name) or dotted(node.func.value) in modules:
            continue
        inside = [text_of(source, one) for one in (node.func.value, *node.args)]
        inside += [f"{one.arg}={text_of(source, one.value)}" for one in node.keywords]
        function = (
            name if name in known.toolbox and _uses_toolbox(tree) else f"ak.{name}" if has("awkward", name) else ""
        )
        edits += [(node, f"{function}({', '.join(inside)})")] if function else []
    changed = replace_nodes(source, edits)
    return missing_imports(changed, known) if changed != source else source


def _uses_toolbox(tree: ast.Module) -> bool:
    return any(isinstance(one, ast.ImportFrom) and one.module == "hepcoder.tools" for one in tree.body)


def not_callable(source: str, _known: Known, seen: Seen) -> str:
    """An attribute that is a value, called like a method."""
    tree = parse(source)
    if tree is None or "object is not callable" not in seen.message:
        return source
    found = [
        one
        for one in nodes_at(tree, seen.line, ast.Call)
        if isinstance(one.func, ast.Attribute) and not one.args and not one.keywords
    ]
    return replace_nodes(source, [(found[0], text_of(source, found[0].func))]) if len(found) == 1 else source


def keywords(source: str, _known: Known, seen: Seen) -> str:
    """An argument that the function does not have: what it calls it, or the nearest it has."""
    tree = parse(source)
    match = re.search(
        r"(?:(\w+)\.set\(\) got an )?unexpected keyword argument '(\w+)'|'(\w+)' is an invalid keyword", seen.message
    )
    if tree is None or match is None:
        return source
    more = properties_of_class(match[1]) if match[1] else ()
    edits: list[Edit] = []
    for node in nodes_at(tree, seen.line, ast.Call):
        for one in node.keywords:
            if one.arg == (match[2] or match[3]):
                edits += _renamed(source, node, one, (*_arguments(tree, node), *more))
    return replace_nodes(source, edits)


def _renamed(source: str, node: ast.Call, one: ast.keyword, known: tuple[str, ...]) -> list[Edit]:
    given = {each.arg: each for each in node.keywords}
    pair = next((pair for pair in _ENDS if one.arg in pair and set(pair) <= given.keys()), None)
    if pair and "range" in known and "range" not in given:
        low, high = (given[name] for name in pair)
        ends = f"range=({text_of(source, low.value)}, {text_of(source, high.value)})"
        kept = [text_of(source, each) for each in (*node.args, *node.keywords) if each not in {low, high}]
        return [(node, f"{text_of(source, node.func)}({', '.join([*kept, ends])})")]
    plain = str(one.arg)
    free = [name for name in known if name not in given]
    other = _OTHERS.get(plain)
    real = other if other in free else nearest(plain, free, 0.7) or _inside(plain, free)
    return [(one, f"{real}={text_of(source, one.value)}")] if real else []


def _inside(name: str, names: list[str]) -> str | None:
    """The only name that ends in another or that it ends in: ``name`` for ``with_name``."""
    found = [one for one in names if len(one) > 2 and (one.endswith(f"_{name}") or name.endswith(f"_{one}"))]
    return found[0] if len(found) == 1 else None


def _arguments(tree: ast.Module, node: ast.Call) -> tuple[str, ...]:
    name = full_name(node.func, imported(tree))
    found = parameters(name)
    if name == "matplotlib.pyplot.subplots":
        found = (*found, *parameters("matplotlib.pyplot.figure"))
    return found or (methods(node.func.attr) if isinstance(node.func, ast.Attribute) else ())


def near_styles(source: str, _known: Known, seen: Seen) -> str:
    """A style of plots that is not there: the nearest one."""
    tree = parse(source)
    match = re.search(r"'([\w -]+)' is not a valid package style", seen.message)
    if tree is None or match is None:
        return source
    from matplotlib import style

    real = nearest(match[1].replace("-", ""), sorted(style.available), 0.7) or nearest(
        match[1], sorted(style.available), 0.4
    )
    found = [one for one in nodes_at(tree, seen.line, ast.Constant) if one.value == match[1]]
    return replace_nodes(source, [(one, f'"{real}"') for one in found]) if real else source


_AK = "import awkward as ak\n"
RULES = (
    ErrorRule(
        "suggested", "execution.attribute",
        Seen("AttributeError: 'Axes' object has no attribute 'xlabel'. Did you mean: 'set_xlabel'?", 1),
        "ax.xlabel('m')\n", "ax.set_xlabel('m')\n", suggested,
    ),
    ErrorRule(
        "functions", "execution.branch_name", Seen("AttributeError: no field named 'flatten'", 2),
        _AK + "x = (a + b).flatten(axis=None)\n", _AK + "x = ak.flatten(a + b, axis=None)\n", functions,
    ),
    ErrorRule(
        "not_callable", "execution.type", Seen("TypeError: 'Array' object is not callable", 1),
        "x = muons.Muon_pt()\n", "x = muons.Muon_pt\n", not_callable,
    ),
    ErrorRule(
        "keywords", "execution.type", Seen("TypeError: histogram() got an unexpected keyword argument 'nbins'", 2),
        "import numpy as np\nx = np.histogram([1], nbins=3)\n", "import numpy as np\nx = np.histogram([1], bins=3)\n",
        keywords,
    ),
    ErrorRule(
        "near_styles", "execution.exception", Seen("OSError: 'gg_plot' is not a valid package style", 2),
        "import matplotlib.pyplot as plt\nplt.style.use('gg_plot')\n",
        'import matplotlib.pyplot as plt\nplt.style.use("ggplot")\n', near_styles,
    ),
)  # fmt: skip
