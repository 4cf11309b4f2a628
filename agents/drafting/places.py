"""Where in ``events`` the quantities of a request are."""

import re
from collections.abc import Mapping

from hepcoder.tools.layout_records import Collection, Layout

_PLAIN = frozenset({"pt", "eta", "phi", "mass", "charge"})
_QUANTITIES = ("pt", "eta", "phi", "mass", "MET", "HT")


class Places:
    """The fields and columns of a file by every name a request may use."""

    def __init__(self, layout: Layout, relevant: Mapping[str, Collection]) -> None:
        self.relevant = relevant
        self.columns = sorted(field.name for field in layout.columns if not field.depth)
        self.fields: dict[str, tuple[Collection, str]] = {
            name: (collection, field.name)
            for collection in relevant.values()
            for field in collection.fields
            for name in (field.name, field.branch, f"{collection.name}_{field.name}")
            if len(name) > 2 and name not in _PLAIN
        }
        single = [one for one in layout.collections if not one.jagged]
        self.event_fields = {f.branch: f"events.{c.name}.{f.name}" for c in single for f in c.fields if "_" in f.branch}
        self.event_fields |= {n: f"events.{c.name}.{f}" for n, (c, f) in self.fields.items() if not c.jagged}
        self.flags = {field.name for field in layout.columns if field.dtype == "bool"}
        self.flags |= {field.branch for one in single for field in one.fields if field.dtype == "bool"}

    @property
    def names(self) -> set[str]:
        """Everything that can be cut on."""
        return {*self.fields, *self.event_fields, *self.columns, *_QUANTITIES}

    def collections_of(self, kind: str) -> list[Collection]:
        """The collections a word for objects means; leptons are electrons and muons where there is nothing closer."""
        kind = "jet" if kind == "bjet" else kind
        if kind == "lepton" and kind not in self.relevant:
            return [self.relevant[one] for one in ("electron", "muon") if one in self.relevant]
        return [self.relevant[kind]] if kind in self.relevant else []

    def of_event(self, name: str) -> str | None:
        """The expression of a quantity with one number for each event, or None."""
        if name in self.columns:
            return f"events.{name}"
        if name.upper() == "MET" and "met" in self.relevant:
            return f"events.{self.relevant['met'].name}.pt"
        return self.event_fields.get(name)

    def flag(self, name: str) -> str | None:
        """The expression of a yes-or-no quantity of the event, or None."""
        return self.of_event(name) if name in self.flags else None

    def has_field(self, collection: str, field: str) -> bool:
        """Whether a collection has a field of this name."""
        return any(c.name == collection and any(f.name == field for f in c.fields) for c in self.relevant.values())

    def level_field(self, collection: str, level: str) -> str | None:
        """The yes-or-no field of a level of identification (``tight``), the plainest name of several."""
        fields = [field for one in self.relevant.values() if one.name == collection for field in one.fields]
        names = [one.name for one in fields if one.dtype == "bool" and level in one.name.lower()]
        return min(names, key=lambda name: (len(name), name), default=None)


def is_numbered(name: str, quantity: str) -> bool:
    """Whether a column is the quantity of one of two objects, such as ``pt1`` or ``lep2_pt``.

    Example:
        >>> is_numbered("lep2_pt", "pt"), is_numbered("ptll", "pt")
        (True, False)
    """
    return bool(re.fullmatch(rf"{quantity}_?[12]|[a-z]+_?[12]_{quantity}", name, re.IGNORECASE))


def variable_of(name: str) -> str:
    """A variable name for objects of a collection.

    Example:
        >>> variable_of("Muon")
        'muons'
    """
    name = re.sub(r"\W", "_", name).lower()
    return name if name.endswith("s") else f"{name}s"
