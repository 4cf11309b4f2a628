"""Whether results are what their names say: a mean that is a count, a mass that is a pt."""

import re
from collections.abc import Iterator

from hepcoder.tools.selection.expressions import (
    Angle,
    Count,
    Expression,
    FieldOf,
    ScalarSum,
    System,
    TransverseMass,
)
from hepcoder.tools.selection.output_records import CutCount, Fraction, JsonFile, JsonValue, Statistic, TableFile
from hepcoder.tools.selection.selection import Selection

_WORDS = {
    "pt": "pt", "eta": "eta", "phi": "phi", "mass": "mass", "m": "mass", "mll": "mass", "mjj": "mass", "mgg": "mass",
    "mt": "mt", "mtw": "mt", "ht": "ht", "met": "met", "n": "n", "num": "n", "number": "n", "multiplicity": "n",
    "dr": "delta_r", "deltar": "delta_r", "dphi": "delta_phi", "deta": "delta_eta",
}  # fmt: skip
STATISTICS = {
    "mean": "mean", "average": "mean", "avg": "mean", "std": "std", "median": "median", "max": "max", "maximum": "max",
    "min": "min", "minimum": "min", "sum": "sum",
}  # fmt: skip
# Words that say no more of a count than that it is one: of the events that are selected.
_PLAIN_COUNT = frozenset(
    {"n", "num", "number", "of", "count", "event", "events", "nevents", "selected", "passing", "passed", "final"}
)
_SHARES = frozenset({"fraction", "frac", "efficiency", "eff", "share", "acceptance"})


def misnamed(selection: Selection) -> tuple[str, ...]:
    """Where a named value is not of the kind that its name says, a sentence each.

    Names that say nothing, or two things, are left alone.

    Args:
        selection: The selection.
    """
    return tuple(_problems(selection))


def is_plain_count(name: str) -> bool:
    """Whether a name says no more than that events are counted: those that are selected in the end.

    Example:
        >>> is_plain_count("n_selected"), is_plain_count("n_two_muons")
        (True, False)
    """
    return _split(name) <= _PLAIN_COUNT


def _problems(selection: Selection) -> Iterator[str]:
    for output in selection.outputs:
        if isinstance(output, JsonFile):
            for name, value in output.values.items():
                yield from _of_value(name, value, selection)
        elif isinstance(output, TableFile):
            for name in output.columns:
                asked = {STATISTICS[word] for word in _split(name) if word in STATISTICS}
                if asked:
                    yield f"{output.file} has a row for each event, but {name} is a {asked.pop()}; list the rows"
    for one in selection.histograms:
        yield from _of_quantity(one.name, one.quantity, selection)


def _of_value(name: str, value: JsonValue, selection: Selection) -> Iterator[str]:
    words = _split(name)
    asked = {STATISTICS[word] for word in words if word in STATISTICS}
    if isinstance(value, CutCount) and value.weighted and asked <= {"sum"}:
        return
    if isinstance(value, CutCount | Fraction) and asked:
        yield f"{name} is to be a {asked.pop()}, not events that are counted"
    elif isinstance(value, CutCount) and words & _SHARES:
        yield f"{name} is to be a fraction, not a number of events"
    elif isinstance(value, Statistic):
        if asked and value.how not in asked:
            yield f"{name} is to be a {asked.pop()}, not a {value.how}"
        if words & _SHARES and value.how != "mean":  # of a column of 0 and 1 it is one
            yield f"{name} is to be a fraction, not a {value.how}"
        yield from _of_quantity(name, value.of, selection)


def _of_quantity(name: str, of: str, selection: Selection) -> Iterator[str]:
    said = _kinds_said(name)
    kind = next((_kind(one.value) for one in selection.quantities if one.name == of), _kind_of_column(of))
    if len(said) == 1 and kind is not None and kind not in said:
        yield f"{name} is made of {of}, which is a {kind}; its name asks for {said.pop()}"


def _kinds_said(name: str) -> set[str]:
    words = _split(name)
    if {"transverse", "mass"} <= words:
        return {"mt"}
    return {_WORDS[word] for word in words if word in _WORDS}


def _split(name: str) -> set[str]:
    return set(re.split(r"[^a-z]+", name.lower()))


def _kind_of_column(name: str) -> str | None:
    return "met" if re.fullmatch(r"\w*met\w*(?:\.pt)?", name, re.IGNORECASE) else None


def _kind(value: Expression) -> str | None:
    if isinstance(value, FieldOf):
        met = "met" in value.of.lower() and value.field == "pt"
        return "met" if met else value.field.strip("|") if value.field.strip("|") in _WORDS else None
    if isinstance(value, System):
        return value.field
    if isinstance(value, Angle):
        return value.what
    return next((kind for record, kind in _RECORDS.items() if isinstance(value, record)), None)


_RECORDS: dict[type, str] = {TransverseMass: "mt", ScalarSum: "ht", Count: "n"}
