"""The static check: what is surely wrong with a script, found without running it."""

import ast
from importlib.util import find_spec

from hepcoder.ledger.failures import Failure
from hepcoder.tools.pyfix.edits import nearest
from hepcoder.tools.pyfix.field_rules import wrong_names
from hepcoder.tools.pyfix.output_rules import missing_files
from hepcoder.tools.pyfix.records import Known
from hepcoder.tools.pyfix.scope import defined_names, undefined_names
from hepcoder.tools.source_trees import parse_module

OPTIONS = 12


def check_script(source: str, known: Known) -> tuple[Failure, ...]:
    """Name what is surely wrong; the script is not run.

    Args:
        source: The script.
        known: What is known of data and outputs.

    Returns:
        Failures of the stage ``static``, the one to repair first in front; empty when nothing is surely wrong.

    Example:
        >>> [one.label for one in check_script("x = (1", Known())]
        ['static.syntax']
    """
    try:
        tree = parse_module(source)
    except SyntaxError as error:
        return (_failure("syntax", f"SyntaxError: {error.msg}", error.lineno),)
    except ValueError as error:
        return (_failure("syntax", f"the script is not Python text: {error}", None),)
    found = [*_gaps(tree), *_imports(tree, known), *_names(tree), *_data(source, known), *_outputs(source, known)]
    return tuple(found)


def _failure(name: str, message: str, line: int | None) -> Failure:
    return Failure(stage="static", name=name, message=message, line=line)


def _gaps(tree: ast.Module) -> list[Failure]:
    """Places of the skeleton that were left open."""
    inside = {id(one) for node in ast.walk(tree) if isinstance(node, ast.Subscript) for one in ast.walk(node.slice)}
    inside |= {
        id(node.value)
        for scope in ast.walk(tree)
        if isinstance(scope, ast.FunctionDef | ast.ClassDef)
        for node in scope.body
        if isinstance(node, ast.Expr)
    }
    message = "`...` is still in this line; write the code that belongs there"
    found = [
        _failure("no_output", message, node.lineno)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value is ... and id(node) not in inside
    ]
    return found[:1]


def _imports(tree: ast.Module, known: Known) -> list[Failure]:
    found = []
    for node in ast.walk(tree):
        modules = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            modules = [node.module]
            if node.module == "hepcoder.tools" and known.toolbox:
                wrong = [one.name for one in node.names if one.name not in known.toolbox and one.name != "*"]
                if wrong:
                    has = ", ".join(known.toolbox)
                    found.append(
                        _failure("import", f"hepcoder.tools has no {', '.join(wrong)}; it has {has}", node.lineno)
                    )
        for module in modules:
            top = module.split(".")[0]
            if top != "hepcoder" and find_spec(top) is None:
                message = (
                    f"no module named {top!r} is installed; use awkward, numpy, uproot, matplotlib or hepcoder.tools"
                )
                found.append(_failure("import", message, node.lineno))  # type: ignore[attr-defined]
    return found


def _names(tree: ast.Module) -> list[Failure]:
    found: dict[str, Failure] = {}
    known = sorted(defined_names(tree))
    for node in undefined_names(tree):
        near = nearest(node.id, known)
        hint = f"; did you mean {near}?" if near else "; define it first"
        found.setdefault(node.id, _failure("name", f"the name {node.id!r} is never defined{hint}", node.lineno))
    return list(found.values())


def _data(source: str, known: Known) -> list[Failure]:
    found: dict[str, Failure] = {}
    for one in wrong_names(source, known):
        options = ", ".join(one.options[:OPTIONS])
        found.setdefault(one.what, _failure("branch_name", f"{one.what}; there is {options}", one.node.lineno))
    return list(found.values())


def _outputs(source: str, known: Known) -> list[Failure]:
    return [
        _failure("no_output", f"nothing in the script writes {name!r}", None) for name in missing_files(source, known)
    ]
