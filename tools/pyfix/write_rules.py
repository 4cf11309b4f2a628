"""Rules for results that are there and not written, or written to the wrong place."""

import ast
import re
from collections.abc import Sequence
from pathlib import PurePath

from hepcoder.tools.pyfix.edits import Edit, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.output_rules import missing_files, strings, write_missing
from hepcoder.tools.pyfix.places import dotted
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.scope import defined_names

_IMAGES = {"png", "pdf", "svg"}
_TOOL = re.compile(r"(save_(json|npz|csv|histogram)|plot_\w+)$")


def plain_folder(source: str, known: Known) -> str:
    """A required file written into a folder that nobody asked for."""
    tree = parse(source)
    if tree is None:
        return source
    texts = strings(tree)
    required = {one.file for one in known.outputs}
    named = {str(one.value) for one in texts}
    edits: list[Edit] = []
    for one in texts:
        path = str(one.value)
        if path not in required and PurePath(path).name in required and PurePath(path).name not in named:
            edits.append((one, f'"{PurePath(path).name}"'))
    return replace_nodes(source, edits)


def figures(source: str, known: Known) -> str:
    """A required figure that is drawn and shown, or only drawn, and never saved."""
    tree = parse(source)
    missing = [one.file for one in known.outputs if one.kind in _IMAGES and one.file in missing_files(source, known)]
    if tree is None or len(missing) != 1 or "savefig" in source:
        return source
    shown = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Expr)
        and isinstance(n.value, ast.Call)
        and re.fullmatch(r"(plt|fig|figure)\.show", dotted(n.value.func))
    ]
    if shown:
        return replace_nodes(source, [(shown[-1], f'plt.savefig("{missing[0]}")')])
    drawn = any(isinstance(n, ast.Call) and re.match(r"(plt|ax|axes)\.", dotted(n.func)) for n in ast.walk(tree))
    return (
        source.rstrip("\n") + f'\nplt.savefig("{missing[0]}")\n' if drawn and "plt" in defined_names(tree) else source
    )


def write_npz(source: str, known: Known) -> str:
    """A required npz file that is not written, though all its arrays are there under their names."""
    function = "save_npz" if "hepcoder.tools" in source else "np.savez"

    def line(file: str, names: Sequence[str]) -> str:
        return f'{function}("{file}", {", ".join(f"{name}={name}" for name in names)})'

    return write_missing(source, known, "npz", line)


def main_calls(source: str, _known: Known) -> str:
    """A function ``main`` that nobody calls, in a script that does nothing else."""
    tree = parse(source)
    found = (
        [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name in {"main", "run", "analyze", "analyse"}]
        if tree
        else []
    )
    if tree is None or len(found) != 1 or found[0].args.args:
        return source
    does = (
        n
        for n in tree.body
        if isinstance(n, ast.Expr | ast.If | ast.With | ast.For)
        and not isinstance(getattr(n, "value", None), ast.Constant)
    )
    if any(isinstance(n, ast.Name) and n.id == found[0].name for n in ast.walk(tree)) or any(does):
        return source
    return source.rstrip("\n") + f"\n\n\n{found[0].name}()\n"


def argument_order(source: str, _known: Known) -> str:
    """The file after the values, in functions that take it first, and the other way round for `json.dump`."""
    tree = parse(source)
    if tree is None:
        return source
    files = {
        one.optional_vars.id
        for node in ast.walk(tree)
        if isinstance(node, ast.With)
        for one in node.items
        if isinstance(one.optional_vars, ast.Name)
        and isinstance(one.context_expr, ast.Call)
        and dotted(one.context_expr.func) == "open"
    }
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) == 2 and _is_turned(node, files):
            one, two = node.args
            edits += [(one, text_of(source, two)), (two, text_of(source, one))]
    return replace_nodes(source, edits)


def _is_turned(node: ast.Call, files: set[str]) -> bool:
    first, second = node.args
    name = dotted(node.func)
    if name == "json.dump":
        return (
            isinstance(first, ast.Name)
            and first.id in files
            and not (isinstance(second, ast.Name) and second.id in files)
        )
    is_file = isinstance(second, ast.Constant) and bool(re.fullmatch(r"[\w./-]+\.\w{2,7}", str(second.value)))
    return (
        bool(_TOOL.match(name)) and is_file and not (isinstance(first, ast.Constant) and isinstance(first.value, str))
    )


_SAVE = 'save_json("out.json", {"n": 1})\n'
RULES = (
    Rule(
        "plain_folder", "output.missing",
        'save_json("results/out.json", {"n": 1})\nplot("out.png")\n', _SAVE + 'plot("out.png")\n', plain_folder,
    ),
    Rule(
        "figures", "static.no_output",
        "import matplotlib.pyplot as plt\n" + _SAVE + "plt.hist([1])\nplt.show()\n",
        "import matplotlib.pyplot as plt\n" + _SAVE + 'plt.hist([1])\nplt.savefig("out.png")\n', figures,
    ),
    Rule(
        "main_calls", "static.no_output", "def main():\n    print('out.json', 'out.png')\n",
        "def main():\n    print('out.json', 'out.png')\n\n\nmain()\n", main_calls,
    ),
    Rule(
        "argument_order", "execution.type", 'save_json({"n": 1}, "out.json")\nplot("out.png")\n',
        _SAVE + 'plot("out.png")\n', argument_order,
    ),
)  # fmt: skip
NPZ_RULES = (
    Rule(
        "write_npz", "static.no_output", "import numpy as np\ncounts = np.zeros(3)\n",
        'import numpy as np\ncounts = np.zeros(3)\nnp.savez("h.npz", counts=counts)\n', write_npz,
    ),
)  # fmt: skip
