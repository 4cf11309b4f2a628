"""Which collections, columns and fields a request in plain language is about."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from hepcoder.tools.inspect.facts import FileFacts
from hepcoder.tools.layout_records import Collection, Field, Layout
from hepcoder.tools.naming import quantity, words

ARROW = r"\s*(?:->|\u2192|to)\s*"
# Patterns in the lower-case request, by the kind of object they speak of.
KIND_PATTERNS = {
    "muon": r"muon|\bmu\b|\bmu\s*\+?\s*mu\b|mumu|\u03bc|\u00b5",
    "electron": rf"electron|\bele\b|\be\s*\+\s*e\b|\b[zj]{ARROW}ee\b|\bee\b",
    "photon": rf"photon|\bgammas?\b|gammagamma|\u03b3|\bh{ARROW}gg\b",
    "tau": r"\btaus?\b|\bditau|\u03c4",
    "fatjet": r"fat\s*-?jet|large[\s-]+r(?:adius)?\b|larger?[\s-]*jets?|\bak8\b|boosted",
    "jet": r"jet|\bht\b|b-?\s?tag",
    "met": r"\bmet\b|missing|\be_?t?miss|neutrino",
    "lepton": r"lepton|\blep\b|\b[24]?ll?\b|\bz\s*(?:boson|peak|candidate|window|mass)",
    "trigger": r"trigger|\bhlt\b",
}
STANDS_FOR = {"lepton": ("lepton", "electron", "muon"), "electron": ("electron",), "muon": ("muon",)}
GENERAL = ("electron", "muon", "lepton", "photon", "jet", "tau", "met")
# Words in a collection's name that make it another thing than the plain object.
SPECIAL = frozenset(
    [
        *("gen", "truth", "raw", "calo", "tk", "chs", "soft", "corr", "lhe", "fsr", "sub", "iso", "trig", "activity"),
        *("dressed", "born", "vis", "tracks", "particles", "hit"),
    ]
)
FIELD_PATTERNS = (
    (r"b-?\s?tag|b-?\s?jet|\bbottom", r"btag|mv2c|dl1|csv"),
    (r"isolat", r"iso|cone"),
    (r"tight", r"tight"),
    (r"medium", r"medium"),
    (r"loose", r"loose"),
    (r"identif|\bid\b|quality", r"^(tight|medium|loose|jet|istight)id|cutbased|quality"),
    (r"charge|opposite|same[- ]sign|\bos\b|\bss\b", r"^charge"),
    (r"truth|generator|\bgen\b|matched|pdg", r"gen|truth|pdg"),
    (r"impact|displac|vertex", r"^(dxy|dz|d0|z0|ip3d)"),
    (r"track", r"ntrk|track"),
)
USUAL = ("btagDeepFlavB", "btag", "jetId", "tightId", "pfRelIso04_all", "cutBased", "isTightID", "iso", "type_", "ntrk")
WISH = 100
COLUMN_WORDS = {
    "pt": r"\bp_?t\b|transverse mom|momentum|spectrum",
    "eta": r"\beta\b|\u03b7|pseudorap|rapidity",
    "phi": r"\bphi\b|\u03c6|azimuth|angle|delta ?r",
    "mass": r"mass|peak|resonance|\bm_",
    "E": r"energ",
    "Q": r"charge|sign",
}


@lru_cache(maxsize=64)
def said_words(request: str) -> frozenset[str]:
    """The words of a request as they are written."""
    return frozenset(re.findall(r"\w+", request))


@lru_cache(maxsize=64)
def wanted_kinds(request: str) -> tuple[str, ...]:
    """Kinds of object a request names, in the order of first mention.

    Example:
        >>> wanted_kinds("H->gg: two photons, veto events with a b-tagged jet or missing energy")
        ('photon', 'jet', 'met')
    """
    text = request.lower()
    found = {kind: match.start() for kind, one in KIND_PATTERNS.items() if (match := re.search(one, text))}
    plain = re.sub(r"(?:fat|large[\s-]*r(?:adius)?|ak8|boosted)\s*-?jets?", "", text)
    if "fatjet" in found and not re.search(KIND_PATTERNS["jet"], plain):
        found.pop("jet", None)
    return tuple(sorted(found, key=lambda kind: (found[kind], kind)))


def relevant_collections(facts: Sequence[FileFacts], request: str) -> tuple[str, ...]:
    """Names to give `read_events` for a request, over all files, the most relevant first.

    Args:
        facts: The inputs.
        request: The request, in plain language.

    Returns:
        Collections, then event columns. When the request names nothing that is there: the plain physics
        objects; all columns of a file without collections.
    """
    return tuple(dict.fromkeys(name for one in facts for name in names_for(one.layout, request)))


def names_for(layout: Layout, request: str) -> tuple[str, ...]:
    """Names for `read_events` on one file; see `relevant_collections`."""
    said = said_words(request)
    named = [one for one in layout.collections if one.name in said or f"{one.name}s" in said]
    kinds = [kind for kind in wanted_kinds(request) if kind not in {one.kind for one in named}]
    best = [one.name for kind in kinds for one in best_of_kind(layout, kind, request)]
    columns = column_names(layout, request)
    found = [*(one.name for one in named), *best, *columns]
    if not found and layout.collections:
        found = [one.name for kind in GENERAL for one in best_of_kind(layout, kind, request)]
    if not found:
        found = [one.name for one in layout.columns]
    return tuple(dict.fromkeys(found))


def best_of_kind(layout: Layout, kind: str, request: str) -> tuple[Collection, ...]:
    """The collections that stand for a kind: the plainest name of it, none for trigger decisions."""
    found = []
    for one in STANDS_FOR.get(kind, (kind,)):
        same = [part for part in layout.collections if part.kind == one and part.momentum and one != "trigger"]
        same.sort(key=lambda part: plainness(part, request))
        if same and (one != "lepton" or plainness(same[0], request)[0] == 0):
            found.append(same[0])
    if not found and kind in {"electron", "muon"}:
        leptons = [one for one in layout.collections if one.kind == "lepton" and plainness(one, request)[0] == 0]
        return tuple(leptons[:1])
    return tuple(found)


def plainness(collection: Collection, request: str) -> tuple[int, int, str]:
    """Smaller for the plainer name; words that the request itself uses do not count."""
    said = {word.lower() for word in said_words(request)}
    extra = [one for one in words(collection.name) if one not in said and not _means_kind(one, collection.kind)]
    return (len(extra) + 2 * len(SPECIAL & set(extra)), len(collection.name), collection.name)


def _means_kind(word: str, kind: str | None) -> bool:
    stem = word.rstrip("s")
    return bool(kind) and (stem == kind or (len(stem) > 1 and str(kind).startswith(stem)) or stem in {"ph", "fat"})


def column_names(layout: Layout, request: str) -> tuple[str, ...]:
    """Event columns that the request names or needs, the most relevant first."""
    said = said_words(request)
    found = [one.name for one in layout.columns if one.name in said]
    for collection in layout.collections:
        found += [one.branch for one in collection.fields if not collection.jagged and _is_said(one, said)]
    if "weight" in request.lower():
        weights = [one.name for one in layout.columns if "weight" in one.name.lower() and one.depth == 0]
        found += sorted(weights, key=lambda name: (len(name), name))[:1]
    if not layout.collections:
        near = [one for one in layout.columns if column_rank(one, request)[0] < 2]
        found += [one.name for one in sorted(near, key=lambda one: column_rank(one, request))]
    return tuple(dict.fromkeys(found))


def _is_said(field: Field, said: frozenset[str]) -> bool:
    """Whether a request names a field in full, or without its group: ``HLT_IsoMu24`` or ``IsoMu24``."""
    return field.branch in said or (len(field.name) > 3 and field.name in said)


def column_rank(column: Field, request: str) -> tuple[int, int, str]:
    """Smaller for the more relevant event column: named, then of a quantity the request speaks of."""
    if column.name in said_words(request):
        return (0, 0, column.name)
    kind = quantity(column.name)
    for place, (name, said) in enumerate(COLUMN_WORDS.items()):
        if kind == name and re.search(said, request.lower()):
            return (1, place, column.name)
    return (2, 0 if kind in COLUMN_WORDS else 1, column.name)


def leading_fields(fields: Sequence[Field], request: str, most: int) -> list[tuple[int, Field]]:
    """(relevance class, field) of the fields worth a line each, the most relevant first.

    Args:
        fields: Of one collection.
        request: The request, in plain language.
        most: Number of fields; no one wish of the request (isolation, b-tag, ...) fills more than three of them.
    """
    ranks = sorted((field_rank(one, request), place) for place, one in enumerate(fields))
    wishes: Counter[int] = Counter()
    found: list[tuple[int, Field]] = []
    for (group, within, _), place in ranks:
        wish = within // WISH if group == 1 else -1
        wishes[wish] += 1
        if group < 3 and (wish < 0 or wishes[wish] <= 3):
            found.append((group, fields[place]))
    return found[:most]


def field_rank(field: Field, request: str) -> tuple[int, int, str]:
    """Smaller for the more relevant field of a relevant collection.

    The first number is 0 for kinematics, 1 for what the request speaks of, 2 for what analyses usually need,
    3 for all else.
    """
    text = request.lower()
    usual = USUAL.index(field.name) if field.name in USUAL else len(USUAL)
    if field.name in {"pt", "eta", "phi", "mass"}:
        return (0, ("pt", "eta", "phi", "mass").index(field.name), field.name)
    if len(field.name) > 1 and field.name in said_words(request):
        return (1, 0, field.name)
    for place, (said, name) in enumerate(FIELD_PATTERNS):
        if re.search(said, text) and re.search(name, field.name, re.IGNORECASE):
            return (1, 1 + WISH * place + usual, field.name)
    if field.name == "charge":
        return (2, 0, field.name)
    return (2, 1 + usual, field.name) if field.name in USUAL else (3, 0, field.name)
