"""Parts of the selected events that a name tells: a sign, a charge, flavours, a number of objects."""

import re
from collections.abc import Mapping
from typing import Any

from hepcoder.agents.derivation.leading import leading_of
from hepcoder.agents.drafting.grammar import NUMBER_WORDS
from hepcoder.tools.layout_records import Layout

Answer = Mapping[str, Any]

_SIGNS = {"os": "opposite", "opposite": "opposite", "ss": "same", "same": "same"}
_CHARGES = {
    "plus": ">", "pos": ">", "positive": ">", "minus": "<", "neg": "<", "negative": "<",
}  # fmt: skip
FLAVOURS = {
    "e": (1, 0), "el": (1, 0), "ele": (1, 0), "electron": (1, 0), "electrons": (1, 0),
    "mu": (0, 1), "muon": (0, 1), "muons": (0, 1),
    "ee": (2, 0), "mumu": (0, 2), "mm": (0, 2), "emu": (1, 1), "mue": (1, 1),
}  # fmt: skip
TYPES = (11, 13)
_OF_FLAVOUR = ("_e", "_mu")
_OF_CHARGE = ("_plus", "_minus")
_MULTIPLE = re.compile(
    r"(?P<number>\d)_?(?P<more>plus|p|ormore)?_?(?P<what>[a-z]*)|(?P<first>[a-z]+)(?P<last>\d)(?P<up>plus|p)?"
)
_EVENTS = frozenset({"n", "nr", "num", "number", "of", "events", "evts", "count", "counts"})
_MADE = frozenset({"objects", "leptons"})


def part_called(name: str, answer: Answer, layout: Layout, request: str) -> Answer | None:
    """The parts of an answer with what a count of that name needs; None where the name does not tell.

    The last of its ``categories`` has that name, but for objects of one charge, which its last quantity counts.

    Args:
        name: Name of a value or a histogram, or label of a row.
        answer: The filled forms.
        layout: What the data offer.
        request: The request.
    """
    words = [word for word in name.lower().split("_") if word not in _EVENTS]
    signs = [_SIGNS[word] for word in words if word in _SIGNS]
    if len(signs) == 1:
        return _with_sign(name, signs[0], answer, request)
    charges = [_CHARGES[word] for word in words if word in _CHARGES]
    if len(charges) == 1:
        return _with_charge(charges[0], answer)
    flavours = [FLAVOURS[word] for word in words if word in FLAVOURS]
    if len(flavours) == 1 and len(words) == 1:
        return _with_flavours(name, flavours[0], answer, layout)
    numbers = [found for word in words if (found := _MULTIPLE.fullmatch(word))]
    return _with_number(name, numbers[0], answer, request) if len(numbers) == 1 else None


def _with_sign(name: str, sign: str, answer: Answer, request: str) -> Answer | None:
    pair = _pair(answer)
    if pair is None:
        return None
    names, candidates = pair
    known = [one for one in answer.get("categories", ()) if one["name"] != name]
    when: Answer = {"kind": "charge", "of": names, "sign": sign}
    two = _exactly_two(answer, request)
    when = when if two is None else {"kind": "and", "of": [two, when]}
    cuts = [cut for cut in answer.get("cuts", ()) if cut["when"]["kind"] != "charge"]
    return {"cuts": cuts, "candidates": candidates, "categories": [*known, _named(name, when)]}


def _exactly_two(answer: Answer, request: str) -> Answer | None:
    """A count of exactly two, where the request says so besides the *at least two* of the one cut on a number."""
    counts = [cut["when"] for cut in answer.get("cuts", ()) if cut["when"]["kind"] == "count"]
    exact = re.search(r"\bexactly (?:2|two)\b", request, re.IGNORECASE)
    if exact is None or len(counts) != 1 or (counts[0]["op"], counts[0]["value"]) != (">=", 2):
        return None
    return {**counts[0], "op": "=="}


def _named(name: str, when: Answer) -> dict[str, Any]:
    return {"name": name, "when": when}


def _pair(answer: Answer) -> tuple[list[str], list[Answer]] | None:
    """The two objects whose charges are compared, and the candidates with them."""
    candidates = list(answer.get("candidates", ()))
    for one in (*answer.get("cuts", ()), *answer.get("categories", ())):
        if one["when"]["kind"] == "charge":
            return one["when"]["of"], candidates
    leading = [one["name"] for one in candidates if one["kind"] == "leading"]
    if len(leading) == 2:
        return leading, candidates
    counted = [
        of
        for cut in answer.get("cuts", ())
        if cut["when"]["kind"] == "count" and cut["when"]["value"] == 2
        for of in cut["when"]["of"]
    ]
    if len(counted) != 1:
        return None
    both = [leading_of(counted[0], rank) for rank in (1, 2)]
    return [one["name"] for one in both], [*candidates, *(one for one in both if one not in candidates)]


def _with_charge(op: str, answer: Answer) -> Answer | None:
    """A count of objects of one charge, which of one object in each event is a count of events."""
    cut = {"kind": "cut", "field": "charge", "op": op, "value": 0}
    lists = [one for one in answer.get("objects", ()) if "cuts" in one and not one["name"].endswith(_OF_CHARGE)]
    if len(lists) != 1:
        return None
    kept = [one for one in lists[0]["cuts"] if one.get("field") != "charge"]
    new = {**lists[0], "name": f"{lists[0]['name']}_{'plus' if op == '>' else 'minus'}", "cuts": [*kept, cut]}
    objects = [one for one in answer["objects"] if one["name"] != new["name"]]
    quantity = {"name": f"n_{new['name']}", "value": {"kind": "count", "of": [new["name"]]}}
    quantities = [one for one in answer.get("quantities", ()) if one["name"] != quantity["name"]]
    categories = list(answer.get("categories", ()))
    return {"objects": [*objects, new], "quantities": [*quantities, quantity], "categories": categories}


def _with_flavours(name: str, wanted: tuple[int, int], answer: Answer, layout: Layout) -> Answer | None:
    of = _lists_of_flavours(answer, layout)
    if of is None:
        return None
    objects, names = of
    parts = [
        {"kind": "count", "of": [each], "op": "==", "value": number} for each, number in zip(names, wanted, strict=True)
    ]
    when = {"kind": "and", "of": parts}
    return {"objects": objects, "categories": [*answer.get("categories", ()), _named(name, when)]}


def _lists_of_flavours(answer: Answer, layout: Layout) -> tuple[list[Answer], list[str]] | None:
    """Lists of electrons and of muons: those that there are, or the parts of the one list of leptons."""
    objects = list(answer.get("objects", ()))
    kinds = {
        one["name"]: collection.kind
        for one in objects
        if one.get("kind") == "objects" and (collection := layout.collection(str(one.get("of")))) is not None
    }
    each = [[name for name, kind in kinds.items() if kind == flavour] for flavour in ("electron", "muon")]
    if all(len(names) == 1 for names in each):
        return objects, [each[0][0], each[1][0]]
    mixed = [one for one in objects if kinds.get(one["name"]) == "lepton" and not one["name"].endswith(_OF_FLAVOUR)]
    collection = layout.collection(str(mixed[0]["of"])) if len(mixed) == 1 else None
    field = (
        next((one.name for one in collection.fields if one.name.rstrip("_") == "type"), None) if collection else None
    )
    if field is None:
        return None
    names = [f"{mixed[0]['name']}{flavour}" for flavour in _OF_FLAVOUR]
    for name, value in zip(names, TYPES, strict=True):
        cut = {"kind": "cut", "field": field, "op": "==", "value": value}
        if name not in kinds:
            objects.append({**mixed[0], "name": name, "cuts": [*mixed[0]["cuts"], cut]})
    return objects, names


def _with_number(name: str, found: re.Match[str], answer: Answer, request: str) -> Answer | None:
    number, what = int(found["number"] or found["last"]), found["what"] or found["first"] or ""
    lists = [one["name"] for one in answer.get("objects", ()) if one.get("kind", "objects") in _MADE]
    named = [one for one in lists if what and one.lower().startswith(what.rstrip("s"))]
    of = named if len(named) == 1 else lists
    op = ">=" if found["more"] or found["up"] else _stated(number, request)
    if len(of) != 1 or op is None:
        return None
    when = {"kind": "count", "of": of, "op": op, "value": number}
    cuts = [cut for cut in answer.get("cuts", ()) if not _contradicts(cut["when"], when)]
    return {"cuts": cuts, "categories": [*answer.get("categories", ()), _named(name, when)]}


def _contradicts(cut: Answer, part: Answer) -> bool:
    """Whether a cut is on the number that parts are told apart by, other than a lower bound."""
    if cut["kind"] != "count" or cut["of"] != part["of"]:
        return False
    return bool(cut["op"] == "==" or cut["value"] > part["value"])


def says_at_least(number: int, request: str) -> bool:
    """Whether a request says *at least* that number, or *or more* after it.

    Example:
        >>> says_at_least(2, "two or more jets"), says_at_least(2, "exactly two jets")
        (True, False)
    """
    said = _written(number)
    least = rf"(?:\bat least|\bminimum of|>=|≥)\s*{said}\b|\b{said}\s*(?:\+|or more\b|and more\b|or greater\b)"
    return re.search(least, request, re.IGNORECASE) is not None


def _written(number: int) -> str:
    return rf"(?:{number}|{NUMBER_WORDS[number]})" if number < len(NUMBER_WORDS) else str(number)


def _stated(number: int, request: str) -> str | None:
    """How a request says that number of objects; None where it says it in two ways or in none."""
    said = _written(number)
    exact = re.search(rf"\b(?:exactly|only|just|==?)\s*{said}\b", request, re.IGNORECASE) is not None
    least = says_at_least(number, request)
    if least or exact:
        return None if least and exact else ">=" if least else "=="
    return "==" if re.search(rf"\b{said}\b", request, re.IGNORECASE) else None
