"""What a classifier looks at: the loss of separation when a feature is shuffled among events."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from hepcoder.ledger.record import Record
from hepcoder.tools.learning.batches import Batch, Predictor
from hepcoder.tools.learning.evaluation.contrast import signal_index
from hepcoder.tools.learning.evaluation.roc import weighted_auc
from hepcoder.tools.learning.inputs import KINEMATIC_FIELDS, Inputs

_OBJECTS = "objects."
_KIND = "is_"


class Importance(Record):
    """Loss of separation without what some features say.

    Attributes:
        name: Of the group of features.
        features: Columns by name, and ``objects.`` and the field for fields of objects.
        drop: Area under the ROC curve less its mean over the shuffles; about 0, or below by chance, for a feature
            that is not used. Features that say the same stand in for each other: shuffle them as one group.
        spread: Standard deviation over the shuffles of the drop of one; None for a single shuffle.
        drops: Of each shuffle.
    """

    name: str
    features: tuple[str, ...]
    drop: float
    spread: float | None
    drops: tuple[float, ...]


def default_groups(inputs: Inputs) -> dict[str, tuple[str, ...]]:
    """Each feature by itself; with four-vectors also pt, eta, phi and mass together, with several lists their kind.

    Example:
        >>> from hepcoder.tools.learning.inputs import ObjectList
        >>> jets = ObjectList(name="jets", fields=("pt", "btag"))
        >>> list(default_groups(Inputs(event=("met",), objects=(jets,))))
        ['met', 'objects.pt', 'objects.btag']
    """
    kinds = _kinds(inputs)
    single = [*inputs.event, *(_OBJECTS + one for one in inputs.object_features if one not in kinds)]
    found: dict[str, tuple[str, ...]] = {name: (name,) for name in single}
    if inputs.has_four_vectors:
        found["four-vector"] = tuple(_OBJECTS + one for one in KINEMATIC_FIELDS)
    if kinds:
        found["kind of object"] = tuple(_OBJECTS + one for one in kinds)
    return found


def permutation_importance(
    predictor: Predictor,
    batch: Batch,
    *,
    signal: str | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    repeats: int = 5,
    seed: int = 0,
) -> tuple[Importance, ...]:
    """Loss of weighted AUC when features are shuffled, the most important first.

    Event columns are shuffled among events, fields of objects among all objects of their kind of all events, where
    there is an object. Features of a group are shuffled alike, and pt, eta, phi and mass in `Batch.four_vectors` with
    the fields that they repeat, so that a model cannot read them elsewhere.

    Args:
        predictor: Any classifier.
        batch: Events of the test split, with labels.
        signal: Name of the class; None takes ``signal``, or the last class.
        groups: Features by name of the group, as in `default_groups`, which None takes.
        repeats: Shuffles of each group, 1 or more.
        seed: Of the shuffles.

    Returns:
        One for each group; none where signal or background have no positive sum of weights.

    Raises:
        ValueError: If a feature is not among the inputs, repeats is below 1, or as `signal_index`.

    Reference:
        L. Breiman, Mach. Learn. 45 (2001) 5, section 10; A. Fisher, C. Rudin and F. Dominici, JMLR 20 (2019) 177.
    """
    chosen = default_groups(predictor.inputs) if groups is None else {name: tuple(one) for name, one in groups.items()}
    _check(predictor.inputs, chosen, repeats)
    place = signal_index(predictor.classes, signal)
    known = batch.take(batch.label >= 0)
    whole = _auc(predictor, known, place)
    if whole is None:
        return ()
    generator, found = np.random.default_rng(seed), []
    for name, features in chosen.items():
        shuffled = (_shuffled(predictor.inputs, known, features, generator) for _ in range(repeats))
        areas = [_auc(predictor, one, place) for one in shuffled]
        drops = tuple(whole - area for area in areas if area is not None)
        spread = float(np.std(drops, ddof=1)) if repeats > 1 else None
        found.append(Importance(name=name, features=features, drop=float(np.mean(drops)), spread=spread, drops=drops))
    return tuple(sorted(found, key=lambda one: -one.drop))


def _kinds(inputs: Inputs) -> tuple[str, ...]:
    return tuple(_KIND + one.name for one in inputs.objects) if len(inputs.objects) > 1 else ()


def _check(inputs: Inputs, groups: Mapping[str, Sequence[str]], repeats: int) -> None:
    known = {*inputs.event, *(_OBJECTS + one for one in inputs.object_features)}
    wrong = sorted({one for features in groups.values() for one in features} - known)
    if wrong:
        message = f"{', '.join(wrong)} is not among the inputs; they are {', '.join(sorted(known))}"
        raise ValueError(message)
    if repeats < 1:
        message = f"repeats is 1 or more, not {repeats}"
        raise ValueError(message)


def _auc(predictor: Predictor, batch: Batch, place: int) -> float | None:
    return weighted_auc(predictor.probabilities(batch)[:, place], batch.label == place, batch.weight)


def _shuffled(inputs: Inputs, batch: Batch, features: Sequence[str], generator: np.random.Generator) -> Batch:
    """The events with the features shuffled, alike within the group."""
    event, objects, vectors = batch.event.copy(), batch.objects.copy(), batch.four_vectors.copy()
    columns = [inputs.event.index(one) for one in features if not one.startswith(_OBJECTS)]
    event[:, columns] = event[generator.permutation(len(batch))][:, columns]
    fields = [one.removeprefix(_OBJECTS) for one in features if one.startswith(_OBJECTS)]
    for having, mask in _carriers(inputs, batch, fields) if fields else ():
        order = generator.permutation(int(mask.sum()))
        for field in having:
            place = inputs.object_features.index(field)
            objects[mask, place] = objects[mask, place][order]
            if vectors.shape[1] and field in KINEMATIC_FIELDS:
                axis = KINEMATIC_FIELDS.index(field)
                vectors[mask, axis] = vectors[mask, axis][order]
    return replace(batch, event=event, objects=objects, four_vectors=vectors)


def _carriers(
    inputs: Inputs, batch: Batch, fields: Sequence[str]
) -> list[tuple[list[str], "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]"]]:
    """The fields to shuffle together, and the objects among which: those of one list, or all for what an object is."""
    kinds = _kinds(inputs)
    found = [([one for one in fields if one in kinds], batch.mask)]
    for one in inputs.objects:
        is_it = batch.objects[..., inputs.object_features.index(_KIND + one.name)] > 0 if kinds else True
        found.append(([field for field in fields if field in one.fields], batch.mask & is_it))
    return [(having, mask) for having, mask in found if having]
