"""Objects as the branches of a ROOT file."""

from collections.abc import Mapping, Sequence
from typing import Any

import awkward as ak
import numpy as np
import numpy.typing as npt

from hepcoder.benchmarks.suites.events.detector import Bools, Objects
from hepcoder.benchmarks.suites.events.particles import Kind

Column = npt.NDArray[Any]


def single(values: Column) -> Column:
    """As 32-bit floats."""
    return values.astype(np.float32)


def jagged(objects: Objects, mine: Bools, n_events: int, fields: Mapping[str, Column]) -> dict[str, ak.Array]:
    """Lists of one length in each event.

    Args:
        objects: All objects, in order of events.
        mine: Which of them are meant, shape of the objects.
        n_events: Number of events.
        fields: Values of the objects meant, by name.
    """
    counts = np.bincount(objects.event[mine], minlength=n_events)
    return {name: ak.unflatten(values, counts) for name, values in fields.items()}


def met_columns(objects: Objects, n_events: int) -> tuple[Column, Column]:
    """Missing transverse momentum in GeV and its azimuth of each event; both 0 in empty events."""
    met = np.zeros((2, n_events))
    mine = objects.kind == Kind.MISSING
    met[:, objects.event[mine]] = objects.pt[mine], objects.phi[mine]
    return met[0], met[1]


def energies(objects: Objects, mine: Bools) -> Column:
    """Energies of the objects meant, GeV."""
    return np.hypot(objects.pt[mine] * np.cosh(objects.eta[mine]), objects.mass[mine])


def spotted(rng: np.random.Generator, values: Column, spots: Sequence[float], share: float = 0.06) -> Column:
    """The values, a share of them moved exactly onto one of the spots."""
    if not spots:
        return values
    return np.where(rng.random(len(values)) < share, rng.choice(np.asarray(spots), len(values)), values)


def tag_scores(rng: np.random.Generator, objects: Objects, mine: Bools) -> Column:
    """Scores of b-jet identification in 0 ... 1 that go with the tags of the objects meant."""
    tag = objects.tag[mine]
    n = len(tag)
    return np.select([tag >= 2, tag == 1], [rng.beta(6.0, 1.0, n), rng.beta(5.0, 4.0, n)], rng.beta(1.0, 9.0, n))
