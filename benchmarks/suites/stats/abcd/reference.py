"""Background of a signal region from three side regions."""

import csv
import json
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    regions: Counter[tuple[bool, bool]] = Counter()
    with (inputs / "events.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            x, y = float(row["x"]), float(row["y"])
            regions[x > constants["x_cut"], y > constants["y_cut"]] += 1
    n_a = regions[True, True]
    n_b = regions[True, False]
    n_c = regions[False, True]
    n_d = regions[False, False]
    predicted = n_b * n_c / n_d
    sigma = predicted * math.sqrt(1 / n_b + 1 / n_c + 1 / n_d)
    pull = (n_a - predicted) / math.sqrt(n_a + sigma**2)
    counts = {"n_a": n_a, "n_b": n_b, "n_c": n_c, "n_d": n_d}
    result = {**counts, "predicted": predicted, "sigma": sigma, "pull": pull}
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")
