"""Scores of every event by boosted trees that were trained on the other half of the events."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

EVENT, MASS = 35, 32


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:
    """Write ``scores.npz`` and ``training.json``, and for the grader ``facts.npz``."""
    rows = {name: np.load(inputs / f"{name}.npy") for name in ("signal", "bkgd", "data")}
    scores: dict[str, Any] = {name: np.zeros(len(array)) for name, array in rows.items()}
    n_train = []
    for parity in (0, 1):
        training = {name: array[array[:, EVENT] % 2 == parity] for name, array in rows.items()}
        n_train.append(len(training["signal"]) + len(training["bkgd"]))
        model = trained(training["signal"], training["bkgd"])
        for name, array in rows.items():
            others = array[:, EVENT] % 2 != parity
            scores[name][others] = score(model, array[others])
    np.savez(outputs / "scores.npz", **scores, auc=auc(scores["signal"], scores["bkgd"]))
    training = {"classifier": "gradient-boosted trees", "n_train_even": n_train[0], "n_train_odd": n_train[1]}
    (outputs / "training.json").write_text(json.dumps(training), encoding="utf-8")
    np.savez(outputs / "facts.npz", **facts(rows, constants))


def features(rows: Any) -> Any:
    """The twelve features of each event."""
    mass = rows[:, MASS]
    columns = [rows[:, 0] / mass, rows[:, 3] / mass, rows[:, 33] / mass, rows[:, 1], rows[:, 4]]
    columns += [np.cos(rows[:, 2] - rows[:, 5]), rows[:, 30], rows[:, 6], rows[:, 12], rows[:, 15]]
    columns += [np.sum(~np.isnan(rows[:, [6, 9]]), axis=1), np.sum(~np.isnan(rows[:, 12:30:3]), axis=1)]
    return np.nan_to_num(np.stack(columns, axis=1))


def trained(signal: Any, bkgd: Any) -> Any:
    """Trees that tell signal, 1, from background, 0."""
    model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=4, early_stopping=False, random_state=0)
    labels = np.concatenate([np.ones(len(signal)), np.zeros(len(bkgd))])
    with threadpool_limits(1):
        return model.fit(np.concatenate([features(signal), features(bkgd)]), labels)


def score(model: Any, rows: Any) -> Any:
    """Four digits and a half, so that no score is on a multiple of 0.01."""
    if not len(rows):
        return np.zeros(0)
    with threadpool_limits(1):
        likeness = model.predict_proba(features(rows))[:, 1]
    return (np.floor(likeness * 10_000) + 0.5) / 10_000


def auc(signal: Any, bkgd: Any) -> float:
    """Share of the pairs where the signal has the higher score; ties count a half."""
    ranks = rankdata(np.concatenate([signal, bkgd]))
    return float((ranks[: len(signal)].sum() - len(signal) * (len(signal) + 1) / 2) / (len(signal) * len(bkgd)))


def facts(rows: Mapping[str, Any], constants: Mapping[str, Any]) -> dict[str, Any]:
    """What the grader must know of the events: where the background is among the data, and the masses."""
    place = {number: index for index, number in enumerate(rows["data"][:, EVENT].tolist())}
    mass = rows["data"][:, MASS]
    return {
        "bkgd_in_data": [place[number] for number in rows["bkgd"][:, EVENT].tolist()],
        "mass": mass,
        "in_window": np.abs(mass - constants["mass"]) < constants["half_window"],
    }
