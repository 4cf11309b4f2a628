"""Results of an answer, made what the request states of them: bins of histograms, what fractions are of."""

import re
from collections.abc import Mapping
from typing import Any

from hepcoder.agents.drafting.histograms import binnings
from hepcoder.tools.inspect.relevance import said_words
from hepcoder.tools.layout_records import Layout
from hepcoder.tools.selection.nested import texts_in

Answer = Mapping[str, Any]

_SHARE = r"(?:fraction|share|percent(?:age)?|proportion|how many|efficiency)"
# Of some events only: *what fraction of the triggered events*, *of these, the share that*.
_OF_SOME = re.compile(
    rf"\b{_SHARE}\s+of\s+(?:these|those|them|such|(?:the\s+)?(?!all\b|events?\b|total\b|the\b)[\w-]+\s+events?\b)"
    rf"|\bof\s+(?:these|those|them)\b[^.;]{{0,25}}\b{_SHARE}",
    re.IGNORECASE,
)

_OF_ALL = re.compile(rf"\b{_SHARE}\s+of\s+(?:all|everything|the\s+(?:total|whole)|every)\b", re.IGNORECASE)


def as_binned(answer: Answer, request: str) -> Answer:
    """An answer whose histograms have the bins that the request states, where it states one binning.

    Args:
        answer: The filled forms.
        request: The request.

    Example:
        >>> given = {"histograms": {"pt": {"of": "pt1", "bins": 40, "low": 10, "high": 120}}}
        >>> as_binned(given, "pt of the leading muon (pt > 10), 40 bins 0 to 120")["histograms"]["pt"]["low"]
        0.0
    """
    bins, ranges = binnings(request)
    histograms = {
        name: {
            **one,
            **({"bins": bins[0]} if len(bins) == 1 else {}),
            **({"low": ranges[0][0], "high": ranges[0][1]} if len(ranges) == 1 == len(bins) else {}),
        }
        for name, one in answer.get("histograms", {}).items()
    }
    return {**answer, "histograms": histograms}


def drawn_as_named(answer: Answer, layout: Layout, request: str) -> Answer:
    """An answer whose one histogram is of the one column that the request names and that the answer does not use.

    Args:
        answer: The filled forms.
        layout: What the data offer.
        request: The request.
    """
    histograms = answer.get("histograms", {})
    used = {part for text in texts_in(answer) for part in (text, text.strip("|"))}
    said = said_words(request)
    missing = [one.name for one in layout.columns if one.name in said and one.name not in used and one.dtype != "bool"]
    drawn = {one["of"] for one in histograms.values()}
    if layout.collections or len(missing) != 1 or len(drawn) != 1 or drawn & said:
        return answer
    return {**answer, "histograms": {name: {**one, "of": missing[0]} for name, one in histograms.items()}}


def shared_as_said(answer: Answer, request: str) -> Answer:
    """An answer whose one fraction is of the events after the cut that it names, where the request means some only.

    *What fraction of the triggered events survive* is all cuts over the trigger; a small model takes the trigger over
    all events. One of *all events* is of all events.

    Args:
        answer: The filled forms.
        request: The request.
    """
    places = [
        (file, name)
        for file, named in answer.get("values", {}).items()
        for name, one in named.items()
        if one["kind"] == "fraction"
    ]
    if len(places) != 1:
        return answer
    file, name = places[0]
    one = answer["values"][file][name]
    if _OF_ALL.search(request):
        meant = {**one, "of": None}
        return {**answer, "values": {**answer["values"], file: {**answer["values"][file], name: meant}}}
    if not _OF_SOME.search(request):
        return answer
    names = [cut["name"] for cut in answer.get("cuts", ())]
    if one["of"] is not None or one["cut"] not in names[:-1]:
        return answer
    meant = {**one, "cut": None, "of": one["cut"]}
    return {**answer, "values": {**answer["values"], file: {**answer["values"][file], name: meant}}}
