"""The same search on cumulative sums of histograms with 50 bins."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write boundaries, table and masses."""
    scores = np.load(inputs / "scores.npz")
    rows = {name: np.load(inputs / f"{name}.npy") for name in ("signal", "bkgd", "data")}
    grid = np.arange(51) / 50
    sums = [
        np.append(0.0, np.cumsum(np.histogram(scores[name], grid, weights=rows[name][:, 34])[0]))
        for name in ("signal", "bkgd")
    ]
    cuts: list[int] = []
    found = [significance(sums, cuts)[0]]
    while True:
        options = {new: significance(sums, sorted([*cuts, new])) for new in range(1, 50) if new not in cuts}
        allowed = {new: z for new, (z, least) in options.items() if least >= constants["b_min"]}
        best = max(allowed, key=lambda new: allowed[new], default=None)
        if best is None or allowed[best] / found[-1] - 1 < constants["min_gain"]:
            break
        cuts = sorted([*cuts, best])
        found.append(allowed[best])
    told = {"boundaries": [cut / 50 for cut in cuts], "significance": found, "n_categories": len(found)}
    (outputs / "categories.json").write_text(json.dumps(told))
    category = {name: np.digitize(scores[name], grid[cuts]) for name in rows}
    np.savez(outputs / "masses.npz", mass=rows["data"][:, 32], category=category["data"])
    edges = [0, *cuts, 50]
    lines = ["category,low,high,n_data,signal,background,z,mean,width"]
    for number, (low, high) in enumerate(pairwise(edges)):
        mine = category["signal"] == number
        mass, weight = rows["signal"][mine, 32], rows["signal"][mine, 34]
        mean = np.average(mass, weights=weight)
        width = np.sqrt(np.average((mass - mean) ** 2, weights=weight))
        s, b = (each[high] - each[low] for each in sums)
        n_data = int(np.sum(category["data"] == number))
        values = [number, low / 50, high / 50, n_data, s, b, asimov(s, b), mean, width]
        lines.append(",".join(repr(float(each)) if isinstance(each, float) else str(each) for each in values))
    (outputs / "table.csv").write_text("\n".join(lines) + "\n")


def significance(sums: Sequence[Any], cuts: Sequence[int]) -> tuple[float, float]:
    """Significance of all categories, and the smallest background."""
    s, b = (np.diff(each[[0, *cuts, 50]]) for each in sums)
    return float(np.sqrt(sum(asimov(*pair) ** 2 for pair in zip(s, b, strict=True) if pair[1] > 0))), float(b.min())


def asimov(s: float, b: float) -> float:
    """Expected significance of s events on b known ones."""
    return float(np.sqrt(max(2 * ((s + b) * np.log1p(s / b) - s), 0.0))) if s > 0 else 0.0
