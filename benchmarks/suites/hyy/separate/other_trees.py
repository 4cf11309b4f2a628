"""The other gradient-boosted trees of scikit-learn, with cross_val_predict for the two halves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

EVENT, MASS = 35, 32


def analyse(inputs: Path, outputs: Path, constants: Mapping[str, Any]) -> None:  # noqa: ARG001  none is needed
    """Write ``scores.npz`` and ``training.json``."""
    rows = {name: np.load(inputs / f"{name}.npy") for name in ("signal", "bkgd", "data")}
    x = np.concatenate([features(rows["signal"]), features(rows["bkgd"])])
    y = np.repeat([1, 0], [len(rows["signal"]), len(rows["bkgd"])])
    odd = np.concatenate([rows["signal"], rows["bkgd"]])[:, EVENT].astype(int) % 2
    models = [
        GradientBoostingClassifier(n_estimators=60, subsample=0.7, random_state=1).fit(x[odd == each], y[odd == each])
        for each in (0, 1)
    ]
    scores = {name: predicted(models, array) for name, array in rows.items()}
    area = roc_auc_score(y, np.concatenate([scores["signal"], scores["bkgd"]]))
    np.savez(outputs / "scores.npz", **scores, auc=area)
    told = {
        "classifier": "gradient-boosted trees",
        "n_train_even": int(np.sum(odd == 0)),
        "n_train_odd": int(np.sum(odd == 1)),
    }
    (outputs / "training.json").write_text(json.dumps(told))


def features(rows: Any) -> Any:
    """The twelve features of each event."""
    filled = np.nan_to_num(rows)
    m = filled[:, MASS]
    n_leptons, n_jets = ((filled[:, places] > 0).sum(axis=1) for places in ([6, 9], [12, 15, 18, 21, 24, 27]))
    cosine = np.cos(filled[:, 5] - filled[:, 2])
    whole = filled[:, [1, 4, 30, 6, 12, 15]]
    return np.column_stack([filled[:, [0, 3, 33]] / m[:, None], cosine, whole, n_leptons, n_jets])


def predicted(models: Any, rows: Any) -> Any:
    """Scores by the model of the other half."""
    x, odd = features(rows), rows[:, EVENT].astype(int) % 2
    return np.where(odd == 1, models[0].predict_proba(x)[:, 1], models[1].predict_proba(x)[:, 1])
