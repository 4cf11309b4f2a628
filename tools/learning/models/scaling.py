"""Mean and spread of every column of the training events, by which a classifier scales what it is given."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import numpy as np

from hepcoder.tools.learning.batches import Source
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.moments import Moments

_BATCH = 8192


@dataclass(frozen=True)
class Scaling:
    """How columns are scaled: (x - mean) / std, or (ln x - mean) / std where the column is log-scaled.

    Columns that are not scaled have mean 0 and std 1. Four-vectors are never scaled.

    Attributes:
        event_mean: Of each event column, of ln x where it is log-scaled.
        event_std: Standard deviation of the same, above 0.
        event_log: Whether each event column is log-scaled.
        object_mean: Of each object feature, over objects that are there.
        object_std: Standard deviation of the same, above 0.
        object_log: Whether each object feature is log-scaled.
    """

    event_mean: tuple[float, ...]
    event_std: tuple[float, ...]
    event_log: tuple[bool, ...]
    object_mean: tuple[float, ...]
    object_std: tuple[float, ...]
    object_log: tuple[bool, ...]

    def __post_init__(self) -> None:
        for kind in ("event", "object"):
            mean, std, log = (getattr(self, f"{kind}_{name}") for name in ("mean", "std", "log"))
            if not len(mean) == len(std) == len(log):
                message = f"{kind} columns need as many means as std and log: {len(mean)}, {len(std)}, {len(log)}"
                raise ValueError(message)
            if not all(np.isfinite(mean)) or not all(0 < one < np.inf for one in std):
                message = f"{kind} columns need finite means and finite std above 0, not {mean} and {std}"
                raise ValueError(message)


def fit_scaling(source: Source, *, log_columns: Collection[str] | None = None) -> Scaling:
    """Scaling of the training events, in one pass that holds one batch at a time.

    Statistics are unweighted and in float64, merged over batches (Chan, Golub & LeVeque 1983; third moments: Pébay
    2008, SAND2008-6212). Padding does not count. Columns of zeros and ones (flags, one-hot) are left as they are. A
    column is log-scaled if all its values are above 0, its skewness is above 1, and the skewness of its logarithm is
    smaller in size: momenta and masses fall steeply, so that their tails would be many standard deviations out.

    Args:
        source: Its training split is read, no other.
        log_columns: Event columns and object features to log-scale; None decides by the rule above.

    Returns:
        The scaling.

    Raises:
        ValueError: If there is no training event or none has an object, if a column is constant (of ``mass`` in
            four-vectors only a note of its value is needed: it stays, scaled to 0), holds NaN or infinity, or if
            ``log_columns`` names an unknown column or one with values that are not above 0.
    """
    inputs = source.inputs
    event, objects = Moments(len(inputs.event)), Moments(len(inputs.object_features))
    for batch in source.batches("train", _BATCH):
        event.add(batch.event)
        objects.add(batch.objects[batch.mask])
    if not event.count:
        message = "there is no event in the training split, so nothing to scale by"
        raise ValueError(message)
    if inputs.objects and not objects.count:
        message = f"no training event has an object in {', '.join(one.name for one in inputs.objects)}"
        raise ValueError(message)
    _require_known(log_columns, inputs)
    mass = ("mass",) if inputs.has_four_vectors else ()
    return Scaling(
        *_columns(event, inputs.event, log_columns, free=()),
        *_columns(objects, inputs.object_features, log_columns, free=mass),
    )


def _columns(
    moments: Moments, names: tuple[str, ...], log_columns: Collection[str] | None, *, free: tuple[str, ...]
) -> tuple[tuple[float, ...], tuple[float, ...], tuple[bool, ...]]:
    """Mean, std and log of each column."""
    scaled = [_column(moments, place, name, log_columns, free=free) for place, name in enumerate(names)]
    mean, std, log = zip(*scaled, strict=True) if scaled else ((), (), ())
    return cast("tuple[float, ...]", mean), cast("tuple[float, ...]", std), cast("tuple[bool, ...]", log)


def _column(
    moments: Moments, place: int, name: str, log_columns: Collection[str] | None, *, free: tuple[str, ...]
) -> tuple[float, float, bool]:
    """Mean, std and log of one column; a constant one in ``free`` only loses its mean."""
    mean, low, high = (float(values[place]) for values in (moments.plain[0], moments.low, moments.high))
    if not np.isfinite(mean):
        message = f"column {name!r} holds NaN or infinity among the training events"
        raise ValueError(message)
    if low == high:
        if name in free:
            return mean, 1.0, False
        message = f"column {name!r} is {low:g} in every training event: it tells nothing, leave it out of the inputs"
        raise ValueError(message)
    log = _is_log(moments, place) if log_columns is None else name in log_columns
    if log and low <= 0:
        message = f"column {name!r} goes down to {low:g} and cannot be log-scaled; take it out of log_columns"
        raise ValueError(message)
    if not log and moments.flag[place]:
        return 0.0, 1.0, False
    return float((moments.log if log else moments.plain)[0, place]), float(moments.std(log=log)[place]), log


def _is_log(moments: Moments, place: int) -> bool:
    skewness = moments.skewness(log=False)[place]
    return bool(moments.low[place] > 0 and skewness > 1 and abs(moments.skewness(log=True)[place]) < skewness)


def _require_known(log_columns: Collection[str] | None, inputs: Inputs) -> None:
    names = {*inputs.event, *inputs.object_features}
    if unknown := sorted(set(log_columns or ()) - names):
        message = f"log_columns names {', '.join(unknown)}, which are not among the inputs {', '.join(sorted(names))}"
        raise ValueError(message)
