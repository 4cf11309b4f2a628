"""Batches of events with jets, and classifiers of them that know no scaling."""

import numpy as np

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.inputs import KINEMATIC_FIELDS, Inputs, ObjectList
from hepcoder.tools.learning.models.scaling import Scaling

PLACES = 5
JETS = Inputs(event=("met",), objects=(ObjectList(name="jets", fields=KINEMATIC_FIELDS, most=PLACES),))
NO_VECTORS = Inputs(objects=(ObjectList(name="hits", fields=("x", "y", "z", "charge"), most=PLACES),))
EVENTS = Inputs(event=("a", "b", "c", "d", "e", "f"))
CLASSES = ("background", "signal")


def jets(n: int, *, places: int = PLACES, seed: int = 1, full: bool = False) -> Batch:
    """n events with none to as many jets as there are places, or with all of them if ``full``."""
    rng = np.random.default_rng(seed)
    mask = np.arange(places) < rng.integers(places if full else 0, places + 1, n)[:, None]
    pt = 20 + rng.exponential(60, (n, places))
    eta, phi = rng.normal(0, 1.5, (n, places)), rng.uniform(-np.pi, np.pi, (n, places))
    vectors = (np.stack([pt, eta, phi, rng.exponential(8, (n, places))], axis=-1) * mask[..., None]).astype(np.float32)
    return batch(rng.normal(size=(n, 1)), vectors, vectors, mask)


def batch(event: np.ndarray, objects: np.ndarray, vectors: np.ndarray, mask: np.ndarray) -> Batch:
    """A batch of events of no known label, all of weight 1."""
    n = len(event)
    return Batch(
        event=np.asarray(event, dtype=np.float32),
        objects=np.asarray(objects, dtype=np.float32),
        four_vectors=np.asarray(vectors, dtype=np.float32),
        mask=np.asarray(mask, dtype=bool),
        label=np.arange(n) % 2,
        weight=np.ones(n, dtype=np.float32),
        event_id=np.arange(n),
        process=np.zeros(n, dtype=np.int64),
    )


def events(n: int, columns: int, *, seed: int = 1) -> Batch:
    """n events of Gaussian columns and no objects."""
    rng = np.random.default_rng(seed)
    return batch(rng.normal(size=(n, columns)), np.zeros((n, 0, 0)), np.zeros((n, 0, 4)), np.zeros((n, 0)))


def padded(one: Batch, extra: int) -> Batch:
    """The same events with so many more places, of values that must not matter."""
    wider = [(0, 0), (0, extra), (0, 0)]
    return batch(
        one.event,
        np.pad(one.objects, wider, constant_values=7.0),
        np.pad(one.four_vectors, wider, constant_values=7.0) if one.four_vectors.shape[1] else one.four_vectors,
        np.pad(one.mask, wider[:2]),
    )


def no_scaling(inputs: Inputs) -> Scaling:
    """Jets to the size of 1, everything else as it is."""
    objects = len(inputs.object_features)
    kinematic = inputs.has_four_vectors
    return Scaling(
        event_mean=(0.0,) * len(inputs.event),
        event_std=(1.0,) * len(inputs.event),
        event_log=(False,) * len(inputs.event),
        object_mean=(4.0, 0.0, 0.0, 8.0) if kinematic else (0.0,) * objects,
        object_std=(1.0, 1.5, 2.0, 8.0) if kinematic else (1.0,) * objects,
        object_log=(kinematic, *(False,) * (objects - 1)) if objects else (),
    )
