"""The words and signs in which requests state cuts and counts."""

import re
from collections.abc import Iterable

NUMBER_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SPELLINGS = (
    (r"\\?eta\b|η", "eta"),
    (r"p_?\{?[tT]\}?\b|\btransverse momentum\b|\bpT\b", "pt"),
    (r"≥|=>|⩾", ">="),
    (r"≤|=<|⩽", "<="),
    (r"\babs\(eta\)|\babsolute (?:value of )?(?:pseudo-?rapidity|eta)\b", "|eta|"),
    (r"\bpseudo-?rapidity\b", "eta"),
    (
        r"\bmissing (?:transverse )?(?:energy|momentum|et|pt)(?: \((?:MET|ETmiss)\))?|\bE_?T\^?\{?miss\}?|\bETmiss\b",
        "MET",
    ),
    (r"\bb[- ]?tagged jets?\b|\bb[- ]jets?\b|\bbjets?\b", "bjets"),
    (r"\bfat[- ]jets?\b|\blarge-R jets?\b", "fatjets"),
)
NOUNS = {
    "muon": r"muons?",
    "electron": r"electrons?",
    "photon": r"photons?",
    "tau": r"taus?",
    "fatjet": r"fatjets?",
    "bjet": r"bjets",
    "jet": r"jets?",
    "lepton": r"leptons?",
}
OPERATORS = (
    (r">=|at least|no less than|a minimum of|minimum", ">="),
    (r"<=|at most|no more than|up to", "<="),
    (r">|above|over|greater than|larger than|more than|higher than|bigger than|exceed(?:s|ing)?", ">"),
    (r"<|below|under|less than|smaller than|lower than|fewer than|within", "<"),
    (r"==?|exactly|equal to", "=="),
)
FIRST_RANKS = ("leading", "hardest", "highest-pt")
LEVELS = ("tight", "medium", "loose")

_OP = "|".join(pattern for pattern, _ in OPERATORS)
_N = r"-?\d+(?:\.\d+)?"
_COUNT = r"(?:\d+|" + "|".join(NUMBER_WORDS) + ")"
_FILLER = r"(?:\s+(?:is|are|be|of|has|have|must|to|value|cut|a))*\s*"
_ADJECTIVES = r"(?:(?!(?:with|and|or|in|from|events?|candidates?|pairs?|has|have)\b)[a-z][a-z-]*\s+){0,3}?"
_DASH = "-|\N{EN DASH}"
_CRACK = (
    r"(?P<crack>(?:exclud\w+|outside|veto\w*|except)(?:\s+(?!\d)\S+){0,4}?"
    rf"\s+(?P<clow>\d[\d.]*)\s*(?:to|and|{_DASH})\s*(?P<chigh>\d[\d.]*))"
)
_LEVEL = (
    rf"(?P<flag>\b(?P<also>also\s+)?(?:pass\w*\s+)?(?:the\s+)?(?P<level>{'|'.join(LEVELS)})"
    r"(?:[ -]?(?:id\w*|quality))?\b)"
)


def normalised(request: str) -> str:
    """The request with one spelling for each quantity and operator.

    Example:
        >>> normalised("jets with p_T ≥ 30 GeV")
        'jets with pt >= 30 GeV'
    """
    for pattern, spelling in SPELLINGS:
        request = re.sub(pattern, spelling, request, flags=re.IGNORECASE if pattern.startswith(r"\b") else 0)
    return request


def operator_of(text: str) -> str:
    """The operator that words stand for.

    Example:
        >>> operator_of("at least")
        '>='
    """
    text = text.strip().lower()
    return next(symbol for pattern, symbol in OPERATORS if re.fullmatch(pattern, text))


def level_of(text: str) -> str | None:
    """The level of identification that stands as an adjective before the objects that `text` ends with, or None.

    Example:
        >>> level_of("at least two tight isolated photons"), level_of("tight muons and photons")
        ('tight', None)
    """
    found = re.search(
        rf"\b({'|'.join(LEVELS)})(?:[ -]id\w*|[ -]quality)?(?:[ ,]+(?!and\b|or\b)[a-z-]+){{1,3}}$", text, re.IGNORECASE
    )
    return found[1].lower() if found else None


def count_of(text: str) -> int:
    """The number that digits or a number word stand for.

    Example:
        >>> count_of("two"), count_of("12")
        (2, 12)
    """
    return NUMBER_WORDS.index(text.lower()) if text.lower() in NUMBER_WORDS else int(text)


def scanner(names: Iterable[str]) -> re.Pattern[str]:
    """The pattern of everything that means something; each alternative is a named group.

    Args:
        names: Quantities, fields and columns that can be cut on.
    """
    listed = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))

    def quantity(group: str) -> str:
        return rf"\|?\b(?P<{group}>{listed})\b\|?"

    nouns = "|".join(f"(?P<{kind}>\\b{pattern}\\b)" for kind, pattern in NOUNS.items())
    ranks = rf"(?:(?P<rank>{'|'.join(FIRST_RANKS)}|sub-?leading|second)\s+)?"
    parts = (
        rf"(?P<window>(?P<low>{_N})\s*<=?\s*{quantity('wq')}\s*<=?\s*(?P<high>{_N}))",
        rf"(?P<between>{quantity('bq')}{_FILLER}(?:between|in)\s+(?P<blow>{_N})\s*(?:and|to|{_DASH})\s*(?P<bhigh>{_N}))",
        rf"(?P<cut>(?:{quantity('aq')}\s*(?:and|or|,)\s*)?{quantity('cq')}{_FILLER}(?P<op>{_OP})\s*(?P<value>{_N}))",
        rf"(?P<bare>(?P<bop>{_OP})\s*(?P<bvalue>{_N})\s*GeV)",
        _CRACK,
        r"(?P<passed>\bpass\w*\s+(?:the\s+)?(?:trigger\s+)?(?P<pname>\w+))",
        _LEVEL,
        rf"(?P<noun>(?:{_how_many('')}\s+{_ADJECTIVES})?{ranks}(?:{nouns}))",
        r"(?P<alone>\b(?:sub-?leading|leading|hardest)\b)",
        rf"(?P<those>{_how_many('2')}(?:\s+of\s+(?:them|these|those)|\s*[.,;?!]|\s*$))",
    )
    return re.compile("|".join(parts), re.IGNORECASE)


def _how_many(suffix: str) -> str:
    return (
        rf"(?:(?P<cop{suffix}>{_OP})\s*(?P<cn{suffix}>{_COUNT})|(?P<more{suffix}>{_COUNT})\s+or\s+more"
        rf"|(?P<none{suffix}>\bno|\bwithout(?:\s+any)?|\bzero))"
    )


def condition_of(match: re.Match[str], suffix: str = "") -> str | None:
    """The condition on a number of objects that a match of `scanner` states, such as ``>= 2``; None without one."""
    if match[f"none{suffix}"]:
        return "== 0"
    if match[f"more{suffix}"]:
        return f">= {count_of(match[f'more{suffix}'])}"
    operator = match[f"cop{suffix}"]
    return f"{operator_of(operator)} {count_of(match[f'cn{suffix}'])}" if operator else None
