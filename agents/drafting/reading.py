"""Reads cuts and counts out of a request by rules: which objects, which thresholds, how many of them.

What is found goes into the skeleton as proposed lines. Nothing is guessed: what the rules cannot place is left to
the model, which sees the request itself as well.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hepcoder.agents.drafting.grammar import normalised, scanner
from hepcoder.agents.drafting.places import Places, is_numbered
from hepcoder.agents.drafting.records import Selection
from hepcoder.agents.drafting.walk import Walk
from hepcoder.tools.layout_records import Collection, Layout


@dataclass(frozen=True)
class Reading:
    """What rules could read.

    Attributes:
        selections: Object selections, in the order of the text.
        events: (variable, expression) of conditions on events, in the order of the text.
        mass: Conditions on the mass of pairs, with ``{m}`` for it.
        leading: Selections of whose objects the request wants the leading one (1) or the sub-leading one (2).
    """

    selections: tuple[Selection, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    mass: tuple[str, ...] = ()
    leading: tuple[tuple[str, int], ...] = ()


def read_request(request: str, layout: Layout, relevant: Mapping[str, Collection]) -> Reading:
    """Read selections and event conditions.

    Args:
        request: Plain language.
        layout: What the file offers.
        relevant: The collection that stands for each kind of object (``muon``, ``jet``, ``met`` ...).

    Returns:
        What could be read; empty when nothing could.
    """
    places = Places(layout, relevant)
    walk = Walk(places)
    for match in scanner(places.names).finditer(normalised(request)):
        walk.take(match)
    return Reading(
        selections=tuple(walk.selections),
        events=(*walk.named_conditions(), *_charges(request, places)),
        mass=tuple(dict.fromkeys(walk.mass)),
        leading=tuple((walk.selections[one].name, rank) for one, rank in dict.fromkeys(walk.leading)),
    )


def _charges(request: str, places: Places) -> list[tuple[str, str]]:
    """Opposite or equal charges of two objects that are columns."""
    both = [name for name in places.columns if is_numbered(name, "(?:q|charge)")]
    opposite = re.search(r"opposite(?:ly)?[- ](?:sign|charge)", request, re.IGNORECASE)
    same = re.search(r"same[- ](?:sign|charge)", request, re.IGNORECASE)
    if len(both) != 2 or not (opposite or same):
        return []
    return [("charge_cut", f"(events.{both[0]} * events.{both[1]} {'<' if opposite else '>'} 0)")]
