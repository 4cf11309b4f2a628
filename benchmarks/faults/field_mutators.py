"""Ways to ask the data for what it does not have, or to take it for what it is not."""

import ast
import re
from pathlib import PurePath
from random import Random

from hepcoder.benchmarks.faults.places import calls, instead, misspelt, nodes, put
from hepcoder.benchmarks.faults.records import Mutator, Program
from hepcoder.tools.pyfix.edits import text_of
from hepcoder.tools.pyfix.places import dotted

_COLLECTIONS = {
    "Muon": "muons", "Electron": "Electrons", "Jet": "jets", "MET": "met", "photon": "photons", "Tau": "Taus",
    "Photon": "photon",
}  # fmt: skip
_INVENTED = {"btag": "isBTag", "pt": "pT", "pfRelIso04_all": "isolation", "tightId": "isTight", "charge": "q"}
_TREES = {"Events": "events", "mini": "Mini"}
_BRANCH = re.compile(r"[A-Za-z]+_\w+|mass|weight|selected|event|value|stat|syst")
_FOLDERS = ("/data/", "data/", "/path/to/", "../", "/home/user/analysis/")
_OTHERS = ("input", "data", "your_file")
_READERS = {"read_events", "uproot.open", "np.load", "np.genfromtxt", "np.loadtxt", "open"}


def _strings(program: Program) -> list[ast.Constant]:
    """Texts that name a branch, a column or an array of the data."""
    written = {field.name for output in program.outputs for field in output.fields}
    found = [one for one in nodes(program.source, ast.Constant) if isinstance(one.value, str)]
    return [one for one in found if _BRANCH.fullmatch(str(one.value)) and one.value not in written]


def _inputs(program: Program) -> list[ast.Constant]:
    """The names of files that are read."""
    files = {output.file for output in program.outputs}
    found = [one for one in nodes(program.source, ast.Constant) if isinstance(one.value, str)]
    return [
        one
        for one in found
        if re.fullmatch(r"\w+\.(root|lhco|csv|npz|json)(:\w+)?", str(one.value)) and one.value not in files
    ]


def _fields(program: Program) -> list[ast.Attribute]:
    """Fields of collections, as ``events.Muon.pt``, and branches, as ``events.Muon_pt``."""
    found = [one for one in nodes(program.source, ast.Attribute) if isinstance(one.ctx, ast.Load)]
    return [one for one in found if re.match(r"(events|branches|muons|jets|photons|electrons)\b", dotted(one))]


def _misspelt_branch(program: Program, dice: Random) -> list[str]:
    def wrong(node: ast.Constant) -> str | None:
        name = str(node.value)
        ways = (name.lower(), name.upper(), name.replace("_", ""), name.title(), misspelt(name, dice))
        made = dice.choice([one for one in ways if one and one != name])
        return f'"{made}"'

    return instead(program.source, _strings(program), wrong)


def _misspelt_field(program: Program, dice: Random) -> list[str]:
    def wrong(node: ast.Attribute) -> str:
        name = node.attr
        made = dice.choice(
            [one for one in (name.title(), name.upper(), name + "s", misspelt(name, dice)) if one and one != name]
        )
        return f"{text_of(program.source, node.value)}.{made}"

    return instead(program.source, _fields(program), wrong)


def _flat_branch(program: Program, _dice: Random) -> list[str]:
    found = [one for one in _fields(program) if dotted(one).count(".") == 2]
    return instead(program.source, found, lambda node: f"{dotted(node.value)}_{node.attr}")


def _dotted_branch(program: Program, _dice: Random) -> list[str]:
    found = [one for one in _fields(program) if re.fullmatch(r"\w+\.[A-Z][a-z]+_[a-z]+", dotted(one))]
    return instead(program.source, found, lambda node: dotted(node).replace("_", ".", 1))


def _other_collection(program: Program, _dice: Random) -> list[str]:
    found = [one for one in _fields(program) if one.attr in _COLLECTIONS]
    return instead(program.source, found, lambda node: f"{dotted(node.value)}.{_COLLECTIONS[node.attr]}")


def _invented_field(program: Program, _dice: Random) -> list[str]:
    found = [one for one in _fields(program) if one.attr in _INVENTED]
    return instead(program.source, found, lambda node: f"{text_of(program.source, node.value)}.{_INVENTED[node.attr]}")


def _wrong_tree(program: Program, dice: Random) -> list[str]:
    names = [one for one in nodes(program.source, ast.Constant) if one.value in _TREES]
    found = instead(program.source, names, lambda node: f'"{dice.choice((_TREES[str(node.value)], "tree"))}"')
    joint = [one for one in _inputs(program) if ":" in str(one.value)]
    return [*found, *instead(program.source, joint, lambda node: f'"{str(node.value).split(":")[0]}:tree"')]


def _unread_branch(program: Program, _dice: Random) -> list[str]:
    found = []
    for call in calls(program.source):
        named = dotted(call.func).rpartition(".")[2]
        for listed in call.args if named in {"read_events", "arrays"} else ():
            items = listed.elts if isinstance(listed, ast.List) else []
            for lost in items if len(items) > 1 else ():
                kept = ", ".join(text_of(program.source, one) for one in items if one is not lost)
                found.append(put(program.source, listed, f"[{kept}]"))
    return found


def _folder_of_input(program: Program, dice: Random) -> list[str]:
    return instead(
        program.source, _inputs(program), lambda node: f'"{dice.choice(_FOLDERS)}{text_of(program.source, node)[1:]}'
    )


def _other_input(program: Program, dice: Random) -> list[str]:
    def other(node: ast.Constant) -> str:
        name, colon, tree = str(node.value).partition(":")
        return f'"{dice.choice(_OTHERS)}{PurePath(name).suffix}{colon}{tree}"'

    return instead(program.source, _inputs(program), other)


def _input_of_arguments(program: Program, _dice: Random) -> list[str]:
    found = [one for one in _inputs(program) if ":" not in str(one.value)]
    made = instead(program.source, found, lambda _node: "sys.argv[1]")
    place = "import sys\n"
    return [_with_first_import(one, place) for one in made]


def _with_first_import(source: str, line: str) -> str:
    first = next(one for one in ast.parse(source).body if isinstance(one, ast.Import | ast.ImportFrom))
    lines = source.splitlines(keepends=True)
    return "".join([*lines[: first.lineno - 1], line, *lines[first.lineno - 1 :]])


def _wrong_reader(program: Program, _dice: Random) -> list[str]:
    found = []
    for call in calls(program.source, *_READERS):
        name = call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else ""
        found += [put(program.source, call, text) for text in _other_readers(str(name), dotted(call.func))]
    return found


def _other_readers(file: str, reader: str) -> list[str]:
    """How somebody would read a file who takes it for another kind."""
    path, _, tree = file.partition(":")
    suffix = PurePath(path).suffix
    if reader == "read_events":
        flat = f'uproot.open("{path}")["{tree or "Events"}"].arrays()'
        return [flat, f'np.load("{path}")', f'uproot.open("{path}")'] if suffix in {".root", ".lhco"} else []
    if suffix == ".csv" and reader in {"np.genfromtxt", "np.loadtxt"}:
        return [f'np.load("{path}")']
    if suffix == ".npz":
        return [f'np.loadtxt("{path}")', f'uproot.open("{path}")']
    return []


def _mev(program: Program, _dice: Random) -> list[str]:
    """Cuts in MeV on momenta that are in GeV."""

    def thousand(node: ast.Constant) -> str:
        return f"{float(str(node.value)) * 1000:g}"

    found = [
        one.comparators[0]
        for one in nodes(program.source, ast.Compare)
        if re.search(r"\.pt$|_pt$|\[\"\w+_pt\"\]$", text_of(program.source, one.left))
    ]
    return instead(program.source, [one for one in found if isinstance(one, ast.Constant) and one.value], thousand)


def _gev(program: Program, _dice: Random) -> list[str]:
    """Momenta in MeV left as they are, or those in GeV divided once more."""
    lost = program.source.replace(" / 1000.0", "", 1)
    twice = [one for one in _fields(program) if dotted(one).count(".") == 2 and one.attr == "pt"]
    made = instead(program.source, twice, lambda node: f"({dotted(node)} / 1000)")
    return [*([lost] if lost != program.source else []), *made]


MUTATORS = (
    Mutator("misspelt_branch", "execution.branch_name", _misspelt_branch),
    Mutator("misspelt_field", "static.branch_name", _misspelt_field),
    Mutator("flat_branch", "static.branch_name", _flat_branch),
    Mutator("dotted_branch", "execution.branch_name", _dotted_branch),
    Mutator("other_collection", "static.branch_name", _other_collection),
    Mutator("invented_field", "static.branch_name", _invented_field),
    Mutator("wrong_tree", "execution.branch_name", _wrong_tree),
    Mutator("unread_branch", "execution.branch_name", _unread_branch),
    Mutator("folder_of_input", "execution.missing_input", _folder_of_input),
    Mutator("other_input", "execution.missing_input", _other_input),
    Mutator("input_of_arguments", "execution.index", _input_of_arguments),
    Mutator("wrong_reader", "execution.exception", _wrong_reader),
    Mutator("cut_in_mev", "physics.empty_selection", _mev),
    Mutator("unit_forgotten", "silent", _gev),
)
