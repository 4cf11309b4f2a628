"""Judges the data of a file: what no analysis should take as it is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from hepcoder.ledger.record import Record
from hepcoder.tools.inspect.facts import FileFacts
from hepcoder.tools.inspect.relevance import names_for
from hepcoder.tools.picking import pick

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_EVENTS = 200_000
MOST_FIELDS = 16
FindingName = Literal[
    "no_events", "no_objects", "non_finite", "negative", "constant", "implausible_unit", "duplicate_events",
    "zero_weights", "wild_weights",
]  # fmt: skip

_FEW = 20
_WILD = 1000.0
_EVENT_IDS = ("run", "luminosityBlock", "event")
_OTHER_IDS = ("runNumber", "eventNumber")
# Medians of pt, E or a missing momentum outside of this are in another unit, whatever the experiment.
_PLAUSIBLE_GEV = (0.05, 3000.0)
_ENERGIES = frozenset({"pt", "energy", "e", "et", "sumet"})


class Finding(Record):
    """One thing that is wrong with a file's data, or most unusual.

    Attributes:
        name: Its class.
        where: The quantity, such as ``Muon.pt``; empty for the file.
        text: A sentence that says what was found, how often, and what follows.
    """

    name: FindingName
    where: str
    text: str


def find_faults(path: str | Path, facts: FileFacts, request: str = "") -> tuple[Finding, ...]:
    """Say what is wrong with the data of one file.

    Args:
        path: The file.
        facts: What inspection found in it.
        request: The request; only the collections and columns that it needs are read, with event numbers and weights.
            Empty reads all.

    Returns:
        Findings; empty when nothing was seen. Only the first 200,000 events are looked at, and of objects the first 16
        fields, kinematics among them.

    Raises:
        InputError: The file cannot be read.
    """
    from hepcoder.tools.events import deliver
    from hepcoder.tools.inspect.opening import open_source

    if not facts.entries:
        return (Finding(name="no_events", where="", text="the file holds no events"),)
    names = list(names_for(facts.layout, request)) if request else None
    if names is not None:
        names += [one for one in _identity(facts) if one not in names]
        names += [one.name for one in facts.layout.columns if _is_weight(one.name) and one.name not in names]
    with open_source(Path(path)) as source:
        wanted = pick(source.layout, names or None, path=str(path))
        few = tuple(one.model_copy(update={"fields": one.fields[:MOST_FIELDS]}) for one in wanted.collections)
        events = deliver(source, wanted.model_copy(update={"collections": few}), MOST_EVENTS)
    return tuple(_judged(events, facts))


def _judged(events: Any, facts: FileFacts) -> Iterator[Finding]:
    import awkward as ak
    import numpy as np

    collections = facts.layout.collections
    energies = {f"{one.name}.{field.name}" for one in collections for field in one.fields if _in_gev(field)}
    for name in events.fields:
        part = events[name]
        if part.fields and part.ndim > 1 and len(part) and not ak.any(ak.num(part) > 0):
            yield Finding(name="no_objects", where=name, text=f"no event has any {name}")
            continue
        inner = {f"{name}.{field}": part[field] for field in part.fields} if part.fields else {name: part}
        for where, values in inner.items():
            flat = _numbers(values)
            if flat is not None and flat.size:
                yield from _of_values(where, flat, is_energy=where in energies)
                if _is_weight(name) and np.isfinite(flat).all():
                    yield from _of_weights(where, flat)
    yield from _of_identity(events, _identity(facts))


def _of_values(where: str, flat: "npt.NDArray[Any]", *, is_energy: bool) -> Iterator[Finding]:
    import numpy as np

    finite = flat[np.isfinite(flat)]
    bad = flat.size - finite.size
    if bad:
        text = f"{bad} of {flat.size} values of {where} are NaN or infinite; leave them out before any sum, mean or cut"
        yield Finding(name="non_finite", where=where, text=text)
    if not is_energy or not finite.size:
        return
    negative = int((finite < 0).sum())
    if negative:
        text = f"{negative} of {flat.size} values of {where} are negative, which no such quantity can be"
        yield Finding(name="negative", where=where, text=text)
    if finite.size >= _FEW and finite.min() == finite.max():
        yield Finding(name="constant", where=where, text=f"all {finite.size} values of {where} are {finite[0]:g}")
        return
    median = float(np.median(np.abs(finite)))
    low, high = _PLAUSIBLE_GEV
    if finite.size >= _FEW and median and not low < median < high:
        text = f"the median of {where} is {median:.4g}, which cannot be GeV: look at the unit before any cut"
        yield Finding(name="implausible_unit", where=where, text=text)


def _of_weights(where: str, flat: "npt.NDArray[Any]") -> Iterator[Finding]:
    import numpy as np

    size = np.abs(flat[flat != 0])
    if not size.size:
        yield Finding(name="zero_weights", where=where, text=f"all {flat.size} values of {where} are 0")
    elif flat.size >= _FEW and size.max() > _WILD * np.median(size):
        times = size.max() / np.median(size)
        text = f"the largest {where} is {times:.3g} times the median: a few events rule every weighted result"
        yield Finding(name="wild_weights", where=where, text=text)


def _of_identity(events: Any, names: Sequence[str]) -> Iterator[Finding]:
    import numpy as np

    columns = [np.asarray(events[name]) for name in names if name in events.fields]
    if not columns or len(columns) < len(names):
        return
    ids = np.stack(columns, axis=1)
    twice = len(ids) - len(np.unique(ids, axis=0))
    if twice:
        text = f"{twice} of {len(ids)} events repeat the {', '.join(names)} of another: they may be counted twice"
        yield Finding(name="duplicate_events", where=", ".join(names), text=text)


def _identity(facts: FileFacts) -> tuple[str, ...]:
    """The columns that should tell events apart; none where the file has only a part of them."""
    has = {one.name for one in facts.layout.columns}
    return next((ids for ids in (_EVENT_IDS, _OTHER_IDS) if has.issuperset(ids)), ())


def _is_weight(name: str) -> bool:
    return "weight" in name.lower()


def _in_gev(field: Any) -> bool:
    return field.unit == "GeV" and field.name.lower() in _ENERGIES


def _numbers(values: Any) -> "npt.NDArray[Any] | None":
    import awkward as ak
    import numpy as np

    try:
        flat = np.asarray(ak.to_numpy(ak.drop_none(ak.flatten(values, axis=None))))
    except (ValueError, TypeError):
        return None
    return flat.astype(float) if flat.dtype.kind in "iuf" else None
