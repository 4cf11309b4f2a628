"""Categories of the score, one boundary at a time, as long as the expected significance gains enough."""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Events = Sequence[tuple[float, float]]


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> float:
    """Write boundaries, table and masses; return the smallest distance of a choice from another one."""
    with np.load(inputs / "scores.npz") as file:
        scores = {name: file[name].tolist() for name in ("signal", "bkgd", "data")}
    rows = {name: np.load(inputs / f"{name}.npy").tolist() for name in scores}
    weighted = {name: list(zip(scores[name], (row[34] for row in rows[name]), strict=True)) for name in scores}
    boundaries, significance, distance = search(weighted["signal"], weighted["bkgd"], constants)
    found = {"boundaries": boundaries, "significance": significance, "n_categories": len(boundaries) + 1}
    (outputs / "categories.json").write_text(json.dumps(found), encoding="utf-8")
    category = [place(score, boundaries) for score in scores["data"]]
    np.savez(outputs / "masses.npz", mass=[row[32] for row in rows["data"]], category=np.array(category))
    edges = [0.0, *boundaries, 1.0]
    with (outputs / "table.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["category", "low", "high", "n_data", "signal", "background", "z", "mean", "width"])
        for number in range(len(edges) - 1):
            s, b = (total(weighted[name], boundaries, number) for name in ("signal", "bkgd"))
            masses = [
                (row[32], row[34])
                for row, score in zip(rows["signal"], scores["signal"], strict=True)
                if place(score, boundaries) == number
            ]
            line = [edges[number], edges[number + 1], category.count(number), s, b, asimov(s, b), *shape(masses)]
            table.writerow([number, *line])
    return distance


def search(signal: Events, bkgd: Events, c: Mapping[str, Any]) -> tuple[list[float], list[float], float]:
    """Boundaries in rising order, significance after each step, and the smallest relative distance of a choice."""
    boundaries: list[float] = []
    significance = [together(signal, bkgd, boundaries)]
    distance = 1.0
    while True:
        tried = []
        for number in range(1, 50):
            candidate = sorted([*boundaries, number / 50])
            if number / 50 in boundaries:
                continue
            least = min(total(bkgd, candidate, each) for each in range(len(candidate) + 1))
            distance = min(distance, abs(least / c["b_min"] - 1))
            if least >= c["b_min"]:
                tried.append((together(signal, bkgd, candidate), -number, candidate))
        tried.sort(reverse=True)
        if len(tried) > 1:
            distance = min(distance, tried[0][0] / tried[1][0] - 1)
        gain = tried[0][0] / significance[-1] - 1 if tried else 0.0
        distance = min(distance, abs(gain / c["min_gain"] - 1))
        if gain < c["min_gain"]:
            return boundaries, significance, distance
        boundaries = tried[0][2]
        significance.append(tried[0][0])


def together(signal: Events, bkgd: Events, boundaries: Sequence[float]) -> float:
    """Significance of all categories, added in squares."""
    pairs = [(total(signal, boundaries, each), total(bkgd, boundaries, each)) for each in range(len(boundaries) + 1)]
    return math.sqrt(sum(asimov(s, b) ** 2 for s, b in pairs))


def total(events: Events, boundaries: Sequence[float], number: int) -> float:
    """Weights in a category."""
    edges = [-math.inf, *boundaries, math.inf]
    low, high = edges[number], edges[number + 1]
    return sum(weight for score, weight in events if low <= score < high)


def place(score: float, boundaries: Sequence[float]) -> int:
    """The category of a score, 0 the lowest; a boundary belongs to the category above it."""
    return sum(1 for boundary in boundaries if score >= boundary)


def asimov(s: float, b: float) -> float:
    """Expected significance of s events on b known ones."""
    return math.sqrt(max(2 * ((s + b) * math.log(1 + s / b) - s), 0.0)) if s > 0 else 0.0


def shape(masses: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Mean and standard deviation of masses with weights."""
    weights = sum(weight for _, weight in masses)
    mean = sum(mass * weight for mass, weight in masses) / weights
    return mean, math.sqrt(sum(weight * (mass - mean) ** 2 for mass, weight in masses) / weights)
