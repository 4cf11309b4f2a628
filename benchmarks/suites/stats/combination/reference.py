"""Best linear unbiased estimator of one quantity.

Reference: L. Lyons, D. Gibaut, P. Clifford, Nucl. Instrum. Meth. A 270 (1988) 110.
"""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``result.json``."""
    data = json.loads((inputs / "measurements.json").read_text(encoding="utf-8"))
    covariance = [
        [
            one["stat"] ** 2 + one["syst"] ** 2 if one is other else constants["rho"] * one["syst"] * other["syst"]
            for other in data
        ]
        for one in data
    ]
    inverse = inverted(covariance)
    norm = sum(sum(row) for row in inverse)
    weights = [sum(row) / norm for row in inverse]
    value = sum(weight * each["value"] for weight, each in zip(weights, data, strict=True))
    error = 1 / math.sqrt(norm)
    differences = [each["value"] - value for each in data]
    chi2 = 0.0
    for n, first in enumerate(differences):
        for k, second in enumerate(differences):
            chi2 += first * inverse[n][k] * second
    result = {"weights": weights, "value": value, "error": error, "chi2": chi2, "n_dof": len(data) - 1}
    (outputs / "result.json").write_text(json.dumps(result), encoding="utf-8")


def inverted(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """The inverse of a positive matrix, by elimination."""
    n = len(matrix)
    rows = [[*map(float, row), *(float(n == k) for k in range(len(matrix)))] for n, row in enumerate(matrix)]
    for step in range(n):
        pivot = rows[step][step]
        rows[step] = [each / pivot for each in rows[step]]
        for other in range(n):
            if other != step:
                factor = rows[other][step]
                rows[other] = [a - factor * b for a, b in zip(rows[other], rows[step], strict=True)]
    return [row[n:] for row in rows]
