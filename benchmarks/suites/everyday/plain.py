"""What the references share: reading, four-momenta and histograms, event by event and as slow as it is obvious."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Object = Mapping[str, Any]
Momentum = tuple[float, float, float, float]


def read_root(path: Path, tree: str, *patterns: str) -> list[dict[str, Any]]:
    """Events of a tree, each a dictionary of numbers and lists by branch name.

    Args:
        path: The file.
        tree: Name of the tree.
        patterns: Names of the branches to read, with ``*`` for any text; all where none is given.
    """
    import uproot

    with uproot.open(path) as file:
        events: list[dict[str, Any]] = file[tree].arrays(filter_name=list(patterns) or None).to_list()
    return events


def read_lhco(path: Path) -> list[list[dict[str, Any]]]:
    """Objects of each event: kind, eta, phi, pt, mass, tracks, tag."""
    names = ("eta", "phi", "pt", "mass", "tracks", "tag")
    events: list[list[dict[str, Any]]] = []
    for line in path.read_text(encoding="ascii").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "0":
            events.append([])
        else:
            values = dict(zip(names, map(float, words[2:8]), strict=True))
            events[-1].append({"kind": int(words[1]), **values})
    return events


def objects(event: Object, prefix: str, *names: str) -> list[dict[str, Any]]:
    """The objects of one collection of an event: what its branches with that prefix hold, by name."""
    columns = [event[prefix + name] for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def momentum(each: Object, mass: float = 0.0) -> Momentum:
    """Energy and momentum from pt, eta and phi, in the unit of pt and mass."""
    px, py = each["pt"] * math.cos(each["phi"]), each["pt"] * math.sin(each["phi"])
    pz = each["pt"] * math.sinh(each["eta"])
    return math.sqrt(px * px + py * py + pz * pz + mass * mass), px, py, pz


def mass_of(*momenta: Momentum) -> float:
    """Invariant mass of the sum.

    Example:
        >>> mass_of((5.0, 3.0, 0.0, 0.0), (5.0, -3.0, 0.0, 0.0))
        10.0
    """
    e, px, py, pz = (sum(parts) for parts in zip(*momenta, strict=True))
    return math.sqrt(max(e * e - px * px - py * py - pz * pz, 0.0))


def pt_of(*momenta: Momentum) -> float:
    """Transverse momentum of the sum."""
    return math.hypot(sum(each[1] for each in momenta), sum(each[2] for each in momenta))


def angle(phi: float, other: float) -> float:
    """Angle between two azimuths, 0 ... pi.

    Example:
        >>> round(angle(3.0, -3.0), 4)
        0.2832
    """
    difference = abs(phi - other)
    return 2 * math.pi - difference if difference > math.pi else difference


def delta_r(one: Object, other: Object) -> float:
    """Distance in eta and phi."""
    return math.hypot(one["eta"] - other["eta"], angle(one["phi"], other["phi"]))


def gap(value: float, *marks: float) -> float:
    """Smallest relative distance to a mark."""
    return min((abs(value - mark) / max(abs(mark), abs(value), 1e-9) for mark in marks), default=1.0)


def edges_of(n_bins: int, low: float, high: float) -> list[float]:
    """Edges of bins of equal width."""
    return [low + (high - low) * number / n_bins for number in range(n_bins + 1)]


def place(value: float, edges: Sequence[float]) -> int | None:
    """The bin that a value lies in; a bin holds its lower edge, the last one its upper edge too. None if outside."""
    if value == edges[-1]:
        return len(edges) - 2
    return next((n for n in range(len(edges) - 1) if edges[n] <= value < edges[n + 1]), None)


def fill(values: Sequence[float], edges: Sequence[float], weights: Sequence[float] | None = None) -> list[float]:
    """Sums of the weights in the bins; a weight is 1 where none are given."""
    counts = [0.0] * (len(edges) - 1)
    for number, value in enumerate(values):
        found = place(value, edges)
        if found is not None:
            counts[found] += 1 if weights is None else weights[number]
    return counts


def mean(values: Sequence[float]) -> float:
    """Mean; there must be a value."""
    return math.fsum(values) / len(values)


def save(path: Path, **values: Any) -> None:
    """Write a JSON object."""
    path.write_text(json.dumps(values), encoding="utf-8")


def save_arrays(path: Path, **arrays: Any) -> None:
    """Write an npz."""
    np.savez(path, **arrays)


def save_table(path: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Write a csv with a header."""
    lines = [",".join(map(str, row)) for row in [names, *rows]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def draw(path: Path, edges: Sequence[float], label: str, **counts: Sequence[float]) -> None:
    """Draw histograms of the same edges as a PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    for name, each in counts.items():
        axes.stairs(each, edges, label=name)
    axes.set(xlabel=label, ylabel="events")
    figure.savefig(path)
