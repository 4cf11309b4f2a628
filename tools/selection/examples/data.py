"""The data that worked examples speak of, as layouts made by the same rules as those of real files."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from hepcoder.tools.inspect.lhco import lhco_layout
from hepcoder.tools.layout_records import Branch, Field, Layout
from hepcoder.tools.layouts import find_layout

_FILE = Path(__file__).with_name("data.yaml")
_TYPES = {"": "float", "int": "int32_t", "bool": "bool", "char": "int8_t"}
_ENERGIES = ("pt", "m", "e", "met", "ht", "mass")


@cache
def data_kinds() -> Mapping[str, Any]:
    """What is known of each kind of data: lists of objects, single objects, columns.

    Example:
        >>> sorted(data_kinds())
        ['atlas', 'hzz', 'lhco', 'nanoaod', 'physlite']
    """
    kinds: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return kinds


@cache
def layout_of(kind: str) -> Layout:
    """What data of a kind offer.

    Args:
        kind: One of `data_kinds`.

    Example:
        >>> [one.name for one in layout_of("physlite").collections]
        ['Electrons', 'Jets', 'LargeRJets', 'Muons', 'Photons', 'TauJets']
    """
    if kind == "lhco":
        return lhco_layout()
    given = data_kinds()[kind]
    return find_layout(list(_branches(given)), tree=given.get("tree", ""), typical=given.get("typical"))


def layout_of_columns(columns: Sequence[str]) -> Layout:
    """What a table offers: numbers, in GeV where the name is one of an energy, and flags where it says so.

    Args:
        columns: Name of each column; ``int`` or ``bool`` may follow.

    Example:
        >>> [(one.name, one.unit, one.dtype) for one in layout_of_columns(["mll", "njets int"]).columns]
        [('mll', 'GeV', 'float'), ('njets', None, 'int32_t')]
    """
    fields = []
    for text in columns:
        name, _, kind = text.partition(" ")
        unit = "GeV" if not kind and _is_energy(name) else None
        fields.append(Field(name=name, branch=name, dtype=_TYPES[kind], unit=unit))
    return Layout(kind="flat", columns=tuple(fields))


def _branches(given: Mapping[str, Any]) -> Iterator[Branch]:
    for part, jagged in (("lists", "[]"), ("single", "")):
        for group, fields in given.get(part, {}).items():
            for text in fields:
                field, _, kind = text.partition(" ")
                name = given["branch"].format(list=group, field=field)
                yield Branch(name=name, typename=_TYPES[kind] + jagged)
    for text in given.get("columns", ()):
        name, _, kind = text.partition(" ")
        yield Branch(name=name, typename=_TYPES[kind])


def _is_energy(name: str) -> bool:
    words = name.lower().strip("_0123456789").split("_")
    return any(word.rstrip("0123456789") in _ENERGIES or word.startswith("m_") for word in words) or (
        name[:1] in {"m", "M"} and words[0].rstrip("0123456789") in {"m", "mll", "mjj", "mgg", "mbb", "mt"}
    )
