"""LHCO text: the columns it has and how its lines become collections.

Reference: the LHC Olympics format, ``# typ eta phi pt jmas ntrk btag had/em dummy dummy``; type 0 photon, 1 electron,
2 muon, 3 hadronic tau, 4 jet, 6 missing transverse momentum. An event starts with a line ``0 number trigger``.
"""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hepcoder.ledger.errors import InputError
from hepcoder.tools.inspect.source import Source, Table
from hepcoder.tools.layout_records import Branch, Collection, Field, Layout

TYPES = {0: "Photon", 1: "Electron", 2: "Muon", 3: "Tau", 4: "Jet", 6: "MET"}
KINDS = {"Photon": "photon", "Electron": "electron", "Muon": "muon", "Tau": "tau", "Jet": "jet", "MET": "met"}
COLUMNS = ("eta", "phi", "pt", "jmas", "ntrk", "btag", "hadem")
CHARGED = frozenset({"Electron", "Muon", "Tau"})
OBJECT_WORDS = 9


def lhco_source(path: Path) -> Source:
    """An LHCO file, plain or gzipped.

    Raises:
        InputError: A line is malformed or the file is cut.
    """

    def load(wanted: Sequence[str], stop: int | None) -> dict[str, Any]:
        arrays = read_lhco(path, stop)
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


def count_lhco_events(path: Path) -> int:
    """Number of events in the file."""
    return sum(1 for _, words in _lines(path) if words[0] == "0")


def read_lhco(path: Path, entry_stop: int | None) -> dict[str, Any]:
    """All quantities by branch name; missing momentum of an event without a type-6 line is nan.

    Raises:
        InputError: A line has too few or wrong numbers; says which.
    """
    import awkward as ak
    import numpy as np

    rows: dict[int, list[list[float]]] = {kind: [] for kind in TYPES}
    counts: dict[int, list[int]] = {kind: [] for kind in TYPES}
    heads: list[tuple[int, int]] = []
    for number, words in _lines(path):
        if words[0] == "0":
            if entry_stop is not None and len(heads) >= entry_stop:
                break
            heads.append(_head(path, number, words))
            for count in counts.values():
                count.append(0)
            continue
        kind, values = _object(path, number, words)
        if kind in rows and heads:
            rows[kind].append(values)
            counts[kind][-1] += 1
    arrays: dict[str, Any] = {
        "event": np.array([one for one, _ in heads], dtype=np.int64),
        "trigger": np.array([one for _, one in heads], dtype=np.int64),
    }
    for kind, name in TYPES.items():
        table = np.array(rows[kind], dtype=np.float64).reshape(-1, len(COLUMNS))
        flat = {column: table[:, place] for place, column in enumerate(COLUMNS)}
        flat |= {"mass": flat["jmas"], "charge": np.sign(flat["ntrk"])}
        for one in _field_names(name):
            jagged = ak.unflatten(flat[one], np.array(counts[kind], dtype=np.int64))
            arrays[f"{name}.{one}"] = jagged if name != "MET" else _first_or_nan(jagged)
    return arrays


def _first_or_nan(jagged: Any) -> Any:
    import awkward as ak
    import numpy as np

    return ak.fill_none(ak.firsts(jagged), np.nan)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line number, words) of each data line."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path, "rt") if packed else path.open() as file:
            for number, line in enumerate(file, 1):
                words = line.split()
                if words and not words[0].startswith("#"):
                    yield number, words
    except (EOFError, UnicodeDecodeError, OSError) as error:
        msg = f"{str(path)!r} is not whole LHCO text: {error}"
        raise InputError(msg) from error


def _head(path: Path, number: int, words: list[str]) -> tuple[int, int]:
    try:
        return int(float(words[1])), int(float(words[2])) if len(words) > 2 else 0
    except (IndexError, ValueError):
        msg = f"{str(path)!r} line {number}: an event line is '0 number trigger', not {' '.join(words)!r}"
        raise InputError(msg) from None


def _object(path: Path, number: int, words: list[str]) -> tuple[int, list[float]]:
    if len(words) >= OBJECT_WORDS:
        with suppress(ValueError):
            return int(words[1]), [float(word) for word in words[2:OBJECT_WORDS]]
    msg = (
        f"{str(path)!r} line {number}: an object line has a number, a type and at least 7 values, "
        f"not {' '.join(words)!r}; the file may be truncated"
    )
    raise InputError(msg)
