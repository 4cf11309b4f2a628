"""Which numbers of a request an answer to it does not use."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

from hepcoder.agents.derivation.placing import uses_of
from hepcoder.agents.derivation.statements import ranges_around, same, stated_numbers, without_roots
from hepcoder.agents.drafting.grammar import NUMBER_WORDS

_WORDS = {word: float(number) for number, word in enumerate(NUMBER_WORDS) if number > 1}
_NAMES = re.compile(
    r"[\w./-]*\.(?:json|npz|npy|csv|parquet|png|pdf|svg|root|txt|lhco|gz)\b|`[^`]*`|\b[A-Za-z_]\w*\d\w*\b"
)
_NUMBER = re.compile(
    rf"(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]|\.\d)|\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE
)
_SCALES = (1.0, 1000.0, 0.001)
_SAME = 1e-9
_LARGEST_COUNT = 4.0  # smaller numbers count objects, and are the difference of some two numbers by chance


def unused_numbers(request: str, used: Collection[float]) -> tuple[str, ...]:
    """The numbers that a request states and an answer to it does not have, as the request writes them.

    A number counts as used in another unit (GeV, MeV, TeV), with the other sign, or where it was added to or taken from
    another number of the request, as in *within 15 GeV of 91.2*. Digits in names of files, columns and variables are no
    numbers; 0 and 1 need not be spelled out.

    Args:
        request: The request in plain language.
        used: Every number in the answer.

    Example:
        >>> unused_numbers("two muons with pt > 20 GeV, mass within 15 GeV of 91.2", {20.0, 76.2, 106.2})
        ('two',)
    """
    stated = dict.fromkeys(_NUMBER.findall(_NAMES.sub(" ", without_roots(request))))
    values = {text: _WORDS.get(text.lower(), 0.0) or abs(float(_digits(text))) for text in stated}
    have = {abs(number * scale) for number in used for scale in _SCALES}
    for low, high in ranges_around(request):
        if _among(abs(low), have) and _among(abs(high), have):
            have |= {(low + high) / 2, (high - low) / 2}
    derived = {number for number in have if number > _LARGEST_COUNT and not _among(number, values.values())}
    for one, other in combinations(values.values(), 2):
        if _among(one + other, derived) or _among(abs(one - other), derived):
            have |= {one, other}
    return tuple(text for text, value in values.items() if value not in {0.0, 1.0} and not _among(value, have))


def overused_numbers(request: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Numbers that stand in cuts on different quantities more often than the request states them.

    A small model puts the cut on a pair's mass on the single objects too. The same cut on several lists of objects, as
    in *electrons and muons with pt > 10 GeV*, or on several columns of a kind, is one.

    Args:
        request: The request.
        answer: The filled forms.
    """
    places: dict[float, set[str]] = {}
    for use in (one for one in uses_of(answer) if one.value):  # 0 begins a range and is the border between charges
        places.setdefault(use.value, set()).add(use.kind or use.where)
    stated = [abs(one.value) for one in stated_numbers(request)]
    return tuple(
        f"{value:g}" for value, kinds in places.items() if 0 < sum(same(value, one) for one in stated) < len(kinds)
    )


def numbers_in(answer: Any) -> Iterator[float]:
    """Every number in plain data, and the length of every list, since *two* may be a list of two.

    Example:
        >>> sorted(numbers_in({"low": 60, "of": ["a", "b"], "unit": None}))
        [2.0, 60.0]
    """
    if isinstance(answer, bool) or answer is None:
        return
    if isinstance(answer, int | float):
        yield float(answer)
    elif isinstance(answer, dict):
        for key, value in answer.items():
            if key == "expression" and isinstance(value, str):
                yield from (float(one) for one in _NUMBER.findall(value))
            yield from numbers_in(value)
    elif isinstance(answer, list | tuple):
        yield float(len(answer))
        for value in answer:
            yield from numbers_in(value)


def _digits(text: str) -> str:
    return "0" if text.lower() in _WORDS else text


def _among(value: float, have: Collection[float]) -> bool:
    return any(abs(value - one) <= _SAME * max(1.0, value) for one in have)
