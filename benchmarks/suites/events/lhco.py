"""LHCO text: one line for each event and each object, ``#`` in front of comments.

Reference:
    LHC Olympics, Data File Format: columns #, typ, eta, phi, pt, jmass, ntrk, btag, had/em and two dummies; an event
    starts with a line of three, 0, its number and the trigger word.
"""

from pathlib import Path

import numpy as np

from hepcoder.benchmarks.suites.events.detector import Objects
from hepcoder.benchmarks.suites.events.particles import Ints, Kind

_HEADER = "  #  typ      eta      phi        pt    jmass   ntrk   btag   had/em   dum1   dum2"


def write_lhco(path: Path, objects: Objects, numbers: Ints, *, seed: int) -> None:
    """Write events, those without any object too.

    Args:
        path: File to write.
        objects: Objects in order of events; the event is an index into `numbers`.
        numbers: Numbers of all events.
        seed: For the trigger words and the had/em column, which mean nothing here.
    """
    rng = np.random.default_rng(seed)
    first = np.searchsorted(objects.event, np.arange(len(numbers) + 1))
    ratio = np.where(objects.kind == Kind.JET, rng.gamma(2.0, 0.8, len(objects)), 0.02)
    triggers = rng.integers(0, 4096, len(numbers))
    lines = ["# generated events, momenta in GeV, angles in rad", _HEADER]
    for index, number in enumerate(numbers):
        if index and index % 500 == 0:
            lines += ["", f"# {index} events so far", _HEADER]
        lines.append(f"{0:3d} {number:13d} {triggers[index]:8d}")
        for place, row in enumerate(range(first[index], first[index + 1]), start=1):
            lines.append(_line(place, objects, row, float(ratio[row])))
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def event_numbers(rng: np.random.Generator, n: int) -> Ints:
    """Rising numbers of n events with gaps between them, as after a filter."""
    return np.cumsum(rng.integers(1, 4, n))


def _line(place: int, objects: Objects, row: int, ratio: float) -> str:
    return (
        f"{place:3d} {objects.kind[row]:4d} {objects.eta[row]:9.4f} {objects.phi[row]:8.4f} {objects.pt[row]:9.3f} "
        f"{objects.mass[row]:8.3f} {objects.tracks[row]:6.1f} {objects.tag[row]:6.1f} {ratio:8.2f} {0:6.1f} {0:6.1f}"
    )
