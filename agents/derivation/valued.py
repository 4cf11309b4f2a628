"""Values of an answer, made what their names and the request say of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hepcoder.agents.derivation.leading import leading_of, rank_said
from hepcoder.agents.derivation.naming import STATISTICS
from hepcoder.tools.selection.formulas import names_in, parsed_formula

Answer = Mapping[str, Any]

_FIELDS = {"pt": "pt", "eta": "eta", "phi": "phi", "mass": "mass", "m": "mass"}
# After a name: *= a / b*, *(binomial, sqrt(eff * (1 - eff) / n))*.
_SAID = re.compile(r"\s*(?:\([^()=]*?)?(?:=|,)\s*(?P<formula>[\w\s.+*/()-]+)")


def valued_as_said(answer: Answer, request: str) -> Answer:
    """An answer whose values are what the request and their own names say of them.

    Args:
        answer: The filled forms.
        request: The request.
    """
    return with_said_formulas(ranked_as_named(_not_of_itself(answer)), request)


def with_said_formulas(answer: Answer, request: str) -> Answer:
    """An answer with the formulas that the request itself gives for values: *ratio = n_plus/n_minus*.

    Args:
        answer: The filled forms.
        request: The request.

    Example:
        >>> count = {"kind": "events", "cut": None}
        >>> given = {"values": {"r.json": {"n": count, "m": count, "ratio": count}}}
        >>> with_said_formulas(given, "r.json: n, m, ratio = n / m, please")["values"]["r.json"]["ratio"]
        {'kind': 'formula', 'expression': 'n / m'}
    """
    values = {
        file: {name: _said_formula(name, named, request) or one for name, one in named.items()}
        for file, named in answer.get("values", {}).items()
    }
    return {**answer, "values": values} if values else answer


def _said_formula(name: str, named: Answer, request: str) -> Answer | None:
    others = set(named) - {name}
    for place in re.finditer(rf"\b{re.escape(name)}\b", request):
        said = _SAID.match(request, place.end())
        words = said["formula"].strip() if said is not None else ""
        while words:
            try:
                used = set(names_in(parsed_formula(words)))
            except ValueError:
                words = words[:-1].rstrip()
                continue
            if used and used <= others and re.search(r"[+*/(-]", words):
                return {"kind": "formula", "expression": words}
            break
    return None


def ranked_as_named(answer: Answer) -> Answer:
    """An answer whose ``mean_lead_pt`` is the mean of the pt of the leading object, where there is one list only.

    Args:
        answer: The filled forms.

    Example:
        >>> mean = {"kind": "statistic", "how": "mean", "of": "pt"}
        >>> given = {"objects": [{"name": "jets"}], "values": {"a.json": {"mean_sublead_pt": mean}}}
        >>> found = ranked_as_named(given)
        >>> found["candidates"][0]["rank"], found["values"]["a.json"]["mean_sublead_pt"]["of"]
        (2, 'pt_jets_2')
    """
    lists = [one["name"] for one in answer.get("objects", ()) if one.get("kind", "objects") in {"objects", "leptons"}]
    candidates, quantities = list(answer.get("candidates", ())), list(answer.get("quantities", ()))
    values = {file: dict(named) for file, named in answer.get("values", {}).items()}
    for named in values.values():
        for name, one in named.items():
            said = _ranked(name, lists)
            if said is None or _is_of_rank(one, said, candidates, quantities):
                continue
            how, leading, field = said
            quantity = {
                "name": f"{field}_{leading['name']}",
                "value": {"kind": "field", "of": leading["name"], "field": field},
            }
            candidates += [] if leading in candidates else [leading]
            quantities += [] if quantity in quantities else [quantity]
            named[name] = {"kind": "statistic", "how": how, "of": quantity["name"]}
    return {**answer, "candidates": candidates, "quantities": quantities, "values": values}


def _ranked(name: str, lists: Sequence[str]) -> tuple[str, dict[str, Any], str] | None:
    """The statistic, the leading object and the field that a name asks for."""
    words = name.lower().split("_")
    how = [STATISTICS[word] for word in words if word in STATISTICS]
    field = [_FIELDS[word.rstrip("12")] for word in words if word.rstrip("12") in _FIELDS]
    rank = rank_said(name) or next(
        (int(word[-1]) for word in words if word.rstrip("12") in _FIELDS and word[-1] in "12"), None
    )
    named = [one for one in lists if any(one.startswith(word.rstrip("s")) for word in words if len(word) > 2)]
    of = named if len(named) == 1 else lists
    if len(how) != 1 or len(field) != 1 or rank is None or len(of) != 1:
        return None
    return how[0], leading_of(of[0], rank), field[0]


def _is_of_rank(
    one: Answer, said: tuple[str, Answer, str], candidates: Sequence[Answer], quantities: Sequence[Answer]
) -> bool:
    """Whether a value is the statistic of what is made of an object of that rank, whatever it is called."""
    how, leading, _ = said
    if one["kind"] != "statistic" or one["how"] != how:
        return False
    value: Answer = next((each["value"] for each in quantities if each["name"] == one["of"]), {})
    of: Answer = next((each for each in candidates if each["name"] == value.get("of")), {})
    return of.get("rank") == leading["rank"] or of.get("number") == leading["rank"] or of.get("kind") == "nearest"


def _not_of_itself(answer: Answer) -> Answer:
    """A fraction of the events that it counts is 1; meant is one of all events."""
    cuts = [cut["name"] for cut in answer.get("cuts", ())]
    last = cuts[-1] if cuts else None
    values = {
        file: {
            name: {**one, "of": None}
            if one["kind"] == "fraction" and one["of"] is not None and (one["cut"] or last) == one["of"]
            else one
            for name, one in named.items()
        }
        for file, named in answer.get("values", {}).items()
    }
    return {**answer, "values": values}


def said_twice(answer: Answer) -> Iterator[str]:
    """Values that an answer gives under two names: one of them is something else.

    Args:
        answer: The filled forms.

    Example:
        >>> count = {"kind": "events", "cut": None}
        >>> list(said_twice({"values": {"a.json": {"n_1b": count, "n_2b": count}}}))
        ['what n_2b is, other than n_1b']
    """
    tables = [one for one in answer.get("tables", {}).values() if "rows" not in one]
    for named in (*answer.get("values", {}).values(), *tables):
        names = list(named)
        for place, name in enumerate(names):
            first = next((one for one in names[:place] if named[one] == named[name]), None)
            if first is not None:
                yield f"what {name} is, other than {first}"
