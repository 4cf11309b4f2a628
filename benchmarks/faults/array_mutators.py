"""Ways to take arrays of lists for plain arrays, and arrays for numbers."""

import ast
import re
from random import Random

from hepcoder.benchmarks.faults.places import calls, instead, nodes, put
from hepcoder.benchmarks.faults.records import Mutator, Program
from hepcoder.tools.pyfix.edits import text_of
from hepcoder.tools.pyfix.places import dotted


def _joined(program: Program) -> list[ast.BinOp]:
    """Masks joined by ``&`` or ``|``."""
    return [one for one in nodes(program.source, ast.BinOp) if isinstance(one.op, ast.BitAnd | ast.BitOr)]


def _and_or(program: Program, _dice: Random) -> list[str]:
    def words(node: ast.BinOp) -> str:
        word = "and" if isinstance(node.op, ast.BitAnd) else "or"
        left, right = _with_parentheses(program.source, node)
        return f"{left} {word} {right}"

    return instead(program.source, _joined(program), words)


def _with_parentheses(source: str, node: ast.BinOp) -> tuple[str, str]:
    """Both sides, in parentheses where they were."""
    sides = [text_of(source, node.left), text_of(source, node.right)]
    bare = (ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.BinOp)
    one, two = (
        text if isinstance(side, bare) else f"({text})"
        for side, text in zip((node.left, node.right), sides, strict=True)
    )
    return one, two


def _lost_parentheses(program: Program, _dice: Random) -> list[str]:
    def bare(node: ast.BinOp) -> str | None:
        if not (isinstance(node.left, ast.Compare) and isinstance(node.right, ast.Compare)):
            return None
        symbol = "&" if isinstance(node.op, ast.BitAnd) else "|"
        return f"{text_of(program.source, node.left)} {symbol} {text_of(program.source, node.right)}"

    return instead(program.source, _joined(program), bare)


def _not_word(program: Program, _dice: Random) -> list[str]:
    found = [one for one in nodes(program.source, ast.UnaryOp) if isinstance(one.op, ast.Invert)]
    return instead(program.source, found, lambda node: f"(not {text_of(program.source, node.operand)})")


def _jagged_mask(program: Program, _dice: Random) -> list[str]:
    found = [one for one in calls(program.source, "ak.any") if any(each.arg == "axis" for each in one.keywords)]
    return instead(program.source, found, lambda node: f"({text_of(program.source, node.args[0])})")


def _jagged_compared(program: Program, _dice: Random) -> list[str]:
    found = [one for one in calls(program.source, "count", "ak.num") if len(one.args) == 1]
    return instead(program.source, found, lambda node: f"len({text_of(program.source, node.args[0])})")


def _lost_axis(program: Program, _dice: Random) -> list[str]:
    def without(node: ast.Call) -> str | None:
        rest = [one for one in node.keywords if one.arg != "axis"]
        if len(rest) == len(node.keywords):
            return None
        inside = [text_of(program.source, one) for one in (*node.args, *rest)]
        return f"{dotted(node.func)}({', '.join(inside)})"

    return instead(program.source, calls(program.source, "ak.any", "ak.sum", "ak.max", "ak.count"), without)


def _other_axis(program: Program, _dice: Random) -> list[str]:
    found = [one.value for one in nodes(program.source, ast.keyword) if one.arg == "axis"]
    return instead(program.source, found, lambda node: "2" if text_of(program.source, node) == "1" else None)


def _if_on_array(program: Program, _dice: Random) -> list[str]:
    found = [one for one in calls(program.source, "ak.sum") if len(one.args) == 1 and isinstance(one.args[0], ast.Name)]
    return instead(
        program.source,
        found,
        lambda node: f"({text_of(program.source, node)} if {text_of(program.source, node.args[0])} else 0)",
    )


def _first_of_none(program: Program, _dice: Random) -> list[str]:
    def indexed(node: ast.Call) -> str:
        rank = text_of(program.source, node.args[1]) if len(node.args) > 1 else "1"
        return f"{text_of(program.source, node.args[0])}[:, {int(rank) - 1}]"

    return instead(program.source, calls(program.source, "leading"), indexed)


def _unflattened(program: Program, _dice: Random) -> list[str]:
    return instead(
        program.source, calls(program.source, "ak.flatten"), lambda node: text_of(program.source, node.args[0])
    )


def _masked_twice(program: Program, _dice: Random) -> list[str]:
    found = [
        one
        for one in nodes(program.source, ast.Subscript)
        if isinstance(one.slice, ast.Name) and re.fullmatch(r"selected|mask|keep|window|two", one.slice.id)
    ]
    return instead(
        program.source, found, lambda node: f"{text_of(program.source, node)}[{text_of(program.source, node.slice)}]"
    )


def _unconverted(program: Program, _dice: Random) -> list[str]:
    found = [
        one for one in calls(program.source, "float") if re.match(r"row\[|x$", text_of(program.source, one.args[0]))
    ]
    return instead(program.source, found, lambda node: text_of(program.source, node.args[0]))


def _numpy_of_jagged(program: Program, _dice: Random) -> list[str]:
    found = calls(program.source, "ak.sum", "ak.any", "ak.max", "ak.mean")
    return [put(program.source, one.func, f"np.{dotted(one.func)[3:]}") for one in found]


MUTATORS = (
    Mutator("and_or", "execution.value", _and_or),
    Mutator("lost_parentheses", "execution.value", _lost_parentheses),
    Mutator("not_word", "execution.value", _not_word),
    Mutator("jagged_mask", "execution.value", _jagged_mask),
    Mutator("length_for_count", "execution.value", _jagged_compared),
    Mutator("lost_axis", "execution.type", _lost_axis),
    Mutator("other_axis", "execution.index", _other_axis),
    Mutator("if_on_array", "execution.value", _if_on_array),
    Mutator("first_of_none", "execution.index", _first_of_none),
    Mutator("unflattened", "execution.value", _unflattened),
    Mutator("masked_twice", "execution.index", _masked_twice),
    Mutator("text_as_number", "execution.type", _unconverted),
    Mutator("numpy_of_jagged", "execution.value", _numpy_of_jagged),
)
