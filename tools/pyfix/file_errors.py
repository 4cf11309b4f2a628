"""Repairs after an error of opening: paths, arguments and readers."""

import ast
import re
from pathlib import PurePath

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.places import dotted, nodes_at
from hepcoder.tools.pyfix.records import ErrorRule, Known, Seen


def input_paths(source: str, known: Known, seen: Seen) -> str:
    """A path that is no input: the input of that name, or the only one of that kind."""
    tree = parse(source)
    match = re.search(
        r"(?:No such file or directory|not found|does not exist).*?'([^']+)'|^\w+: ([^\s:]+) not found", seen.message
    )
    path = next((one for one in match.groups() if one), "") if match else ""
    path = path.removeprefix("file://")
    if tree is None or not path or PurePath(path).name in {one.file for one in known.outputs}:
        return source
    real = _real_input(PurePath(path), known)
    edits: list[Edit] = []
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and real:
            file, colon, rest = one.value.partition(":")
            if (
                file
                and (file == path or path.endswith("/" + file.removeprefix("./").removeprefix("../")))
                and file != real
            ):
                edits.append((one, f'"{real}{colon}{rest}"'))
    return replace_nodes(source, edits)


def _real_input(path: PurePath, known: Known) -> str | None:
    if path.name in known.inputs:
        return path.name
    same = [one for one in known.inputs if PurePath(one).suffix == path.suffix]
    near = nearest(path.name, same, 0.6)
    return same[0] if len(same) == 1 else near


def arguments(source: str, known: Known, seen: Seen) -> str:
    """A script that waits for its input on the command line, where there is none."""
    tree = parse(source)
    if tree is None or "list index out of range" not in seen.message:
        return source
    edits: list[Edit] = []
    for node in nodes_at(tree, seen.line, ast.Subscript):
        if (
            dotted(node.value) == "sys.argv"
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, int)
        ):
            number = node.slice.value - 1
            text = _mentioned(source, known)
            left = [one for one in known.inputs if one not in text]
            name = next((one for one in left if _fits(tree, node, one, known)), "")
            name = known.inputs[0] if len(known.inputs) == 1 else name
            edits += [(node, f'"{name}"')] if name and 0 <= number < len(known.inputs) else []
    return replace_nodes(source, edits)


_KINDS_OF = {
    "uproot.open": {"root"}, "np.load": {"npz", "npy"}, "np.genfromtxt": {"csv"}, "np.loadtxt": {"csv"},
    "ak.from_parquet": {"parquet"}, "read_events": {"root", "lhco", "parquet"},
}  # fmt: skip


def _fits(tree: ast.Module, node: ast.expr, name: str, known: Known) -> bool:
    """Whether the function that is given the argument reads files of this kind; true where none is seen."""
    given = (one for one in ast.walk(tree) if isinstance(one, ast.Call) and node in one.args)
    kinds = [_KINDS_OF[dotted(one.func)] for one in given if dotted(one.func) in _KINDS_OF]
    return all(known.kinds.get(name) in one for one in kinds)


def _mentioned(source: str, known: Known) -> set[str]:
    return {one for one in known.inputs if f'"{one}"' in source or f"'{one}'" in source}


def readers(source: str, known: Known, _seen: Seen) -> str:
    """A file read as what it is not: by the reader of its kind."""
    tree = parse(source)
    if tree is None:
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = str(node.args[0].value).split(":")[0]
            text = _right_reader(name, dotted(node.func), known)
            if text:
                changed = replace_nodes(source, [(whole_reading(tree, node), text)])
                return missing_imports(changed, known)
    return source


def _right_reader(name: str, reader: str, known: Known) -> str | None:
    kind = known.kinds.get(name)
    if kind == "lhco" and reader in {"uproot.open", "np.load", "np.loadtxt", "np.genfromtxt", "ak.from_parquet"}:
        return f'read_events("{name}")'
    if kind == "root" and reader in {"np.load", "np.loadtxt", "np.genfromtxt", "ak.from_parquet"}:
        return f'read_events("{name}")'
    if kind in {"npz", "npy"} and reader in {"np.loadtxt", "np.genfromtxt", "uproot.open", "ak.from_parquet"}:
        return f'np.load("{name}")'
    if kind == "csv" and reader in {"np.load", "uproot.open"}:
        return f'np.genfromtxt("{name}", delimiter=",", names=True)'
    if kind == "parquet" and reader in {"np.load", "uproot.open", "np.loadtxt"}:
        return f'ak.from_parquet("{name}")'
    return None


def whole_reading(tree: ast.Module, node: ast.expr) -> ast.expr:
    """The call with what takes the tree and its arrays out of the opened file."""
    parents = {id(child): parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}
    whole = node
    while True:
        parent = parents.get(id(whole))
        if (
            isinstance(parent, ast.Subscript)
            and parent.value is whole
            and isinstance(parent.slice, ast.Constant)
            and not _is_table(node)
        ):
            whole = parent
        elif isinstance(parent, ast.Attribute) and parent.attr in {"arrays", "array"}:
            call = parents.get(id(parent))
            whole = call if isinstance(call, ast.Call) else parent
        else:
            return whole


def _is_table(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and bool(node.args)
        and str(getattr(node.args[0], "value", "")).endswith((".npz", ".csv"))
    )


RULES = (
    ErrorRule(
        "input_paths", "execution.missing_input",
        Seen("FileNotFoundError: [Errno 2] No such file or directory: '/data/data.root'", 2),
        "path = '/data/data.root'\nopen(path)\n", 'path = "data.root"\nopen(path)\n', input_paths,
    ),
    ErrorRule(
        "arguments", "execution.index", Seen("IndexError: list index out of range", 2),
        "import sys\npath = sys.argv[1]\n", 'import sys\npath = "data.root"\n', arguments,
    ),
    ErrorRule(
        "readers", "execution.value", Seen("ValueError: Cannot load file containing pickled data", 2),
        "from hepcoder.tools import read_events\nevents = np.load('data.root')\n",
        'from hepcoder.tools import read_events\nevents = read_events("data.root")\n', readers,
    ),
)  # fmt: skip
