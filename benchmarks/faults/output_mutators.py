"""Ways to leave the wrong files behind."""

import ast
import re
from pathlib import PurePath
from random import Random

from hepcoder.benchmarks.faults.places import calls, each_line, instead, misspelt, nodes, put, without_statement
from hepcoder.benchmarks.faults.records import Mutator, Program
from hepcoder.tools.pyfix.edits import text_of
from hepcoder.tools.pyfix.places import dotted

_WRITERS = r"(save_(json|npz|csv|histogram)|plot_\w+|np\.savez|json\.dump|(plt|fig)\.savefig|\w+\.to_parquet)$"
_OTHER_NAMES = ("output", "results", "my_{}", "{}_final", "out")


def _files(program: Program) -> list[ast.Constant]:
    """The names of output files in the text."""
    names = {output.file for output in program.outputs}
    return [one for one in nodes(program.source, ast.Constant) if one.value in names]


def _statements(program: Program) -> list[ast.Expr]:
    """Statements that write a result."""
    return [
        one
        for one in nodes(program.source, ast.Expr)
        if isinstance(one.value, ast.Call) and re.match(_WRITERS, dotted(one.value.func))
    ]


def _lost_write(program: Program, _dice: Random) -> list[str]:
    return [without_statement(program.source, one) for one in _statements(program)]


def _other_name(program: Program, dice: Random) -> list[str]:
    def other(node: ast.Constant) -> str:
        path = PurePath(str(node.value))
        return f'"{dice.choice(_OTHER_NAMES).format(path.stem)}{path.suffix}"'

    return instead(program.source, _files(program), other)


def _folder(program: Program, dice: Random) -> list[str]:
    return instead(
        program.source,
        _files(program),
        lambda node: f'"{dice.choice(("output", "results", "plots"))}/{text_of(program.source, node)[1:]}',
    )


def _other_key(program: Program, dice: Random) -> list[str]:
    names = {field.name for output in program.outputs for field in output.fields}

    def other(name: str) -> str:
        camel = re.sub(r"_(\w)", lambda match: match[1].upper(), name)
        return dice.choice(
            [one for one in (camel, name.upper(), misspelt(name, dice), name.title()) if one and one != name]
        )

    keys = [one for one in nodes(program.source, ast.Constant) if one.value in names]
    found = instead(program.source, keys, lambda node: f'"{other(str(node.value))}"')
    for call in calls(program.source, "np.savez", "save_npz", "save_json"):
        for one in call.keywords:
            if one.arg in names:
                found.append(put(program.source, one, f"{other(one.arg)}={text_of(program.source, one.value)}"))
    return found


def _lost_key(program: Program, _dice: Random) -> list[str]:
    found = []
    for call in calls(program.source, "np.savez", "save_npz", "save_json"):
        for one in call.keywords:
            inside = [text_of(program.source, each) for each in (*call.args, *call.keywords) if each is not one]
            found.append(put(program.source, call, f"{dotted(call.func)}({', '.join(inside)})"))
    return found


def _shown(program: Program, _dice: Random) -> list[str]:
    found = [one for one in _statements(program) if dotted(getattr(one.value, "func", one)).endswith("savefig")]
    return instead(program.source, found, lambda _node: "plt.show()")


def _read_mode(program: Program, _dice: Random) -> list[str]:
    return each_line(program.source, lambda line: line.replace(', "w"', "", 1) if "open(" in line else None)


def _swapped(program: Program, _dice: Random) -> list[str]:
    found = [one for one in calls(program.source, "json.dump") if len(one.args) == 2]

    def other(node: ast.Call) -> str:
        inside = [text_of(program.source, one) for one in (*reversed(node.args), *node.keywords)]
        return f"json.dump({', '.join(inside)})"

    return instead(program.source, found, other)


def _numpy_in_json(program: Program, _dice: Random) -> list[str]:
    found = [
        one
        for one in calls(program.source, "int", "float")
        if len(one.args) == 1 and "(" in text_of(program.source, one.args[0])
    ]
    plain = instead(program.source, found, lambda node: text_of(program.source, node.args[0]))
    lists = [one for one in calls(program.source) if text_of(program.source, one).endswith(".tolist()")]
    return [
        *plain,
        *instead(program.source, lists, lambda node: text_of(program.source, node).removesuffix(".tolist()")),
    ]


def _array_in_json(program: Program, _dice: Random) -> list[str]:
    """The array in place of its mean, sum or length."""
    found = [
        one
        for one in calls(program.source, "int", "float")
        if len(one.args) == 1 and isinstance(one.args[0], ast.Call) and len(one.args[0].args) == 1
    ]
    return instead(
        program.source,
        found,
        lambda node: text_of(program.source, node.args[0].args[0]) if isinstance(node.args[0], ast.Call) else None,
    )


def _main_never_called(program: Program, _dice: Random) -> list[str]:
    tree = ast.parse(program.source)
    return [
        without_statement(program.source, one).rstrip("\n") + "\n"
        for one in tree.body
        if isinstance(one, ast.If) and "__main__" in text_of(program.source, one.test)
    ]


def _not_created(program: Program, _dice: Random) -> list[str]:
    """A line between the results and the file: the file is written ahead of its values."""
    lines = [one for one in _statements(program) if one.col_offset == 0 and one.lineno > 8]
    found = []
    for one in lines:
        text = text_of(program.source, one)
        rest = without_statement(program.source, one).splitlines(keepends=True)
        before = max(place for place in range(one.lineno) if place < one.lineno - 3 and not rest[place][:1].isspace())
        found.append("".join([*rest[:before], text + "\n", *rest[before:]]))
    return [one for one in found if _parses(one) and one != program.source]


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


MUTATORS = (
    Mutator("lost_write", "static.no_output", _lost_write),
    Mutator("other_output_name", "static.no_output", _other_name),
    Mutator("folder_of_output", "execution.missing_input", _folder),
    Mutator("other_key", "output.schema", _other_key),
    Mutator("lost_key", "output.schema", _lost_key),
    Mutator("shown_not_saved", "static.no_output", _shown),
    Mutator("read_mode", "execution.missing_input", _read_mode),
    Mutator("swapped_dump", "execution.attribute", _swapped),
    Mutator("numpy_in_json", "execution.type", _numpy_in_json),
    Mutator("array_in_json", "execution.type", _array_in_json),
    Mutator("main_never_called", "output.missing", _main_never_called),
    Mutator("written_too_early", "execution.name", _not_created),
)
