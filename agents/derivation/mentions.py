"""Whether an answer uses the objects and fields that a request names, and cuts on no others."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.charges import ONE_CHARGE
from hepcoder.tools.inspect.relevance import USUAL, best_of_kind, field_rank, names_for, said_words, wanted_kinds
from hepcoder.tools.layout_records import Collection, Field, Layout
from hepcoder.tools.naming import words
from hepcoder.tools.selection.nested import texts_in

_KINEMATICS = frozenset({"pt", "eta", "|eta|", "phi", "mass", "E"})
_COUNTABLE = frozenset({"electron", "muon", "photon", "tau", "jet", "fatjet"})
_LEPTONS = frozenset({"electron", "muon"})
_TRIGGERS = re.compile(r"\b\w+[\s-]+trigger\w*", re.IGNORECASE)  # of photons, say, which need no photon
_SHORTEST = 3
_LEADING = re.compile(
    r"(?<!not just the )(?<!not only the )(?:\b(?:sub-?)?leading\b|\bhardest\b|\bhighest[- ]p_?t\b)",
    re.IGNORECASE,
)
_RANK_SAID = 1

Answer = Mapping[str, Any]


def unused_words(request: str, answer: Answer, layout: Layout) -> tuple[str, ...]:
    """Fields and columns that a request calls by their name in the data and that an answer does not have.

    So do objects that it names, such as the muons of a veto, and *leading*, where there are objects of which one can
    lead.

    Args:
        request: The request.
        answer: The filled forms.
        layout: What the data offer.
    """
    said = said_words(request)
    chosen = set(names_for(layout, request))
    fields = [one.name for each in layout.collections if each.name in chosen for one in each.fields]
    columns = [one.name for one in layout.columns]
    used = _named_in(answer)
    used |= {"ntrk"} if layout.kind == "lhco" and "charge" in used else set()  # its sign is the charge
    named = [name for name in dict.fromkeys([*fields, *columns]) if name in said and _is_a_name(name)]
    missing = [name for name in named if name not in used]
    missing += _unused_objects(request, answer, layout)
    leads = {one["kind"] for one in answer.get("candidates", ())} & {"leading", "member"}
    if _LEADING.search(request) and layout.collections and not leads:
        missing.append("leading")
    return tuple(missing)


def _named_in(answer: Answer) -> set[str]:
    """Texts of an answer, and both parts of names such as ``MET.pt``."""
    return {part for text in texts_in(answer) for part in (text, text.strip("|"), *text.split("."))}


def _unused_objects(request: str, answer: Answer, layout: Layout) -> list[str]:
    """Kinds of object that a request names, that the data have, and of which the answer has none."""
    used = {one for text in _named_in(answer) if (one := layout.collection(text)) is not None}
    kinds = {one.kind for one in used}
    return [
        f"{kind}s"
        for kind in wanted_kinds(_TRIGGERS.sub("trigger", request))
        if kind in _COUNTABLE and kind not in kinds and not (kind in _LEPTONS and "lepton" in kinds)
        if any(one.kind == kind and one.momentum for one in best_of_kind(layout, kind, request))
    ]


def without_unasked(objects: Sequence[Answer], layout: Layout, request: str) -> list[Answer]:
    """Lists of objects without cuts on fields that the request does not speak of.

    A small model copies an identification or isolation from an example.

    Args:
        objects: Lists of objects, as the forms have them.
        layout: What the data offer.
        request: The request.
    """
    found = []
    for one in objects:
        collection = layout.collection(str(one.get("of")))
        if collection is not None and "cuts" in one:
            one = {**one, "cuts": [cut for cut in one["cuts"] if _is_asked(cut, collection, request)]}  # noqa: PLW2901
        found.append(one)
    return found


def _is_asked(cut: Answer, collection: Collection, request: str) -> bool:
    field = collection.field(str(cut.get("field")))
    said = said_words(request)
    if field is None or field.name in _KINEMATICS or {field.branch, field.name.rstrip("_")} & set(said):
        return True
    if field.name == "charge" and ONE_CHARGE.search(request):
        return True
    return field_rank(field, request)[0] <= _RANK_SAID


def with_said_fields(objects: Sequence[Answer], layout: Layout, request: str) -> list[Answer]:
    """Lists of objects whose cuts are on the fields that the request names, in place of others that are spelled alike.

    A small model asked for ``tightId`` takes ``tightCharge``.

    Args:
        objects: Lists of objects, as the forms have them.
        layout: What the data offer.
        request: The request.
    """
    return [_with_said(one, layout.collection(str(one.get("of"))), request) for one in objects]


def _with_said(one: Answer, collection: Collection | None, request: str) -> Answer:
    if collection is None or "cuts" not in one:
        return one
    used = {cut.get("field") for cut in one["cuts"]}
    said = [
        field
        for field in collection.fields
        if field.name in said_words(request) and _is_a_name(field.name) and field.name not in used
    ]
    cuts = [_renamed(cut, said, request) for cut in one["cuts"]]
    return {**one, "cuts": cuts}


def _renamed(cut: Answer, said: Sequence[Field], request: str) -> Answer:
    name = str(cut.get("field", ""))
    if not _is_a_name(name) or name in said_words(request):
        return cut
    alike = [field for field in said if words(field.name)[:1] == words(name)[:1]]
    if len(alike) != 1:
        return cut
    if alike[0].dtype == "bool" and cut["kind"] in {"cut", "flag"}:
        return {"kind": "flag", "field": alike[0].name, "passes": True}
    return {**cut, "field": alike[0].name}


def _is_a_name(word: str) -> bool:
    """Whether a word of a request is meant for a name of the data, rather than plain English."""
    odd = any(one.isupper() or one.isdigit() or one == "_" for one in word[1:])
    return len(word) >= _SHORTEST and (odd or word in USUAL)
