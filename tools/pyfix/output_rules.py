"""Rules for what a script leaves behind."""

import ast
import re
from collections.abc import Callable, Sequence
from pathlib import PurePath

from hepcoder.tools.contract import OutputKind
from hepcoder.tools.pyfix.edits import Edit, parse, replace_nodes, text_of
from hepcoder.tools.pyfix.import_rules import missing_imports
from hepcoder.tools.pyfix.places import bound_names, dotted
from hepcoder.tools.pyfix.records import Known, Rule
from hepcoder.tools.pyfix.scope import defined_names
from hepcoder.tools.pyfix.shapes import EVENT, JAGGED, Shapes


def no_show(source: str, _known: Known) -> str:
    """Nobody looks at a window in a sandbox."""
    tree = parse(source)
    edits: list[Edit] = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Expr) and re.fullmatch(r"(plt|fig|figure)\.show\(.*\)", text_of(source, node)):
            edits += [(node, "pass")]
    changed = replace_nodes(source, edits)
    return re.sub(r"(?m)^pass\n", "", changed) if changed != source else source


def strings(tree: ast.Module) -> list[ast.Constant]:
    """The text constants of a script that could be file names."""
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [one for one in found if re.fullmatch(r"[\w./-]+\.\w{2,7}", str(one.value))]


def missing_files(source: str, known: Known) -> list[str]:
    """Required output files whose name stands nowhere in the script."""
    names = {one.file: PurePath(one.file).name for one in known.outputs}
    return [file for file, name in names.items() if not re.search(rf"(?<![\w-]){re.escape(name)}", source)]


def output_names(source: str, known: Known) -> str:
    """A file of the right kind written under another name than the required one."""
    tree = parse(source)
    if tree is None:
        return source
    missing = missing_files(source, known)
    required = {one.file for one in known.outputs}
    edits: list[Edit] = []
    for name in missing:
        suffix = PurePath(name).suffix
        stray = [
            one
            for one in strings(tree)
            if str(one.value).endswith(suffix) and one.value not in {*required, *known.inputs}
        ]
        others = [one for one in missing if one != name and PurePath(one).suffix == suffix]
        if len({one.value for one in stray}) == 1 and not others:
            edits += [(one, f'"{name}"') for one in stray]
    return replace_nodes(source, edits)


def write_json(source: str, known: Known) -> str:
    """A required JSON file that is not written, though all its values are there under their names."""
    return write_missing(source, known, "json", _json_line)


def _json_line(file: str, names: Sequence[str]) -> str:
    inside = ", ".join(f'"{name}": {name}' for name in names)
    return f'save_json("{file}", {{{inside}}})'


def write_missing(source: str, known: Known, kind: OutputKind, line: Callable[[str, Sequence[str]], str]) -> str:
    """Write the required files of a kind that nothing writes, where the script has all their values by name.

    Args:
        source: The script.
        known: What is known of its outputs.
        kind: Kind of the files.
        line: The line that writes a file, from its name and the names in it.
    """
    tree = parse(source)
    if tree is None:
        return source
    names = defined_names(tree)
    missing = missing_files(source, known)
    for one in known.outputs:
        fields = [field.name for field in one.fields]
        if one.kind == kind and one.file in missing and fields and set(fields) <= names:
            source = source.rstrip("\n") + f"\n{line(one.file, fields)}\n"
    return missing_imports(source, known)


_SUMMARY = {
    "n": "sum",
    "num": "sum",
    "mean": "mean",
    "average": "mean",
    "avg": "mean",
    "max": "max",
    "min": "min",
    "std": "std",
}


def single_numbers(source: str, known: Known) -> str:
    """An array saved where the name means one number, such as a mask as ``n_events`` or masses as ``mean_mass``."""
    tree = parse(source)
    if tree is None:
        return source
    shapes = Shapes(tree, known)
    counts = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and text_of(source, node.value).startswith("count(")
    }
    edits: list[Edit] = []
    for name, value in _saved(tree):
        summary = _SUMMARY.get(name.split("_")[0].lower(), "sum" if shapes.is_mask(value) else "")
        whole = shapes.is_mask(value) or (isinstance(value, ast.Name) and value.id in counts)
        fits = shapes.depth(value) in {EVENT, JAGGED} or (shapes.depth(value) is None and shapes.is_mask(value))
        if fits and summary and (summary != "sum" or whole):
            edits += [(value, f"ak.{summary}({text_of(source, value)})")]
    changed = replace_nodes(source, edits)
    return missing_imports(changed, known) if changed != source else source


def _saved(tree: ast.Module) -> list[tuple[str, ast.expr]]:
    """Names and values given to `save_json` and `json.dump`."""
    found: list[tuple[str, ast.expr]] = []
    bound = bound_names(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and dotted(node.func) in {"save_json", "json.dump"}:
            found += [(one.arg, one.value) for one in node.keywords if one.arg and dotted(node.func) == "save_json"]
            for given in node.args:
                one = bound.get(given.id, given) if isinstance(given, ast.Name) else given
                pairs = zip(one.keys, one.values, strict=True) if isinstance(one, ast.Dict) else ()
                found += [(str(key.value), value) for key, value in pairs if isinstance(key, ast.Constant)]
    return found


_READ = """import awkward as ak
from hepcoder.tools import read_events, save_json
events = read_events("data.root", ["MET"])
"""
_SAVE = 'save_json("out.json", {"n": 1})\nplot("out.png")\n'
RULES = (
    Rule("no_show", "execution.exception", _SAVE + "plt.show()\n", _SAVE, no_show),
    Rule(
        "output_names", "static.no_output",
        'save_json("out.json", {"n": 1})\nplot("mass.png")\n', _SAVE, output_names,
    ),
    Rule(
        "write_json", "static.no_output",
        'from hepcoder.tools import save_json\nn = 3\nplot("out.png")\n',
        'from hepcoder.tools import save_json\nn = 3\nplot("out.png")\nsave_json("out.json", {"n": n})\n',
        write_json,
    ),
    Rule(
        "single_numbers", "output.schema",
        _READ + 'n = events.MET.pt > 20\nsave_json("out.json", {"n": n})\nplot("out.png")\n',
        _READ + 'n = events.MET.pt > 20\nsave_json("out.json", {"n": ak.sum(n)})\nplot("out.png")\n',
        single_numbers,
    ),
)  # fmt: skip
