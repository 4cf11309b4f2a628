"""Layout of generated Python: no needless brackets, no line too long to read."""

import ast
import json
from itertools import pairwise

from hepcoder.tools.source_trees import parse_expression

MOST_CHARACTERS = 110


def quoted(text: str) -> str:
    """A text as a literal with double quotes, whatever it holds.

    Example:
        >>> quoted("MET > 20")
        '"MET > 20"'
    """
    return json.dumps(text, ensure_ascii=False)


def tidy(code: str) -> str:
    """An expression without needless brackets, with double quotes.

    Example:
        >>> tidy("jets[((jets.pt > 25))]")
        'jets[jets.pt > 25]'
    """
    return ast.unparse(parse_expression(code)).replace("'", '"')


def assigned(name: str, code: str) -> list[str]:
    """The lines that assign an expression, a long one with an operand of ``&`` or ``|`` in each line.

    Example:
        >>> assigned("n", "count(jets)")
        ['n = count(jets)']
        >>> assigned("good", f"({'a.eta + ' * 9}0 < 2) & ({'b.eta + ' * 9}0 < 2)")[0]
        'good = ('
    """
    line = f"{name} = {code}"
    places = _outermost(code)
    if len(line) <= MOST_CHARACTERS or not places:
        return [line]
    start, end = _inside(code, places[0])
    before, after = (code[:start], code[end:]) if start else ("(", ")")
    places = [place for place in places if start <= place < end]
    lines = []
    for argument, comma in _arguments(code, start, end):
        cuts = [argument.start, *(place for place in places if place in argument), argument.stop]
        lines += [code[one:two].strip() for one, two in pairwise(cuts)]
        lines[-1] += comma
    return [f"{name} = {before}", *(f"    {each}" for each in lines), after]


def _outermost(code: str) -> list[int]:
    """Places of the operators ``&`` and ``|`` that lie in the fewest brackets."""
    found, depth = [], 0
    for place, sign in enumerate(code):
        depth += (sign in "([{") - (sign in ")]}")
        if code.startswith(("& ", "| "), place):
            found.append((depth, place))
    return [place for depth, place in found if depth == min(found)[0]]


def _inside(code: str, place: int) -> tuple[int, int]:
    """Start and end of what the brackets around a place hold; the whole code without any."""
    start, depth = place, 0
    while start > 0 and not (depth == 0 and code[start - 1] in "([{"):
        start -= 1
        depth += (code[start] in ")]}") - (code[start] in "([{")
    end, depth = place, 0
    while end < len(code) and not (depth == 0 and code[end] in ")]}"):
        depth += (code[end] in "([{") - (code[end] in ")]}")
        end += 1
    return start, end


def _arguments(code: str, start: int, end: int) -> list[tuple[range, str]]:
    """Where each argument of a call lies, and the comma after it; one without a comma where there is only one."""
    commas, depth = [], 0
    for place in range(start, end):
        depth += (code[place] in "([{") - (code[place] in ")]}")
        if depth == 0 and code[place] == ",":
            commas.append(place)
    starts = [start, *(comma + 1 for comma in commas)]
    return [(range(one, two), "," if commas else "") for one, two in zip(starts, [*commas, end], strict=True)]
