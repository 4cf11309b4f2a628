"""Proposed lines of a script: the selections, conditions and quantities that rules could read of a request."""

import re
from collections.abc import Sequence

from hepcoder.agents.drafting.grammar import normalised
from hepcoder.agents.drafting.reading import Reading
from hepcoder.agents.drafting.records import Selection
from hepcoder.tools.contract import Output
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.inspect.relevance import best_of_kind
from hepcoder.tools.layout_records import Collection

KINDS = ("muon", "electron", "photon", "tau", "fatjet", "jet", "met", "lepton")
_ALL_EVENTS = re.compile(r"(?:n_?)?(?:all|total|initial|input|start|raw|before|events|generated)(?:_events|_cuts)?")
CUTFLOW = re.compile(r"cut-?\s?flow", re.IGNORECASE)


def relevant_by_kind(request: str, facts: FileFacts) -> dict[str, Collection]:
    """The collection that stands for each kind of object in a file."""
    found: dict[str, Collection] = {}
    for kind in KINDS:
        for collection in best_of_kind(facts.layout, kind, request):
            if collection.kind == kind:
                found.setdefault(kind, collection)
    return found


def proposed_lines(request: str, reading: Reading, facts: FileFacts, outputs: Sequence[Output]) -> list[str]:
    """Lines for objects, quantities, event conditions and the cutflow; empty when nothing was read."""
    lines = []
    text = normalised(request)
    kept = [
        one
        for one in reading.selections
        if one.cuts or re.search(rf"\b{one.name}\b", str(reading.events)) or len(reading.selections) <= 2
    ]
    if kept:
        lines += ["", "# objects: a list for each event", *(_selection_line(one) for one in kept)]
    lines += _derived(text, kept, facts, reading)
    if reading.events:
        lines += ["", "# events: one True or False for each event"]
        lines += [f"{name} = {_bare(expression)}" for name, expression in reading.events]
        masks = re.findall(r"^(mass_cut|pair_cut) = ", "\n".join(lines), re.MULTILINE)
        masks = [one for one in masks if one == "mass_cut" or not _SPECTRUM_OF.search(text)]
        lines += _all_of_them([*(name for name, _ in reading.events), *masks])
    lines += _named_flags(request, reading, facts)
    if not facts.layout.collections:
        lines[:0] = ["# columns only: one number for each event, as in events.x[selected]"]
        lines += [] if reading.events else ["selected = np.ones(len(events), dtype=bool)  # all events"]
    if CUTFLOW.search(text):
        names = cutflow_names(reading, outputs)
        lines += ["cutflow = Cutflow()", f'cutflow.add("{names[0]}", np.ones(len(events), dtype=bool))']
        lines += [f'cutflow.add("{row}", {mask})' for row, (mask, _) in zip(names[1:], reading.events, strict=True)]
    return lines


def _all_of_them(names: Sequence[str]) -> list[str]:
    """The mask of events that fulfil every condition; none when two conditions count the same objects differently."""
    if any(name[-1].isdigit() and name[:-1] in names for name in names):
        return []
    return ["selected = " + " & ".join(names) + ("  # all of them" if len(names) > 1 else "")]


def _named_flags(request: str, reading: Reading, facts: FileFacts) -> list[str]:
    """Yes-or-no columns that the request names without saying that events must pass them."""
    used = str(reading.events)
    flags = [one.name for one in facts.layout.columns if one.dtype == "bool" and not one.depth]
    named = [name for name in flags if re.search(rf"\b{re.escape(name)}\b", request) and f".{name}" not in used]
    return [f"{name} = events.{name}  # one True or False for each event" for name in named if name.isidentifier()]


def cutflow_names(reading: Reading, outputs: Sequence[Output]) -> list[str]:
    """Names of a cutflow's rows: those of the contract when they are one for all events and one for each cut."""
    for output in outputs:
        names = [field.name for field in output.fields if field.unit is None]
        if output.kind == "json" and len(names) == len(reading.events) + 1 and _ALL_EVENTS.fullmatch(names[0]):
            return names
    return ["all", *(name.removesuffix("_cut") for name, _ in reading.events)]


def _bare(expression: str) -> str:
    return expression[1:-1] if re.fullmatch(r"\((?:[^()]|\([^()]*\))*\)", expression) else expression


def _selection_line(selection: Selection) -> str:
    objects = f"events.{selection.collection}"
    cuts = " & ".join(cut.replace("{x}", objects) for cut in selection.cuts)
    cuts = _bare(cuts) if len(selection.cuts) == 1 else cuts
    return f"{selection.name} = {objects}[{cuts}]" if cuts else f"{selection.name} = {objects}"


_SPECTRUM_OF = re.compile(
    r"(?:mass|pt|spectrum|distribution) of (?:the |all |every )?(?:opposite|same|like|OS\b|SS\b|OSSF\b)", re.IGNORECASE
)
_OPPOSITE = re.compile(r"opposite[- ](?:sign|charge)|oppositely|\bOSSF\b|\bOS\b", re.IGNORECASE)
_SAME = re.compile(r"same[- ](?:sign|charge)|like[- ]sign|\bSS\b", re.IGNORECASE)
_PAIRS = re.compile(
    r"invariant mass|\bdi-?\w+ mass|\bmass of|\bpairs?\b|candidate|same[- ]sign|same charge", re.IGNORECASE
)
_LEADING = re.compile(
    r"two leading|two highest|leading two|leading[^.]*sub-?leading|two hardest|di-?photon|di-?jet", re.IGNORECASE
)
_TRANSVERSE = re.compile(r"transverse mass", re.IGNORECASE)


def _derived(text: str, selections: Sequence[Selection], facts: FileFacts, reading: Reading) -> list[str]:
    """Pair masses, transverse mass and HT that the request speaks of."""
    lines = _pair_lines(text, selections, facts, reading) if _PAIRS.search(text) else []
    names = {one.name for one in selections}
    for name, rank in reading.leading:
        if name in names:
            objects, prefix = (f"leading({name})", "leading") if rank == 1 else (f"leading({name}, 2)", "subleading")
            lines.append(f"{prefix}_{name.removesuffix('s')} = {objects}  # one for each event")
    met = relevant_by_kind(text, facts).get("met")
    if _TRANSVERSE.search(text) and met and selections:
        lines.append(f"mt = transverse_mass(leading({selections[0].name}), events.{met.name})")
    if re.search(r"\bH_?T\b|scalar sum", text) and any("jet" in one.name for one in selections):
        lines.append(f"event_ht = ht({next(one.name for one in selections if 'jet' in one.name)})")
    return ["", "# quantities", *lines] if lines else []


def _pair_lines(text: str, selections: Sequence[Selection], facts: FileFacts, reading: Reading) -> list[str]:
    opposite, same = (
        bool(_OPPOSITE.search(text)),
        bool(_SAME.search(text)) and not re.search(r"same[- ]flavou?r opp", text),
    )
    if _TRANSVERSE.search(text) and not opposite:
        return []
    members = _pair_members([one for one in selections if not (opposite or same) or _has_charge(one, facts)], text)
    lines = []
    for one in members:
        name = "mass" if len(members) == 1 else f"{one.name}_mass"
        if _LEADING.search(text) and not opposite and not same:
            lines.append(
                f"{name} = invariant_mass(leading({one.name}), leading({one.name}, 2))  # one number for each event"
            )
            lines += [f"{name}_cut = {_bare(cut.replace('{m}', name))}" for cut in reading.mass]
            continue
        lines.append(f"first, second = {'opposite_sign_pairs' if opposite else 'pairs'}({one.name})")
        if same and not opposite:
            lines.append(
                "first, second = " + ", ".join(f"{x}[first.charge == second.charge]" for x in ("first", "second"))
            )
        if opposite or same:
            lines.append(f"{name.removesuffix('mass')}pair_cut = count(first) >= 1  # events with such a pair")
        lines.append(f"{name} = invariant_mass(first, second)  # a list for each event")
        lines += [f"{name}_cut = ak.any({_bare(cut.replace('{m}', name))}, axis=1)" for cut in reading.mass]
    return lines


def _has_charge(selection: Selection, facts: FileFacts) -> bool:
    collection = next(c for c in facts.layout.collections if c.name == selection.collection)
    return any(field.name == "charge" for field in collection.fields)


def _pair_members(selections: Sequence[Selection], text: str) -> list[Selection]:
    """Selections that the request pairs up: those named next to a word for pairs, else a single one."""
    found = []
    for one in selections:
        noun = re.sub(r"s$", "", re.sub(r"\d+$", "", one.name))
        near = (
            rf"di-?{noun}|{noun}s?\W+pair|pairs? of (?:\w+\W+(?:or|and) )?{noun}|{noun}s? candidates"
            rf"|pairs? of [^.]*{noun}|two (?:leading |highest-pt )?{noun}"
        )
        if re.search(near, text, re.IGNORECASE):
            found.append(one)
    return found or (list(selections) if len(selections) == 1 else [])
