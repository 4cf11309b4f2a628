"""Rules for names that nothing binds: slips, units, and behaviours of records."""

import ast
import re

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes
from hepcoder.tools.pyfix.import_rules import USUAL
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.scope import defined_names, undefined_names


def near_names(source: str, known: Known) -> str:
    """A name that nothing binds, one slip away from one that is bound."""
    tree = parse(source)
    if tree is None:
        return source
    bound = sorted(one for one in defined_names(tree) | set(known.toolbox) if not one.startswith("__"))
    edits: list[Edit] = []
    for node in undefined_names(tree):
        if len(node.id) > 2 and node.id not in USUAL and node.id not in known.toolbox:
            real = nearest(node.id, bound, 0.8)
            edits += [(node, real)] if real else []
    return replace_nodes(source, edits)


_UNITS_IN_GEV = {"eV": 1e-9, "keV": 1e-6, "MeV": 1e-3, "GeV": 1.0, "TeV": 1e3}


def units(source: str, known: Known) -> str:
    """Units as names, ``30 * GeV``: their values in the unit that the script's energies have."""
    tree = parse(source)
    if tree is None:
        return source
    missing = dict.fromkeys(node.id for node in undefined_names(tree) if node.id in _UNITS_IN_GEV)
    delivered = "read_events(" in source
    unit = "GeV" if delivered else known.file_unit
    if not missing or unit is None:
        return source
    lines = "".join(f"{name} = {_UNITS_IN_GEV[name] / _UNITS_IN_GEV[unit]:g}\n" for name in missing)
    last = max((one.end_lineno or 0 for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom)), default=0)
    split = source.splitlines(keepends=True)
    return "".join([*split[:last], lines, *split[last:]])


def vector_behaviours(source: str, _known: Known) -> str:
    """Records named as momenta whose behaviour nobody registered."""
    tree = parse(source)
    if (
        tree is None
        or "vector.register_awkward" in source
        or ("vector." not in source and "import vector" not in source)
    ):
        return source
    named = re.search(r"with_name\s*=\s*[\"'](Momentum|Vector)[234]D[\"']", source)
    if not named or "behavior=" in source:
        return source
    last = max(one.end_lineno or 0 for one in tree.body if isinstance(one, ast.Import | ast.ImportFrom))
    lines = source.splitlines(keepends=True)
    return "".join([*lines[:last], "vector.register_awkward()\n", *lines[last:]])


RULES = (
    Rule(
        "units",
        "static.name",
        "from hepcoder.tools import read_events\ncut = 30 * GeV\nevents = read_events('data.root')\n",
        "from hepcoder.tools import read_events\nGeV = 1\ncut = 30 * GeV\nevents = read_events('data.root')\n",
        units,
    ),
    Rule("near_names", "static.name", "selected = 3\nprint(selectee)\n", "selected = 3\nprint(selected)\n", near_names),
    Rule(
        "vector_behaviours",
        "execution.attribute",
        "import awkward as ak\nimport vector\nx = ak.zip({}, with_name='Momentum4D')\n",
        "import awkward as ak\nimport vector\nvector.register_awkward()\nx = ak.zip({}, with_name='Momentum4D')\n",
        vector_behaviours,
    ),
)
