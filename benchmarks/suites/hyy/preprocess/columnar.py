"""The same selection with numpy masks and four-momenta."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write the three arrays and ``yields.json``."""
    c = constants
    signal, weights = chosen(np.load(inputs / "signal_raw.npy"), c)
    data, _ = chosen(np.load(inputs / "data_raw.npy"), c)
    signal[:, 34] = weights * c["lumi"]
    data[:, 34] = 1.0
    away = np.abs(data[:, 32] - c["mass"])
    data, away = data[away < c["half_range"]], away[away < c["half_range"]]
    bkgd = data[away >= c["half_window"]]
    low, high = np.sum(bkgd[:, 32] < c["mass"]), np.sum(bkgd[:, 32] >= c["mass"])
    w, r = c["half_window"], c["half_range"]
    a = np.log(low / high) / (r + w)
    bkgd[:, 34] = np.sinh(a * w) / (np.sinh(a * r) - np.sinh(a * w)) if a else w / (r - w)
    arrays = {"signal": signal[np.abs(signal[:, 32] - c["mass"]) < w], "bkgd": bkgd, "data": data}
    yields: dict[str, Any] = {f"n_{name}": len(rows) for name, rows in arrays.items()}
    for name, rows in arrays.items():
        np.save(outputs / f"{name}.npy", rows)
        if name != "data":
            yields[f"{name}_yield"] = float(np.sum(rows[:, 34]))
    (outputs / "yields.json").write_text(json.dumps(yields))


def chosen(raw: Any, c: Mapping[str, Any]) -> tuple[Any, Any]:
    """Selected rows with 36 columns, and their weights for 1 fb^-1."""
    raw = raw[(raw[:, 41] == 1) & (raw[:, 35] == 1) & (raw[:, 36] == 1)]
    pt, eta, phi = raw[:, [0, 3]], raw[:, [1, 4]], raw[:, [2, 5]]
    good = (pt[:, 0] > c["pt_first"]) & (pt[:, 1] > c["pt_second"])
    size = np.abs(eta)
    good &= np.all((size < c["eta_max"]) & ((size < c["crack_low"]) | (size >= c["crack_high"])), axis=1)
    good &= np.all((raw[:, 37:39] / pt < c["iso_max"]) & (raw[:, 39:41] / pt < c["iso_max"]), axis=1)
    momenta = np.stack([pt * np.cosh(eta), pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)]).sum(axis=2)
    mass = np.sqrt(np.maximum(momenta[0] ** 2 - (momenta[1:] ** 2).sum(axis=0), 1e-9))
    good &= (pt[:, 0] / mass > c["ratio_first"]) & (pt[:, 1] / mass > c["ratio_second"])
    weight = raw[:, 32] * raw[:, 34] * 1e3 / raw[:, 33]
    more = [mass, np.hypot(momenta[1], momenta[2]), weight, raw[:, 42]]
    return np.concatenate([raw[:, :32], np.stack(more, axis=1)], axis=1)[good], weight[good]
