"""Formulas as text: arithmetic of names and numbers with a few functions, and nothing else of Python."""

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hepcoder.tools.selection.vocabulary import SelectionError
from hepcoder.tools.source_trees import parse_expression

FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    "abs": abs, "sqrt": math.sqrt, "exp": math.exp, "log": math.log,
    "cos": math.cos, "sin": math.sin, "cosh": math.cosh, "sinh": math.sinh, "tanh": math.tanh,
}  # fmt: skip
_OPERATORS: dict[type, str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_MOST_CHARACTERS = 300
_SIZED = re.compile(r"\|(?P<column>[\w.]+)\|")


def parsed_formula(text: str) -> dict[str, Any]:
    """A formula as the plain data of an expression: numbers, names, arithmetic and functions in each other.

    Powers are of 2 (a product) or of 0.5 (a square root). A dotted name, such as ``MET.pt``, is one name.

    Args:
        text: The formula; at most 300 characters.

    Raises:
        ValueError: It is not one; says what is wrong.

    Example:
        >>> parsed_formula("sqrt(a / 2)")["of"]["op"]
        '/'
    """
    if len(text) > _MOST_CHARACTERS:
        message = f"the formula {text[:40]!r}... has {len(text)} characters; at most {_MOST_CHARACTERS}"
        raise ValueError(message)
    try:
        return _spelled(parse_expression(text.strip()).body, text)
    except SyntaxError:
        message = f"{text!r} is no formula; write names, numbers, + - * / and {', '.join(FUNCTIONS)}"
        raise ValueError(message) from None


def _spelled(node: ast.expr, text: str) -> dict[str, Any]:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return {"kind": "number", "value": node.value}
    if isinstance(node, ast.Name):
        return {"kind": "name", "name": node.id}
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return {"kind": "name", "name": f"{node.value.id}.{node.attr}"}
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        zero = {"kind": "number", "value": 0}
        return {"kind": "arithmetic", "op": "-", "left": zero, "right": _spelled(node.operand, text)}
    if isinstance(node, ast.BinOp):
        return _combined(node, text)
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        name = ast.unparse(node.func).rsplit(".", 1)[-1]
        if name in FUNCTIONS:
            return {"kind": "function", "name": name, "of": _spelled(node.args[0], text)}
    message = f"{ast.unparse(node)!r} in {text!r} is not known in a formula; there are {', '.join(FUNCTIONS)}"
    raise ValueError(message)


def _combined(node: ast.BinOp, text: str) -> dict[str, Any]:
    left = _spelled(node.left, text)
    if isinstance(node.op, ast.Pow):
        power = ast.unparse(node.right)
        if power == "2":
            return {"kind": "arithmetic", "op": "*", "left": left, "right": left}
        if power in {"0.5", "1 / 2"}:
            return {"kind": "function", "name": "sqrt", "of": left}
    if type(node.op) in _OPERATORS:
        right = _spelled(node.right, text)
        return {"kind": "arithmetic", "op": _OPERATORS[type(node.op)], "left": left, "right": right}
    message = f"{ast.unparse(node)!r} in {text!r}: a formula has + - * / and powers of 2 and 0.5"
    raise ValueError(message)


def with_formulas(answer: Any) -> Any:
    """An answer in which formulas of quantities are the expressions that a selection has for them.

    Args:
        answer: An answer, or a part of one; ``values`` and ``tables`` keep theirs, which are of other names.

    Raises:
        SelectionError: A formula cannot be read.
    """
    if isinstance(answer, list | tuple):
        return [with_formulas(one) for one in answer]
    if not isinstance(answer, Mapping):
        return answer
    if answer.get("kind") == "formula":
        try:
            return parsed_formula(answer["expression"])
        except ValueError as error:
            raise SelectionError(str(error)) from error
    return {key: one if key in {"values", "tables"} else with_formulas(one) for key, one in answer.items()}


def with_sizes(answer: Any) -> Any:
    """An answer in which absolute values of columns in conditions are what a selection has for them.

    Args:
        answer: An answer, or a part of one.

    Example:
        >>> with_sizes({"kind": "compare", "left": "|eta1|", "op": "<", "right": 2})["left"]
        {'kind': 'function', 'name': 'abs', 'of': {'kind': 'name', 'name': 'eta1'}}
    """
    if isinstance(answer, list | tuple):
        return [with_sizes(one) for one in answer]
    if not isinstance(answer, Mapping):
        return answer
    found = {key: with_sizes(one) for key, one in answer.items()}
    for side in ("left", "of") if found.get("kind") in {"compare", "window"} else ():
        sized = _SIZED.fullmatch(str(found.get(side)))
        if sized is not None:
            found[side] = {"kind": "function", "name": "abs", "of": {"kind": "name", "name": sized["column"]}}
    return found


def names_in(formula: Mapping[str, Any]) -> Iterator[str]:
    """The names that a parsed formula uses.

    Example:
        >>> list(names_in(parsed_formula("s / sqrt(b)")))
        ['s', 'b']
    """
    if formula["kind"] == "name":
        yield formula["name"]
    for part in ("left", "right", "of"):
        if part in formula:
            yield from names_in(formula[part])


def number_of(formula: Mapping[str, Any], values: Mapping[str, float]) -> float:
    """The number that a parsed formula gives.

    Args:
        formula: As `parsed_formula` gives it.
        values: A number for each of its names.

    Raises:
        ZeroDivisionError: It divides by zero.
        ValueError: A root or logarithm of what has none.

    Example:
        >>> number_of(parsed_formula("100 * n / sqrt(n * n)"), {"n": 4})
        100.0
    """
    kind = formula["kind"]
    if kind == "name":
        return values[formula["name"]]
    if kind == "number":
        number: float = formula["value"]
        return number
    if kind == "function":
        return FUNCTIONS[formula["name"]](number_of(formula["of"], values))
    left, right = number_of(formula["left"], values), number_of(formula["right"], values)
    results = {"+": left + right, "-": left - right, "*": left * right}
    return left / right if formula["op"] == "/" else results[formula["op"]]


def code_of(formula: Mapping[str, Any], named: Mapping[str, str]) -> str:
    """Python of a parsed formula, its outermost parentheses left out.

    Args:
        formula: As `parsed_formula` gives it.
        named: Code of each of its names.

    Example:
        >>> code_of(parsed_formula("(a - b) / (a + b)"), {"a": "n['a']", "b": "n['b']"})
        "(n['a'] - n['b']) / (n['a'] + n['b'])"
    """
    return ast.unparse(parse_expression(_code(formula, named)))


def _code(formula: Mapping[str, Any], named: Mapping[str, str]) -> str:
    kind = formula["kind"]
    if kind == "name":
        return named[formula["name"]]
    if kind == "number":
        return repr(formula["value"])
    if kind == "function":
        name = formula["name"] if formula["name"] == "abs" else f"np.{formula['name']}"
        return f"{name}({_code(formula['of'], named)})"
    return f"({_code(formula['left'], named)} {formula['op']} {_code(formula['right'], named)})"
