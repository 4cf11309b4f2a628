"""Features that know what they must not: label, weight, event id, split or process."""

import re

import numpy as np
import numpy.typing as npt

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.evaluation.findings import Finding, error, warning
from hepcoder.tools.learning.evaluation.roc import weighted_auc
from hepcoder.tools.learning.inputs import Inputs

# Names of columns without letter case and separators.
_FORBIDDEN = {
    "label": ("label", "labels", "target", "class", "classname", "truth", "truthlabel", "issignal", "isbackground"),
    "weight": ("weight", "weights", "eventweight", "mcweight", "genweight", "mceventweight", "xsec", "crosssection"),
    "event id": ("eventid", "event", "eventnumber", "id", "index", "run", "runnumber", "lumi", "luminosityblock"),
    "split": ("split", "fold", "istrain", "istest"),
    "process": ("process", "processid", "processname", "sample", "sampleid", "dataset", "datasetid", "channelnumber"),
    "score": ("score", "probability", "prediction"),
}
_SUSPICIOUS = {"label", "weight", "truth", "target", "split", "process", "gen", "mc"}
_LEAST_EVENTS = 20
_ALIKE = 1 - 1e-9
_TOO_GOOD = 0.9999


def audit_names(inputs: Inputs) -> list[Finding]:
    """Features that are called like a label, weight, event id, split, process or score."""
    names = [*inputs.event, *(f"{one.name}.{field}" for one in inputs.objects for field in one.fields)]
    return [finding for name in names if (finding := _of_name(name)) is not None]


def _of_name(name: str) -> Finding | None:
    field = name.rpartition(".")[2]
    plain = re.sub(r"[^a-z0-9]", "", field.lower())
    for what, forbidden in _FORBIDDEN.items():
        if plain in forbidden:
            return error("leak_by_name", f"the feature {name!r} is called like the {what} of an event.")
    words = set(re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()))
    hints = sorted(words & _SUSPICIOUS)
    if hints:
        return warning("suspicious_name", f"the feature {name!r} has {hints[0]!r} in its name; is it known in data?")
    return None


def audit_features(inputs: Inputs, batch: Batch) -> list[Finding]:
    """Features whose values give away label, weight, event id or process.

    Event columns and the fields of the first object of each event are looked at.

    Args:
        inputs: Names of the features.
        batch: Events of all classes, in no order that matters; fewer than 20 say nothing.
    """
    columns = {name: batch.event[:, place] for place, name in enumerate(inputs.event)}
    if batch.objects.shape[1]:
        columns |= {f"objects.{name}": batch.objects[:, 0, place] for place, name in enumerate(inputs.object_features)}
    if len(batch) < _LEAST_EVENTS:
        return []
    return [finding for name, values in columns.items() if (finding := _of_values(name, values, batch)) is not None]


def _of_values(name: str, values: npt.NDArray[np.float32], batch: Batch) -> Finding | None:
    if not np.isfinite(values).all() or values.min() == values.max():
        return None
    for what, known in (("label", batch.label), ("process", batch.process)):
        if _renamed(values, known):
            return error("leak_by_value", f"the feature {name!r} is the {what} under another name.")
    for what, each in (("weight", batch.weight), ("event id", batch.event_id)):
        if _ordered_alike(values, each):
            return error("leak_by_value", f"the feature {name!r} orders the events as the {what} does.")
    for label in np.unique(batch.label[batch.label >= 0]).tolist():
        area = weighted_auc(values, batch.label == label)
        if area is not None and max(area, 1 - area) >= _TOO_GOOD:
            sentence = f"the feature {name!r} by itself separates class {label} from the rest: AUC {area:.6f}."
            return error("leak_by_value", sentence)
    return None


def _renamed(values: npt.NDArray[np.float32], known: npt.NDArray[np.int64]) -> bool:
    """Whether each value belongs to one class and each class to one value."""
    different = len(np.unique(known))
    if different < 2 or len(np.unique(values)) != different:
        return False
    return len(np.unique(np.stack([values.astype(np.float64), known]), axis=1)[0]) == different


def _ordered_alike(values: npt.NDArray[np.float32], other: "npt.NDArray[np.float32] | npt.NDArray[np.int64]") -> bool:
    """Whether one rises or falls wherever the other rises: a rank correlation of 1 or -1."""
    from scipy.stats import rankdata

    # event ids beyond 2^24 are no longer all different once they are float32, as a copy among the features is
    ranks = [rankdata(np.asarray(one, dtype=np.float32)) for one in (values, other)]
    if min(len(np.unique(one)) for one in ranks) <= 2:
        return False
    return abs(float(np.corrcoef(*ranks)[0, 1])) >= _ALIKE
