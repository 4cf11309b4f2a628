"""One function of the toolbox on a card, made of its source: no card says what a docstring does not."""

import ast
import doctest
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from hepcoder.tools.cards.catalogue import catalogue
from hepcoder.tools.source_trees import parse_module

_CHARACTERS_PER_TOKEN = 3.0
_TOOLS = Path(__file__).parent.parent
_DIRECTIVE = re.compile(r"\s*# doctest: .*$", re.MULTILINE)


@dataclass(frozen=True)
class Card:
    """What a prompt says about one function.

    Attributes:
        name: The function, or class.
        module: Where it is in ``hepcoder.tools``, with dots.
        signature: Name and arguments with their defaults, without types.
        gives: The first sentence of its docstring.
        example: Code that runs as it is, given ``ak``, ``np`` and the functions of all cards; results as comments.
    """

    name: str
    module: str
    signature: str
    gives: str
    example: str

    @property
    def text(self) -> str:
        """The card, a few lines."""
        return f"{self.signature}\n  {self.gives}\n" + "\n".join(f"    {line}" for line in self.example.splitlines())

    @property
    def tokens(self) -> int:
        """How many tokens the text needs at most, as an estimate without a model."""
        return math.ceil(len(self.text) / _CHARACTERS_PER_TOKEN)


@lru_cache(maxsize=1)
def all_cards() -> tuple[Card, ...]:
    """Every card, in the order of the catalogue.

    Example:
        >>> print(next(card for card in all_cards() if card.name == "efficiency").text)
        efficiency(passed, total)
          Return the efficiency of a cut with its binomial uncertainty and Clopper-Pearson interval.
            found = efficiency(20, 100)
            found.value, round(found.error, 3), round(found.low, 3), round(found.high, 3)  # (0.2, 0.04, 0.159, 0.248)
    """
    return tuple(card_of(name, entry.module) for name, entry in catalogue().items())


def card_of(name: str, module: str) -> Card:
    """The card of a public function or class, read from the source without importing it.

    Args:
        name: Of the function or class.
        module: Its module in ``hepcoder.tools``.

    Raises:
        KeyError: If the module has none of that name, or it has no docstring.
    """
    node = _definitions(module)[name]
    docstring = ast.get_docstring(node)
    if docstring is None:
        raise KeyError(name)
    return Card(
        name=name,
        module=module,
        signature=f"{name}({_arguments(node)})",
        gives=re.split(r"\n\s*\n", docstring, maxsplit=1)[0].replace("\n", " "),
        example=_example(docstring),
    )


@lru_cache(maxsize=64)
def _definitions(module: str) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    tree = parse_module((_TOOLS / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def _arguments(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        makers = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "__init__"]
        return _arguments(makers[0]).removeprefix("self").removeprefix(", ") if makers else ""
    bare = parse_module(f"def f({ast.unparse(node.args)}): pass").body[0]
    assert isinstance(bare, ast.FunctionDef)  # noqa: S101 - tells the checker what was just parsed
    args = bare.args
    for one in (*args.args, *args.kwonlyargs, args.vararg, args.kwarg):
        if one is not None:
            one.annotation = None
    return ast.unparse(args)


def _example(docstring: str) -> str:
    lines = []
    for each in doctest.DocTestParser().get_examples(docstring):
        source, want = _DIRECTIVE.sub("", each.source.rstrip("\n")), each.want.strip()
        short = want and "\n" not in want and "\n" not in source
        lines.append(f"{source}  # {want}" if short else source)
    return "\n".join(lines)
