"""A cheap look at the first values of delivered quantities, so that units can be seen."""

from typing import Any

from hepcoder.tools.inspect.facts import Look

EXAMPLES = 4


def look_at(values: Any) -> Look | None:
    """The look of an array of numbers of any nesting; None when it holds no finite number."""
    import awkward as ak
    import numpy as np

    try:
        flat = np.asarray(ak.to_numpy(ak.drop_none(ak.flatten(values, axis=None))))
    except (ValueError, TypeError):
        return None
    if flat.dtype.kind not in "biuf" or not flat.size:
        return None
    numbers = flat.astype(float)
    numbers = numbers[np.isfinite(numbers)]
    if not numbers.size:
        return None
    return Look(
        examples=tuple(float(f"{one:.6g}") for one in numbers[:EXAMPLES]),
        low=float(f"{numbers.min():.6g}"),
        high=float(f"{numbers.max():.6g}"),
        whole=bool((numbers == np.round(numbers)).all()),
    )


def looks_of(events: Any) -> dict[str, Look]:
    """Looks of all fields of an event array, by ``collection.field`` or column."""
    found: dict[str, Look] = {}
    for name in events.fields:
        part = events[name]
        inner = {f"{name}.{field}": part[field] for field in part.fields} if part.fields else {name: part}
        for key, values in inner.items():
            look = look_at(values)
            if look is not None:
                found[key] = look
    return found
