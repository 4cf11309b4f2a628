"""LHCO text: the columns it has and how its lines become collections.

Reference: the LHC Olympics format, ``# typ eta phi pt jmas ntrk btag had/em dummy dummy``; type 0 photon, 1 electron,
2 muon, 3 hadronic tau, 4 jet, 6 missing transverse momentum. An event starts with a line ``0 number trigger``.
"""

from collections.abc import Container, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hepcoder.tools.inspect.source import Source, Table
from hepcoder.tools.layout_records import Branch, Collection, Field, Layout

if TYPE_CHECKING:
    from hepcoder.tools.inspect.lhco_record import Rows

TYPES = {0: "Photon", 1: "Electron", 2: "Muon", 3: "Tau", 4: "Jet", 6: "MET"}
KINDS = {"Photon": "photon", "Electron": "electron", "Muon": "muon", "Tau": "tau", "Jet": "jet", "MET": "met"}
CHARGED = frozenset({"Electron", "Muon", "Tau"})


def lhco_source(path: Path) -> Source:
    """An LHCO file, plain or gzipped.

    Raises:
        InputError: A line is malformed or the file is cut.
    """
    from hepcoder.tools.inspect.lhco_text import count_lhco_events

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        arrays = read_lhco(path, stop, {name.partition(".")[0] for name in wanted})
        return {name: arrays[name] for name in wanted}

    return Source(path, "lhco", (Table("", count_lhco_events(path), lhco_branches()),), lhco_layout(), load)


def lhco_branches() -> tuple[Branch, ...]:
    """What every LHCO file has."""
    branches = [Branch(name="event", typename="int64"), Branch(name="trigger", typename="int64")]
    for name in TYPES.values():
        mark = "" if name == "MET" else "[]"
        fields = _field_names(name)
        branches += [Branch(name=f"{name}.{one}", typename=f"float64{mark}", record=True) for one in fields]
    return tuple(branches)


def lhco_layout() -> Layout:
    """Its collections; energies are in GeV, ``charge`` is the sign of ``ntrk``."""
    collections = []
    for name in TYPES.values():
        units = {"pt": "GeV", "mass": "GeV", "phi": "rad"}
        fields = tuple(
            Field(
                name=one,
                branch=f"{name}.{one}",
                dtype="float64",
                unit=units.get(one),
                source_unit=units.get(one),
            )
            for one in _field_names(name)
        )
        momentum = "Momentum2D" if name == "MET" else "Momentum4D"
        collections.append(
            Collection(name=name, jagged=name != "MET", kind=KINDS[name], fields=fields, momentum=momentum)
        )
    columns = tuple(Field(name=one, branch=one, dtype="int64") for one in ("event", "trigger"))
    return Layout(kind="lhco", collections=tuple(sorted(collections, key=lambda one: one.name)), columns=columns)


def _field_names(name: str) -> tuple[str, ...]:
    if name == "MET":
        return ("pt", "phi")
    charge = ("charge",) if name in CHARGED else ()
    return ("pt", "eta", "phi", "mass", *charge, "ntrk", "btag", "hadem")


def read_lhco(path: Path, entry_stop: int | None, collections: Container[str] | None = None) -> dict[str, Any]:
    """The quantities by branch name; missing momentum of an event without a type-6 line is nan.

    Args:
        path: The file.
        entry_stop: Number of events from the start; None for all.
        collections: Names of those to deliver, besides the columns of the event; None for all.

    Raises:
        InputError: A line has too few or wrong numbers; says which.
    """
    from hepcoder.tools.inspect.lhco_record import Rows
    from hepcoder.tools.inspect.lhco_rows import read_rows

    rows = Rows.joined(list(read_rows(path, entry_stop)))
    return lhco_arrays(rows.between(0, len(rows.events) if entry_stop is None else entry_stop), collections)


def lhco_arrays(rows: "Rows", collections: Container[str] | None = None) -> dict[str, Any]:
    """The quantities of some events by branch name; of some collections, or all."""
    import numpy as np

    bounds = np.append(rows.starts, len(rows.kinds))
    arrays: dict[str, Any] = {"event": rows.events, "trigger": rows.triggers}
    for kind, name in TYPES.items():
        if collections is not None and name not in collections:
            continue
        own = np.flatnonzero(rows.kinds == kind)
        offsets = np.searchsorted(own, bounds)
        flat = _columns_of(rows, own[offsets[0] :])
        for one in _field_names(name):
            jagged = _jagged(flat[one], offsets - offsets[0])
            arrays[f"{name}.{one}"] = jagged if name != "MET" else _first_or_nan(jagged)
    return arrays


def _columns_of(rows: "Rows", places: Any) -> dict[str, Any]:
    import numpy as np

    from hepcoder.tools.inspect.lhco_record import VALUES

    flat = {column: values[places] for column, values in zip(VALUES, rows.values, strict=True)}
    return flat | {"mass": flat["jmas"], "charge": np.sign(flat["ntrk"])}


def _jagged(flat: Any, offsets: Any) -> Any:
    """As ak.unflatten, for offsets that are known to fit."""
    import awkward as ak

    contents = ak.contents.NumpyArray(flat)
    return ak.Array(ak.contents.ListOffsetArray(ak.index.Index64(offsets), contents))


def _first_or_nan(jagged: Any) -> Any:
    import awkward as ak
    import numpy as np

    return ak.fill_none(ak.firsts(jagged), np.nan)
