"""Events as one record each: the reading function of generated scripts and of users."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import vector

from hepcoder.ledger.errors import UserError
from hepcoder.tools.inspect.opening import open_source
from hepcoder.tools.inspect.source import Source
from hepcoder.tools.layout_records import Collection, Field
from hepcoder.tools.momenta import momentum_record
from hepcoder.tools.picking import Pick, pick

vector.register_awkward()


def read_events(
    path: str | Path,
    collections: str | Iterable[str] | None = None,
    *,
    tree: str | None = None,
    entry_stop: int | None = None,
) -> ak.Array:
    r"""One record an event, with objects grouped by kind: ``events.Muon.pt``.

    Energies, momenta and masses of collections are in GeV whatever the file has, so far as its unit is known.
    Collections with kinematics are vector momenta with ``pt``, ``eta``, ``phi`` and ``mass`` in double precision:
    ``(a + b).mass`` and ``a.deltaR(b)`` work. Missing transverse momentum is one object an event. A field whose
    name an array already uses for something else gets a trailing underscore (``type_``).

    Args:
        path: ROOT (TTree or RNTuple), Parquet, npz, npy, CSV, JSON or LHCO file.
        collections: Names of collections (``Muon``), of event columns or single branches (``run``,
            ``HLT_IsoMu24``), or both. Only those are read. None reads all but trigger decisions (HLT, L1) and
            values nested below an object or deeper than one list an event.
        tree: Name of the tree in a ROOT file; None takes the main one, as inspection shows it.
        entry_stop: Number of events to read from the start, 0 or more; None reads all.

    Returns:
        An array of records, one an event. Unreadable branches of a collection are left out.

    Raises:
        InputError: The file is missing, truncated or not what its name says.
        UnknownNameError: A name is not in the file (a KeyError too); lists the nearest that are.
        UserError: ``entry_stop`` is negative.

    Example:
        >>> from pathlib import Path
        >>> _ = Path("two.csv").write_text("pt1,pt2\n40,30\n55,20\n")
        >>> read_events("two.csv").pt1.tolist()
        [40, 55]
    """
    if entry_stop is not None and entry_stop < 0:
        msg = f"entry_stop is the number of events to read and cannot be {entry_stop}"
        raise UserError(msg)
    with open_source(Path(path), tree=tree) as source:
        return deliver(source, pick(source.layout, collections, path=str(path)), entry_stop)


def deliver(source: Source, wanted: Pick, entry_stop: int | None) -> ak.Array:
    """The picked parts of an open source, as `read_events` returns them.

    Args:
        source: An open input.
        wanted: What to read of it.
        entry_stop: Number of events from the start; None for all.
    """
    branches = [one.branch for part in wanted.collections for one in (*part.fields, *part.components) if one.branch]
    branches += [field.branch for field in wanted.columns]
    arrays = source.load(tuple(dict.fromkeys(branches)), entry_stop) if branches else {}
    parts: dict[str, Any] = {}
    for one in wanted.collections:
        record = _record(one, arrays)
        if record is not None:
            parts[one.name] = record
    for field in wanted.columns:
        if field.branch in arrays:
            parts[field.name] = _scaled(arrays[field.branch], field)
    if parts:
        return ak.zip(parts, depth_limit=1)
    length = source.tables[0].entries if entry_stop is None else min(entry_stop, source.tables[0].entries)
    return ak.Array(ak.contents.RecordArray([], [], length=length))


def _record(collection: Collection, arrays: dict[str, Any]) -> Any:
    fields = (*collection.fields, *collection.components)
    found = {one.name: _scaled(arrays[one.branch], one) for one in fields if one.branch in arrays}
    return momentum_record(found, collection) if found else None


def _scaled(array: Any, field: Field) -> Any:
    """Delivered values; a division by the whole number of file units keeps 25000 MeV at exactly 25 GeV."""
    if field.factor == 1.0:
        return array
    return ak.values_astype(array, np.float64) / round(1 / field.factor)
