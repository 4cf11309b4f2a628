"""The numbers of a request, with what the words around each say of it: which quantity, and which comparison."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from hepcoder.agents.drafting.grammar import NOUNS, NUMBER_WORDS, OPERATORS, normalised, operator_of
from hepcoder.ledger.record import Record

# Ways to write a quantity in a request whose spelling is normalised, and what a cut on it is called.
_QUANTITIES = {
    "mt": r"transverse mass|\bm_?t\b",
    "delta_r": r"delta[ -]?r\b|\bdr\b|Δ\s?r\b",
    "delta_phi": r"delta[ -]?phi\b|\bdphi\b|Δ\s?(?:phi|φ)|azimuthal angle",
    "delta_eta": r"delta[ -]?eta\b|\bdeta\b|Δ\s?(?:eta|η)",
    "pt": r"\bpt_?\d?\b",
    "eta": r"\beta_?\d?\b",
    "mass": r"\bmass(?:es)?\b|\bm_?(?:ll|jj|gg|mumu|ee|inv)\b",
    "met": r"\bmet\b|\bmissing\b",
    "ht": r"\b[hs]_?t\b|scalar sum",
    "bins": r"\bbins?\b",
}
_WORDS = {word: float(number) for number, word in enumerate(NUMBER_WORDS) if number}
_NAMES = re.compile(r"[\w./-]*\.(?:json|npz|npy|csv|parquet|png|pdf|svg|root|txt|lhco|gz)\b|`[^`]*`")
_OP = "|".join(pattern for pattern, _ in OPERATORS)
_UNIT = r"(?:\s*(?:[GMT]eV|GeV/c2?))?"
_ENERGY = re.compile(r"\s*[GMT]eV\b")
_TOKEN = re.compile(
    rf"(?P<number>(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)|\b(?:{'|'.join(_WORDS)})\b)|"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _QUANTITIES.items()),
    re.IGNORECASE,
)
_JOINED = re.compile(rf"{_UNIT}\s*(?:and|to|or|-|\N{{EN DASH}})\s*", re.IGNORECASE)
_COMPOSED = frozenset({"mt", "ht", "delta_r", "delta_phi", "delta_eta"})
_DIRECT = re.compile(rf"(?:[\s|:=(]|{_OP}|\b(?:is|are|be|of|has|have|must|to|value|cut|an?|the)\b)*", re.IGNORECASE)
_CLOSED = re.compile(r"\)[^()\d]{0,25}$")
_ANGLES = frozenset({"eta", "delta_r", "delta_phi", "delta_eta"})
_A_COLUMN = "column"
_FAR_BEFORE, _NEAR_AFTER = 45, 18
# What follows speaks of something else: *two jets of pt*, *100 GeV and eta*.
_ELSEWHERE = re.compile(rf"[.;,?!:]|\b(?:and|or|with|in|for|of)\b|\b(?:{'|'.join(NOUNS.values())})\b", re.IGNORECASE)
_OBJECT = re.compile(rf"\b(?:{'|'.join(NOUNS.values())})\b", re.IGNORECASE)
_STATED_OP = re.compile(rf"({_OP})\s*(?:a\s+|an\s+|the\s+)?$", re.IGNORECASE)
_OR_MORE = re.compile(
    rf"{_UNIT}\s+(?:or|and)\s+(?:(?P<more>more|above|up|higher|greater|larger)|(?P<less>fewer|less|below|lower|smaller))\b",
    re.IGNORECASE,
)
_ROOT = re.compile(r"\s*=?\s*\bsqrt\s*\(", re.IGNORECASE)
_SCALES = (1.0, 1000.0, 0.001)
_SAME = 1e-9


class Stated(Record):
    """A number that a request states.

    Attributes:
        value: The number.
        kinds: Quantities that the words next to it name; empty where they name none.
        op: The comparison stated right before it; None without one.
        is_energy: Whether a unit of energy follows it, so that it counts nothing.
    """

    value: float
    kinds: frozenset[str]
    op: str | None
    is_energy: bool = False


def stated_numbers(request: str, names: Iterable[str] = ()) -> tuple[Stated, ...]:
    """The numbers of a request in their order; digits in names of files and columns are none.

    Args:
        request: In plain language.
        names: Columns of the data, which stand for themselves where the request has their names.

    Example:
        >>> [(one.value, sorted(one.kinds), one.op) for one in stated_numbers("two jets of pt > 30 GeV, |eta| < 2.4")]
        [(2.0, [], None), (30.0, ['pt'], '>'), (2.4, ['eta'], '<')]
        >>> [sorted(one.kinds) for one in stated_numbers("a dimuon mass between 80 and 100 GeV")]
        [['mass'], ['mass']]
    """
    text = normalised(_NAMES.sub(" ", without_roots(request)))
    tokens = sorted([*_TOKEN.finditer(text), *_named(text, names)], key=lambda one: one.start())
    found = []
    for place, token in enumerate(tokens):
        if token.lastgroup == "number":
            after = _after(text, tokens[place + 1 :], token.end())
            kinds = after if after == {"bins"} else after | _before(text, tokens[:place], token.start())
            is_energy = _ENERGY.match(text, token.end()) is not None
            kinds = set() if _A_COLUMN in kinds else kinds - _ANGLES if is_energy else kinds
            value, op = _value(token["number"]), _op(text, token)
            found.append(Stated(value=value, kinds=frozenset(kinds), op=op, is_energy=is_energy))
    return tuple(found)


def without_roots(request: str) -> str:
    """A request without the square roots that it explains a quantity by, whose numbers and names cut on nothing.

    Args:
        request: In plain language.

    Example:
        >>> without_roots("mT = sqrt(2 pT MET (1 - cos dphi)), must be below 47 GeV")
        'mT, must be below 47 GeV'
    """
    text = request
    while (start := _ROOT.search(text)) is not None:
        depth, end = 1, start.end()
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        text = text[: start.start()] + text[end:]
    return text


def ranges_around(request: str) -> tuple[tuple[float, float], ...]:
    """The ranges that a request states by their middle: low and high of each.

    Args:
        request: In plain language.

    Example:
        >>> [(round(low, 1), round(high, 1)) for low, high in ranges_around("within 10 GeV of 91.2, or 125 +- 3")]
        [(81.2, 101.2), (122.0, 128.0)]
    """
    number = r"(\d+(?:\.\d+)?)"
    within = re.findall(
        rf"within\s+(?:\+-|±)?\s*{number}{_UNIT}\s+(?:of|around|from)\s+(?:\D{{0,20}}?){number}", request
    )
    either = re.findall(rf"{number}{_UNIT}\s*(?:±|\+/?-)\s*{number}", request)
    pairs = [(float(middle), float(half)) for half, middle in within]
    pairs += [(float(middle), float(half)) for middle, half in either]
    return tuple((middle - half, middle + half) for middle, half in pairs)


def values_of(stated: Sequence[Stated]) -> frozenset[float]:
    """What a cut may compare with: the numbers, in every unit of energy, and sums and differences of two of them.

    Args:
        stated: The numbers of a request.
    """
    plain = {abs(one.value) for one in stated}
    plain |= {value for one, other in combinations(plain, 2) for value in (one + other, abs(one - other))}
    return frozenset(value * scale for value in plain for scale in _SCALES)


def same(value: float, other: float) -> bool:
    """Whether two numbers are one, whatever their sign and unit of energy."""
    return any(abs(abs(value) - abs(other) * scale) <= _SAME * max(1.0, abs(value)) for scale in _SCALES)


def _before(text: str, tokens: Sequence[re.Match[str]], start: int) -> set[str]:
    """The quantities before a number: next to it, and before the brackets that close there."""
    found = _next_before(text, tokens, start)
    closed = _CLOSED.search(text[:start])
    opened = text.rfind("(", 0, closed.start()) if closed is not None else -1
    if opened >= 0:
        found |= _next_before(text, [one for one in tokens if one.end() <= opened], opened)
    return found


def _next_before(text: str, tokens: Sequence[re.Match[str]], start: int) -> set[str]:
    """The quantity before a place: next to it, or to the number that it is joined to."""
    for token in reversed(tokens):
        between = text[token.end() : start]
        if token.lastgroup == "number":
            if not _JOINED.fullmatch(between):
                return set()
            start = token.start()
        elif len(between) > _FAR_BEFORE or re.search(r"[.;,?!:]\s|\n", between) or _counts(text, start, between):
            return set()
        else:
            # *HT of jets above 25*: of the sum, or of each jet; *Delta phi of jet and MET above 0.5*
            also = {"pt"} if _OBJECT.search(between) else set()
            return {str(token.lastgroup)} | also | _made_of(text, tokens, token)
    return set()


def _counts(text: str, start: int, before: str) -> bool:
    """Whether a number counts the objects after it, and is not compared right before: *two muons*, *4 good jets*."""
    counted = re.match(rf"\w+(?:\s+[a-z-]+){{0,2}}?\s+{_OBJECT.pattern}", text[start:], re.IGNORECASE)
    return counted is not None and not _DIRECT.fullmatch(before)


def _made_of(text: str, tokens: Sequence[re.Match[str]], last: re.Match[str]) -> set[str]:
    """What is made of several objects, where the quantity next to the number is named as one of its parts."""
    before = [one for one in tokens if one.end() <= last.start()]
    if not before or before[-1].lastgroup not in _COMPOSED:
        return set()
    near = re.fullmatch(rf"[^.;:]{{0,{_FAR_BEFORE}}}", text[before[-1].end() : last.start()])
    return {str(before[-1].lastgroup)} if near else set()


def _named(text: str, names: Iterable[str]) -> Iterator[re.Match[str]]:
    """Where names of columns stand that are no usual spelling of a quantity."""
    plain = [name for name in names if re.fullmatch(r"\w+", name) and not _TOKEN.fullmatch(name)]
    if plain:
        yield from re.finditer(rf"(?<![\w.])(?P<{_A_COLUMN}>{'|'.join(plain)})(?![\w.]\w)", text)


def _after(text: str, tokens: Sequence[re.Match[str]], end: int) -> set[str]:
    if not tokens or tokens[0].lastgroup == "number":
        return set()
    between = text[end : tokens[0].start()]
    plain = len(between) <= _NEAR_AFTER and not _ELSEWHERE.search(between)
    return {str(tokens[0].lastgroup)} if plain else set()


def _op(text: str, token: re.Match[str]) -> str | None:
    after = _OR_MORE.match(text, token.end())
    if after is not None:
        return ">=" if after["more"] else "<="
    before = _STATED_OP.search(text[: token.start()])
    return operator_of(before[1]) if before is not None else None


def _value(text: str) -> float:
    return _WORDS.get(text.lower()) or float(text)
