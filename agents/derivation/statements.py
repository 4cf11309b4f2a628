"""The numbers of a request, with what the words around each say of it: which quantity, and which comparison."""

import re
from collections.abc import Sequence
from itertools import combinations

from hepcoder.agents.drafting.grammar import NOUNS, NUMBER_WORDS, OPERATORS, normalised, operator_of
from hepcoder.ledger.record import Record

# Ways to write a quantity in a request whose spelling is normalised, and what a cut on it is called.
_QUANTITIES = {
    "mt": r"transverse mass|\bm_?t\b",
    "delta_r": r"delta[ -]?r\b|\bdr\b|Δ\s?r\b",
    "delta_phi": r"delta[ -]?phi\b|\bdphi\b|Δ\s?(?:phi|φ)",
    "delta_eta": r"delta[ -]?eta\b|\bdeta\b|Δ\s?(?:eta|η)",
    "pt": r"\bpt_?\d?\b",
    "eta": r"\beta_?\d?\b",
    "mass": r"\bmass(?:es)?\b|\bm_?(?:ll|jj|gg|mumu|ee|inv)\b",
    "met": r"\bmet\b|\bmissing\b",
    "ht": r"\bh_?t\b|scalar sum",
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
_FAR_BEFORE, _NEAR_AFTER = 45, 18
# What follows speaks of something else: *two jets of pt*, *100 GeV and eta*.
_ELSEWHERE = re.compile(rf"[.;,?!:]|\b(?:and|or|with|in|for|of)\b|\b(?:{'|'.join(NOUNS.values())})\b", re.IGNORECASE)
_STATED_OP = re.compile(rf"({_OP})\s*(?:a\s+|an\s+|the\s+)?$", re.IGNORECASE)
_OR_MORE = re.compile(r"\s+or\s+(?P<more>more)|\s+or\s+(?P<less>fewer|less)", re.IGNORECASE)
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


def stated_numbers(request: str) -> tuple[Stated, ...]:
    """The numbers of a request in their order; digits in names of files and columns are none.

    Args:
        request: In plain language.

    Example:
        >>> [(one.value, sorted(one.kinds), one.op) for one in stated_numbers("two jets of pt > 30 GeV, |eta| < 2.4")]
        [(2.0, [], None), (30.0, ['pt'], '>'), (2.4, ['eta'], '<')]
        >>> [sorted(one.kinds) for one in stated_numbers("a dimuon mass between 80 and 100 GeV")]
        [['mass'], ['mass']]
    """
    text = normalised(_NAMES.sub(" ", request))
    tokens = list(_TOKEN.finditer(text))
    found = []
    for place, token in enumerate(tokens):
        if token["number"]:
            kinds = _before(text, tokens[:place], token.start()) | _after(text, tokens[place + 1 :], token.end())
            is_energy = _ENERGY.match(text, token.end()) is not None
            value, op = _value(token["number"]), _op(text, token)
            found.append(Stated(value=value, kinds=frozenset(kinds), op=op, is_energy=is_energy))
    return tuple(found)


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
    """The quantity before a number: next to it, or to the number that it is joined to."""
    for token in reversed(tokens):
        between = text[token.end() : start]
        if token["number"]:
            if not _JOINED.fullmatch(between):
                return set()
            start = token.start()
        elif len(between) > _FAR_BEFORE or re.search(r"[.;,?!:]\s|\n", between):
            return set()
        else:
            return {str(token.lastgroup)}
    return set()


def _after(text: str, tokens: Sequence[re.Match[str]], end: int) -> set[str]:
    if not tokens or tokens[0]["number"]:
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
