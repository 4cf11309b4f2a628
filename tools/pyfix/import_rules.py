"""Rules for imports."""

import ast
from importlib.util import find_spec
from pathlib import Path

from hepcoder.tools.pyfix.edits import add_import, nearest, parse, replace_nodes
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.scope import defined_names, undefined_names

USUAL = {
    "np": "import numpy as np", "ak": "import awkward as ak", "plt": "import matplotlib.pyplot as plt",
    "hep": "import mplhep as hep", "mplhep": "import mplhep", "uproot": "import uproot", "hist": "import hist",
    "Hist": "from hist import Hist", "vector": "import vector", "json": "import json", "math": "import math",
    "os": "import os", "csv": "import csv", "sys": "import sys", "itertools": "import itertools", "re": "import re",
    "Path": "from pathlib import Path", "curve_fit": "from scipy.optimize import curve_fit",
    "reduce": "from functools import reduce", "Minuit": "from iminuit import Minuit",
    "pd": "import pandas as pd", "numpy": "import numpy",
    "awkward": "import awkward",
    "combinations": "from itertools import combinations", "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter", "pq": "import pyarrow.parquet as pq", "pa": "import pyarrow as pa",
}  # fmt: skip
ALIASES = {
    "read_root": "read_events", "load_events": "read_events", "dump_json": "save_json", "write_json": "save_json",
    "save_hist": "save_histogram", "plot_hist": "plot_histogram", "num": "count", "inv_mass": "invariant_mass",
    "deltaR": "delta_r", "deltaphi": "delta_phi", "mt": "transverse_mass", "HT": "ht",
}  # fmt: skip


def missing_imports(source: str, known: Known) -> str:
    """Import what is used under its usual name; functions of the toolbox too."""
    tree = parse(source)
    if tree is None:
        return source
    missing = list(dict.fromkeys(node.id for node in undefined_names(tree)))
    for line in [USUAL[name] for name in missing if name in USUAL]:
        source = add_import(source, line)
    tools = [name for name in missing if name in known.toolbox and name not in USUAL]
    return _import_tools(source, tools) if tools else source


def _import_tools(source: str, names: list[str]) -> str:
    tree = parse(source)
    for node in tree.body if tree else ():
        if isinstance(node, ast.ImportFrom) and node.module == "hepcoder.tools" and node.level == 0:
            line = "from hepcoder.tools import " + ", ".join(
                _alias(one) for one in [*node.names, *map(ast.alias, names)]
            )
            return replace_nodes(source, [(node, line)])
    return add_import(source, f"from hepcoder.tools import {', '.join(names)}")


def _alias(one: ast.alias) -> str:
    return one.name if one.asname is None else f"{one.name} as {one.asname}"


def toolbox_names(source: str, known: Known) -> str:
    """Names that the toolbox does not have: the nearest it has; those that the script never uses are left out."""
    tree = parse(source)
    if tree is None or not known.toolbox:
        return source
    edits: list[tuple[ast.AST, str]] = []
    for node in ast.walk(tree):
        if not (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "hepcoder"):
            continue
        wrong = [one for one in node.names if one.name not in known.toolbox and one.name != "*"]
        if (not wrong and node.module == "hepcoder.tools") or _is_there(node):
            continue
        names = [_real(one, known, tree) for one in node.names]
        kept = list(dict.fromkeys(name for name in names if name))
        edits.append((node, f"from hepcoder.tools import {', '.join(kept)}" if kept else "pass"))
    return replace_nodes(source, edits)


def _is_there(node: ast.ImportFrom) -> bool:
    """Whether a module of the toolbox has all these names; its text is read, nothing of it is run."""
    try:
        spec = find_spec(node.module or "")
    except (ImportError, ValueError):
        return False
    if (
        spec is None
        or spec.origin is None
        or node.module == "hepcoder.tools"
        or not (node.module or "").startswith("hepcoder.tools.")
    ):
        return False
    tree = parse(Path(spec.origin).read_text(encoding="utf-8"))
    return tree is not None and {one.name for one in node.names} <= defined_names(tree)


def _real(one: ast.alias, known: Known, tree: ast.Module) -> str | None:
    if one.name in known.toolbox or one.name == "*":
        return _alias(one)
    real = ALIASES.get(one.name) or nearest(one.name, known.toolbox, 0.8)
    used = one.asname or one.name
    if real and real in known.toolbox and any(isinstance(n, ast.Name) and n.id == used for n in ast.walk(tree)):
        return f"{real} as {used}"
    return None


def star_of_tools(source: str, known: Known) -> str:
    """Names of the toolbox used but neither imported nor defined, where the toolbox is imported as a module."""
    tree = parse(source)
    if tree is None:
        return source
    edits: list[tuple[ast.AST, str]] = []
    for node in undefined_names(tree):
        real = ALIASES.get(node.id)
        if real in known.toolbox:
            edits.append((node, str(real)))
    changed = replace_nodes(source, edits)
    return missing_imports(changed, known) if changed != source else source


RULES = (
    Rule(
        "toolbox_names", "static.import",
        "from hepcoder.tools import read_root, nothing\nevents = read_root('a.root')\n",
        "from hepcoder.tools import read_events as read_root\nevents = read_root('a.root')\n",
        toolbox_names,
    ),
    Rule(
        "toolbox_aliases", "static.name",
        "from hepcoder.tools import read_events\nx = deltaR(1, 2)\n",
        "from hepcoder.tools import read_events, delta_r\nx = delta_r(1, 2)\n",
        star_of_tools,
    ),
    Rule(
        "missing_imports", "static.name",
        "from hepcoder.tools import read_events\nx = np.abs(count([[1]]))\n",
        "from hepcoder.tools import read_events, count\nimport numpy as np\nx = np.abs(count([[1]]))\n",
        missing_imports,
    ),
)  # fmt: skip
