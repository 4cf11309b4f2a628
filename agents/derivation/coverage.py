"""Which numbers of a request an answer to it does not use."""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import combinations
from typing import Any

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
    stated = dict.fromkeys(_NUMBER.findall(_NAMES.sub(" ", request)))
    values = {text: _WORDS.get(text.lower(), 0.0) or abs(float(_digits(text))) for text in stated}
    have = {abs(number * scale) for number in used for scale in _SCALES}
    for one, other in combinations(values.values(), 2):
        if _among(one + other, have) or _among(abs(one - other), have):
            have |= {one, other}
    return tuple(text for text, value in values.items() if value not in {0.0, 1.0} and not _among(value, have))


def overused_numbers(request: str, answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Numbers that stand in cuts on different quantities more often than the request states them.

    A small model puts the cut on a pair's mass on the single objects too. The same cut on several lists of objects, as
    in *electrons and muons with pt > 10 GeV*, is one.

    Args:
        request: The request.
        answer: The filled forms.
    """
    cuts = [cut for one in answer.get("objects", ()) for cut in one.get("cuts", ())]
    whens = [cut["when"] for cut in answer.get("cuts", ())]
    whens = [when["of"] if when["kind"] == "any" else when for when in whens]
    whens += [cut for cut in cuts if cut["kind"] in {"cut", "window"}]
    places: dict[float, set[str]] = {}
    for when in whens:
        left = when.get("field") or when.get("left") or when.get("of")
        for key in ("value", "right", "low", "high"):
            if isinstance(when.get(key), int | float) and when["kind"] != "count":
                places.setdefault(abs(float(when[key])), set()).add(str(left))
    plain = _NAMES.sub(" ", request)
    stated = [abs(float(_digits(text))) for text in _NUMBER.findall(plain)]
    return tuple(
        f"{value:g}"
        for value, lefts in places.items()
        if 0 < sum(abs(value - one) <= _SAME * max(1.0, value) for one in stated) < len(lefts)
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
        for value in answer.values():
            yield from numbers_in(value)
    elif isinstance(answer, list | tuple):
        yield float(len(answer))
        for value in answer:
            yield from numbers_in(value)


def _digits(text: str) -> str:
    return "0" if text.lower() in _WORDS else text


def _among(value: float, have: Collection[float]) -> bool:
    return any(abs(value - one) <= _SAME * max(1.0, value) for one in have)
