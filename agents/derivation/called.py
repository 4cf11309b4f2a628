"""Lists that are called after one kind of object and made of another."""

import re
from collections.abc import Mapping
from typing import Any

from hepcoder.tools.layout_records import Layout
from hepcoder.tools.naming import object_kind

Answer = Mapping[str, Any]

_KINDS = frozenset({"electron", "muon", "photon", "jet", "fatjet", "tau"})
_MISSING = re.compile(r"(?:^|_)(?:pt)?miss(?:ing)?(?:_|$)", re.IGNORECASE)
_KEPT = frozenset({"name", "kind", "field", "what", "how"})


def of_kind_as_called(answer: Answer, layout: Layout) -> Answer:
    """An answer whose ``muons`` are of the muons, and whose ``met`` is the missing momentum.

    Of that an event has one or, in some files, none. The form has no list of it, so that a model which wants one takes
    some other list; cuts on its number say that it is there.

    Args:
        answer: The filled forms.
        layout: What the data offer.

    Returns:
        The answer itself where no list is called after another kind, or where the data do not have just one of it.

    Example:
        >>> from hepcoder.tools.layout_records import Collection
        >>> one = Collection(name="Electron", kind="electron", jagged=True, fields=(), momentum="Momentum4D")
        >>> data = Layout(kind="flat", collections=(one, one.model_copy(update={"name": "Muon", "kind": "muon"})))
        >>> given = {"objects": [{"kind": "objects", "name": "muons", "of": "Electron"}]}
        >>> of_kind_as_called(given, data)["objects"]
        [{'kind': 'objects', 'name': 'muons', 'of': 'Muon'}]
    """
    meant = {
        one["name"]: of
        for one in answer.get("objects", ())
        if one.get("kind") == "objects" and (of := _meant(one, layout)) is not None
    }
    if not meant:
        return answer
    singles = {one.name for one in layout.collections if not one.jagged}
    names = {name: of for name, of in meant.items() if of in singles}
    lists = [one | ({"of": meant[one["name"]]} if one["name"] in meant else {}) for one in answer["objects"]]
    lists = [one for one in lists if one["name"] not in names]
    return _with_singles({**answer, "objects": lists}, names)


def _meant(one: Answer, layout: Layout) -> str | None:
    """The one collection of the kind that the list is called after, where it is made of another kind."""
    collection = layout.collection(str(one["of"]))
    kinds = {object_kind(word) for word in re.split(r"[_\d]+", one["name"])} - {None}
    kinds |= {"met"} if _MISSING.search(one["name"]) else set()
    if collection is None or collection.kind not in _KINDS or collection.kind in kinds or len(kinds) != 1:
        return None
    kind = kinds.pop()
    fitting = [each for each in layout.collections if each.kind == kind and each.momentum]
    found = [each.name for each in fitting if kind == "met" or (kind in _KINDS and each.jagged)]
    return found[0] if len(found) == 1 else None


def _with_singles(answer: Answer, names: dict[str, str]) -> Answer:
    """An answer that uses single objects instead of lists of them and of the leading ones of these lists."""
    leading = [one for one in answer.get("candidates", ()) if one["kind"] == "leading" and one["of"] in names]
    names |= {one["name"]: names[one["of"]] for one in leading}
    counted = {one["name"]: names[one["when"]["of"][0]] for one in answer.get("cuts", ()) if _is_count(one, names)}
    sizes = [{"name": f"{of}_pt", "value": {"kind": "field", "of": of, "field": "pt"}} for of in {*counted.values()}]
    sizes = [one for one in sizes if one["name"] not in {each["name"] for each in answer.get("quantities", ())}]
    kept = {
        "candidates": [one for one in answer.get("candidates", ()) if one not in leading],
        "quantities": [*answer.get("quantities", ()), *sizes],
        "cuts": [
            {**one, "when": _is_there(counted[one["name"]])} if one["name"] in counted else one
            for one in answer.get("cuts", ())
        ],
    }
    return {part: _renamed(value, names) for part, value in {**answer, **kept}.items()}


def _is_count(cut: Answer, names: Mapping[str, str]) -> bool:
    return cut["when"]["kind"] == "count" and len(cut["when"]["of"]) == 1 and cut["when"]["of"][0] in names


def _is_there(single: str) -> Answer:
    """What is not there has a size that is not a number."""
    return {"kind": "compare", "left": f"{single}_pt", "op": ">=", "right": 0}


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with other names for what is used; what things are called, and kinds and fields, stay."""
    if isinstance(value, Mapping):
        return {key: one if key in _KEPT else _renamed(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(one, names) for one in value]
    return names.get(value, value) if isinstance(value, str) else value
