"""What is left of classifiers is read safely, and claims are held against the scores they are about."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from learning_scores import binormal

from hepcoder.tools.learning.evaluation.metrics import evaluate
from hepcoder.tools.learning.runs.checking import ClassifierCheck, check_left
from hepcoder.tools.learning.runs.claims import claims_in

GOOD, BETTER = binormal(3000, 1.0, 1), binormal(3000, 1.5, 2)
NUMBERS = evaluate(GOOD).numbers


def checked(folder: Path, claims: Any, **scores: Any) -> ClassifierCheck:
    files = []
    for name, one in scores.items():
        (folder / name).mkdir(exist_ok=True)
        one.save(folder / name / "scores.parquet")
        files.append(f"{name}/scores.parquet")
    found = check_left(folder, files, claims_in(claims, "r.json"))
    assert found is not None
    return found


def codes(found: ClassifierCheck) -> list[str]:
    return [one.code for one in found.findings]


@pytest.mark.parametrize(
    "claims",
    [
        {"test_auc": NUMBERS["test.auc"]},
        {"auc": round(NUMBERS["test.auc"], 2)},
        {"roc": {"AUC": {"mlp": NUMBERS["test.auc"]}}},
        {"train_auc": NUMBERS["train.auc"], "valAUC": NUMBERS["validation.auc"]},
        {"auc_percent": round(100 * NUMBERS["test.auc"], 1), "auc_error": 0.4, "auc_threshold": 0.1},
        {"accuracy": NUMBERS["test.accuracy"], "test_accuracy_at": NUMBERS["test.accuracy_at_cut"]},
        {"rejection_at_0.5": NUMBERS["test.rejection_at_0.5"], "rejection_50": NUMBERS["test.rejection_at_0.5"]},
        {"significance": 3.0, "n_selected": 5, "gaucho": 2.0},
    ],
)
def test_what_the_scores_give_stands(tmp_path: Path, claims: Any) -> None:
    assert checked(tmp_path, claims, mlp=GOOD).findings == ()


@pytest.mark.parametrize(
    "claims",
    [
        {"auc": NUMBERS["test.auc"] + 0.004},
        {"test_auc": NUMBERS["train.auc"] + 0.004},
        {"auc": {"mlp": 0.99}},
        {"accuracy": 0.9},
        {"models": [{"auc": 0.9123}]},
        {"rejection_at_0.5": 2 * NUMBERS["test.rejection_at_0.5"]},
    ],
)
def test_what_they_do_not_give_is_told(tmp_path: Path, claims: Any) -> None:
    found = checked(tmp_path, claims, mlp=GOOD)
    assert codes(found) == ["differs"]
    assert "in r.json is" in found.findings[0].sentence


def test_a_number_is_held_against_the_classifier_that_it_names(tmp_path: Path) -> None:
    good, better = NUMBERS["test.auc"], evaluate(BETTER).numbers["test.auc"]
    right = {"auc": {"mlp": good, "gnn": better}, "best_auc": better}
    assert codes(checked(tmp_path, right, mlp=GOOD, gnn=BETTER)) == []
    exchanged = checked(tmp_path, {"auc_mlp": better, "gnn_auc": good}, mlp=GOOD, gnn=BETTER)
    assert codes(exchanged) == ["differs", "differs"]


def test_an_event_in_two_splits_is_found(tmp_path: Path) -> None:
    scores = GOOD.take(np.r_[0:3000, 0])
    scores.split[-1] = 2 - scores.split[0]
    assert codes(checked(tmp_path, {}, mlp=scores)) == ["overlap"]


def test_columns_beside_the_scores_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "mlp").mkdir()
    (tmp_path / "mlp" / "model.json").write_text(json.dumps({"inputs": {"event": ["met", "weight"]}, "more": 1}))
    found = checked(tmp_path, {}, mlp=GOOD)
    assert codes(found) == ["leak_by_name"]
    assert found.findings[0].sentence.startswith("mlp/scores.parquet: the feature 'weight'")


def test_what_is_no_file_of_scores_is_told_or_left_alone(tmp_path: Path) -> None:
    GOOD.save(tmp_path / "good.parquet")
    table = pq.read_table(tmp_path / "good.parquet")
    applied = table.drop_columns(["split", "label"])
    number = table.set_column(table.column_names.index("label"), "label", pa.array(GOOD.label))
    gaps = table.set_column(0, "event_id", pa.array([None] * len(table), type=pa.int64()))
    for name, one in {"applied": applied, "number": number, "gaps": gaps}.items():
        pq.write_table(one, tmp_path / f"{name}.parquet")
    (tmp_path / "text.parquet").write_text("no Parquet")
    (tmp_path / "link.parquet").symlink_to(tmp_path / "good.parquet")
    os.mkfifo(tmp_path / "pipe.parquet")
    assert check_left(tmp_path, ["applied.parquet"], ()) is None
    for name, word in {"number": "label is int64", "gaps": "3000 gaps", "text": "", "link": "", "pipe": ""}.items():
        found = check_left(tmp_path, [f"{name}.parquet"], claims_in({"auc": 0.9}, "r.json"))
        assert found is not None
        assert (found.classifiers, found.findings, len(found.unchecked)) == ((), (), 1)
        assert word in found.unchecked[0]


WITHOUT_TORCH = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "torch_geometric", "xgboost", "optuna", "onnx", "onnxruntime"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
import numpy as np
from hepcoder.tools import apply_classifier, save_selected, train_classifiers

assert "sklearn" not in sys.modules
dice = np.random.default_rng(1)
for name, mean in {"signal": 1.0, "background": 0.0}.items():
    columns = {"mass": dice.normal(mean, 1, 200)}
    save_selected(f"{name}.parquet", columns, event_id=np.arange(200), process=name, weight=1.0)
learned = train_classifiers("signal.parquet", "background.parquet", models=["trees"])
print(learned.best, apply_classifier("learned/trees", "signal.parquet"), "torch" in sys.modules)
"""


@pytest.mark.thorough
def test_trees_need_no_torch(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280)
    assert done.stdout.split() == ["trees", "scores.parquet", "False"], done.stderr
