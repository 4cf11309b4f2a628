"""Which names a form may offer: of the data at hand, and of the forms filled before."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hepcoder.ledger.record import Record
from hepcoder.tools.inspect.relevance import leading_fields, names_for
from hepcoder.tools.layout_records import Collection, Layout
from hepcoder.tools.selection.formulas import with_formulas
from hepcoder.tools.selection.program import symbols_of
from hepcoder.tools.selection.selection import Selection
from hepcoder.tools.selection.symbols import Symbol, collection_symbol

MOST_FIELDS = 10
MOST_COLUMNS = 40
_ENERGIES = frozenset({"GeV"})
_YES_OR_NO = frozenset({"bool", "int8"})  # ATLAS writes decisions as characters
_WEIGHTED = re.compile(r"weight|yield", re.IGNORECASE)
_SIZED = re.compile(r"(?:^|_)(?:eta|phi|d0|dz|z0|d?eta)\d?(?:_|$)|^eta", re.IGNORECASE)
_TAGS = frozenset({"btag", "isbtagged", "btagged"})  # 0, or which tag it is; other columns of tags are scores
_LIGHT = frozenset({"electron", "muon", "lepton", "photon"})


class FieldNames(Record):
    """Fields of objects, by how a cut on them is stated.

    Attributes:
        energies: Fields in GeV.
        plain: Fields without an energy unit, ``|eta|`` among them.
        flags: Fields that are True or False, or counted as such.
    """

    energies: tuple[str, ...]
    plain: tuple[str, ...]
    flags: tuple[str, ...]


class KnownNames(Record):
    """Names by what they stand for.

    Attributes:
        collections: Lists of objects in the data, with their fields.
        lists: All lists of objects: those of the data and those defined.
        single: One object in each event, such as a candidate or the missing momentum.
        energies: One number in GeV in each event.
        numbers: One other number in each event.
        listed: Lists of numbers.
        flags: Yes-or-no columns.
        columns: Columns that tell events apart, or are weights.
        weights: Columns with weights of events that the request speaks of.
        sizes: Absolute values of columns, where a table has columns that are cut on so: ``|lep1_eta|``.
        is_open: Whether names that the answer itself defines may be used besides these.
    """

    collections: Mapping[str, FieldNames]
    lists: tuple[str, ...]
    single: tuple[str, ...]
    energies: tuple[str, ...]
    numbers: tuple[str, ...]
    listed: tuple[str, ...]
    flags: tuple[str, ...]
    columns: tuple[str, ...]
    weights: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    is_open: bool = False

    @property
    def has_objects(self) -> bool:
        """Whether there is anything but columns."""
        return bool(self.lists or self.single)


def known_names(layout: Layout, request: str, filled: Mapping[str, Any]) -> KnownNames:
    """The names that a form may offer.

    Args:
        layout: What the data offers.
        request: The request; only what it is about is offered. Empty offers all collections.
        filled: Objects, candidates and quantities of the forms filled before.

    Raises:
        SelectionError: What was filled before does not fit the data.
    """
    names = names_for(layout, request) if request else tuple(one.name for one in layout.collections)
    chosen = [one for one in layout.collections if one.name in names]
    columns = [one for one in layout.columns if not one.depth and (not request or one.name in names)]
    if not layout.collections:  # a plain table: a request speaks of its columns in words of its own
        others = [one for one in layout.columns if not one.depth and one not in columns]
        columns += others[: MOST_COLUMNS - len(columns)]
    symbols = dict(_defined(layout, filled))
    data = {one.name: collection_symbol(one) for one in chosen}
    single = [each for each in layout.collections if not each.jagged]
    met = {
        one.branch or f"{each.name}.{one.name}": one.unit
        for each in single
        if each in chosen
        for one in each.fields
        if one.dtype != "bool"
    }
    named = [one for each in single for one in each.fields if one.branch in names]
    units = {one.name: one.unit for one in columns if one.dtype not in {"bool", "string"}} | met
    units |= {one.branch: one.unit for one in named if one.dtype != "bool"}
    units |= {name: one.unit for name, one in symbols.items() if one.shape == "number"}
    sized = [name for name in units if _SIZED.search(name)] if not layout.collections else []
    return KnownNames(
        collections={one.name: fields_of_collection(one, request) for one in chosen if one.jagged},
        lists=_shaped({**symbols, **data}, "objects"),
        single=_shaped({**symbols, **data}, "object"),
        energies=tuple(name for name, unit in units.items() if unit in _ENERGIES),
        numbers=tuple(name for name, unit in units.items() if unit not in _ENERGIES),
        listed=_shaped(symbols, "numbers"),
        flags=tuple(one.name for one in columns if one.dtype == "bool")
        + tuple(one.branch for one in named if one.dtype == "bool"),
        columns=tuple(one.name for one in layout.columns if not one.depth and one.dtype != "bool"),
        weights=_weights(layout, request),
        sizes=tuple(f"|{name}|" for name in sized),
    )


def _weights(layout: Layout, request: str) -> tuple[str, ...]:
    """Weights of events, where the request speaks of weights or of yields; all of them without a request."""
    named = [one.name for one in layout.columns if not one.depth and "weight" in one.name.lower()]
    return tuple(named) if not request or _WEIGHTED.search(request) else ()


def _defined(layout: Layout, filled: Mapping[str, Any]) -> Iterable[tuple[str, Symbol]]:
    parts = {key: with_formulas(filled[key]) for key in ("objects", "candidates", "quantities") if key in filled}
    partial = Selection.model_validate({"sources": [{"files": ["any"]}], **parts})
    return symbols_of(partial, layout).items()


def _shaped(symbols: Mapping[str, Symbol], shape: str) -> tuple[str, ...]:
    return tuple(name for name, one in symbols.items() if one.shape == shape)


def fields_of_collection(collection: Collection, request: str) -> FieldNames:
    """The fields that a form offers of a collection: kinematics, and what the request or usual analyses need.

    Args:
        collection: The collection.
        request: The request; may be empty.
    """
    fields = [field for _, field in leading_fields(collection.fields, request, MOST_FIELDS)]
    flags = [one.name for one in fields if one.dtype in _YES_OR_NO or one.name.lower() in _TAGS]
    # The mass of a single lepton or photon is a constant; a small model takes it for the mass of a pair.
    left_out = {"mass"} if collection.kind in _LIGHT else set()
    energies = [one.name for one in fields if one.unit in _ENERGIES and one.name not in left_out]
    plain = [one.name for one in fields if one.unit not in _ENERGIES and one.dtype != "bool"]
    plain[:0] = ["|eta|"] if "eta" in plain else []
    return FieldNames(energies=tuple(energies), plain=tuple(plain), flags=tuple(flags))
