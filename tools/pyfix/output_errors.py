"""Repairs after an error of the outputs: what was not written, or under another name."""

import ast
import re
from pathlib import PurePath

from hepcoder.tools.pyfix.edits import Edit, nearest, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.places import dotted, nodes_at
from hepcoder.tools.pyfix.records import ErrorRule, Known, Seen

_WRITERS = re.compile(r"save_json|save_npz|save_csv|np\.savez(_compressed)?|json\.dumps?")


def plain_values(source: str, _known: Known, seen: Seen) -> str:
    """Numpy's numbers and arrays given to `json.dump`: written as plain numbers and lists."""
    tree = parse(source)
    if tree is None or "not JSON serializable" not in seen.message:
        return source
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and dotted(node.func) in {"json.dump", "json.dumps"}
            and not any(one.arg == "default" for one in node.keywords)
        ):
            inside = text_of(source, node)[:-1].rstrip().rstrip(",")
            edits.append((node, f"{inside}, default=lambda value: value.tolist())"))
    return replace_nodes(source, edits)


def writable(source: str, known: Known, seen: Seen) -> str:
    """An output opened for reading."""
    tree = parse(source)
    match = re.search(r"No such file or directory: '([^']+)'", seen.message)
    if tree is None or match is None or PurePath(match[1]).name not in {one.file for one in known.outputs}:
        return source
    found = (one for one in nodes_at(tree, seen.line, ast.Call) if dotted(one.func) == "open" and len(one.args) == 1)
    plain = [one.args[0] for one in found if not any(each.arg == "mode" for each in one.keywords)]
    return replace_nodes(source, [(one, f'{text_of(source, one)}, "w"') for one in plain])


def required_names(source: str, known: Known, seen: Seen) -> str:
    """Required names that an output lacks: the key nearest to one renamed, else the variable of that name added."""
    match = re.search(r"(\S+) lacks ([^;]+); it has ([^;]+);", seen.message)
    required = next((one for one in known.outputs if match and one.file == match[1]), None)
    if match is None or required is None:
        return source
    fields = {one.name for one in required.fields}
    for name in re.findall(r"'([^']+)'", match[2]):
        tree = parse(source)
        if tree is None:
            return source
        stray = sorted(set(re.findall(r"'([^']+)'", match[3])) - fields)
        real = nearest(name, stray, 0.75)
        source = _renamed(source, tree, real, name) if real else _added(source, tree, name, required.file)
    return source


def _renamed(source: str, tree: ast.Module, old: str, new: str) -> str:
    keys = [one for call in _calls(tree) for one, text in _keys(tree, call) if text == old]
    keys = keys or [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value == old]
    return replace_nodes(
        source,
        [(one, f'"{new}"' if isinstance(one, ast.Constant) else f"{new}={text_of(source, one.value)}") for one in keys],
    )


def _calls(tree: ast.Module) -> list[ast.Call]:
    return [n for n in ast.walk(tree) if isinstance(n, ast.Call) and _WRITERS.fullmatch(dotted(n.func))]


def _keys(tree: ast.Module, call: ast.Call) -> list[tuple[ast.Constant | ast.keyword, str]]:
    """The names that a call writes: of its keywords, and of dicts given to it or bound to a name given to it."""
    found: list[tuple[ast.Constant | ast.keyword, str]] = []
    found += [(one, one.arg) for one in call.keywords if one.arg and not dotted(call.func).startswith("json")]
    given = {one.id for one in call.args if isinstance(one, ast.Name)}
    dicts = [one for one in call.args if isinstance(one, ast.Dict)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            dicts += [node.value] if any(isinstance(one, ast.Name) and one.id in given for one in node.targets) else []
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            target = node.targets[0]
            if (
                dotted(target.value) in given
                and isinstance(target.slice, ast.Constant)
                and isinstance(target.slice.value, str)
            ):
                found.append((target.slice, target.slice.value))
    for one in dicts:
        found += [(key, key.value) for key in one.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return found


def _added(source: str, tree: ast.Module, name: str, file: str) -> str:
    """The variable of that name written too."""
    bound = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for call in _calls(tree):
        writes = call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == file
        if name in bound and writes and not any(isinstance(one, ast.Starred) for one in call.args):
            return replace_nodes(source, [(call, f"{text_of(source, call)[:-1].rstrip().rstrip(',')}, {name}={name})")])
    return source


_SAVE = "from hepcoder.tools import save_json\n"
RULES = (
    ErrorRule(
        "plain_values", "execution.type", Seen("TypeError: Object of type int64 is not JSON serializable", 2),
        "import json\njson.dump({}, open('out.json', 'w'))\n",
        "import json\njson.dump({}, open('out.json', 'w'), default=lambda value: value.tolist())\n", plain_values,
    ),
    ErrorRule(
        "writable", "execution.missing_input",
        Seen("FileNotFoundError: [Errno 2] No such file or directory: 'out.json'", 1),
        "with open('out.json') as f:\n    f.write('')\n",
        "with open('out.json', \"w\") as f:\n    f.write('')\n", writable,
    ),
    ErrorRule(
        "required_names", "output.schema", Seen("out.json lacks 'n'; it has 'N_'; save under exactly these names"),
        _SAVE + "save_json('out.json', {'N_': 3})\n", _SAVE + "save_json('out.json', {\"n\": 3})\n", required_names,
    ),
)  # fmt: skip
