"""Classifiers in the loop: real graph, real sandbox, real training; a script plays the model."""

from pathlib import Path

import numpy as np
import pytest
from solving_case import fenced, script_model

from hepcoder.agents import Options, Solution, Supervisor
from hepcoder.graphs.task import Task
from hepcoder.sandbox.records import Limits
from hepcoder.tools.learning.data.writing import save_selected
from hepcoder.tools.outputs import parse_output

PROMPT = "Train boosted trees on signal.parquet against background.parquet and give the test AUC."
TRAIN = """
from hepcoder.tools import save_json, train_classifiers

learned = train_classifiers("signal.parquet", "background.parquet", models=["{model}"], epochs={epochs})
save_json("result.json", {{"test_auc": learned.auc["{model}"]}})
"""
TREES = TRAIN.format(model="trees", epochs=None)
# Scores without a training: the mass alone, which is quick.
BY_HAND = """
import awkward as ak
import numpy as np
from hepcoder.tools import save_json
from hepcoder.tools.learning.evaluation.metrics import evaluate
from hepcoder.tools.learning.scores import Scores

both = [ak.from_parquet(f"{name}.parquet") for name in ("background", "signal")]
mass = np.concatenate([one.mass.to_numpy() for one in both])
label = np.repeat([0, 1], [len(one) for one in both])
said = 1 / (1 + np.exp(-(mass - 0.5)))
ids, split = np.concatenate([one.event_id.to_numpy() for one in both]), np.arange(len(mass)) % 3
probability = np.stack([1 - said, said], axis=1).astype(np.float32)
classes = ("background", "signal")
scores = Scores(classes, classes, ids, label, split, label, np.ones(len(mass)), probability)
scores.save("scores.parquet")
save_json("result.json", {"test_auc": round(evaluate(scores).numbers["test.auc"], 4)})
"""
WRONG = BY_HAND.replace('round(evaluate(scores).numbers["test.auc"], 4)', "float(0.97 + 0 * mass[0])")
UNSAVED = BY_HAND.replace('scores.save("scores.parquet")\n', "")


def write_samples(folder: Path, n: int = 300, *, leak: bool = False) -> tuple[Path, ...]:
    dice = np.random.default_rng(5)
    paths = []
    for name, mean in (("signal", 1.0), ("background", 0.0)):
        columns = {"mass": dice.normal(mean, 1, n), "met": dice.exponential(30, n)}
        if leak:
            columns["quality"] = np.full(n, mean)
        path = save_selected(folder / f"{name}.parquet", columns, event_id=np.arange(n), process=name, weight=1.0)
        paths.append(path)
    return tuple(paths)


def solve(folder: Path, *replies: str, leak: bool = False, limits: Limits | None = None) -> Solution:
    task = Task(
        prompt=PROMPT,
        inputs=write_samples(folder, leak=leak),
        outputs=(parse_output("result.json:test_auc"),),
        limits=limits or Limits(wall_seconds=280, cpu_seconds=240),
    )
    model = script_model(folder, *map(fenced, replies))
    options = Options(plan="rules", drafts=1, repairs=1)
    return Supervisor(model, runs=folder / "runs", options=options).solve(task)


def audit_of(solution: Solution) -> tuple[str, str]:
    return next((one.outcome, one.detail) for one in solution.evidence if one.name == "classifier_audit")


def test_an_auc_that_the_scores_do_not_give_is_told_and_repaired(tmp_path: Path) -> None:
    solution = solve(tmp_path, WRONG, BY_HAND)
    assert [failure.label for failure in solution.history] == ["output.wrong_metric"]
    sentence = "test_auc in result.json is 0.97, but the saved scores give scores.parquet: test.auc 0."
    assert sentence in solution.history[0].message
    asked = [path.read_text(errors="replace") for path in (solution.folder / "artifacts").iterdir() if path.is_file()]
    assert any(sentence in text and "hepcoder.tools, awkward" in text for text in asked)
    assert solution.status == "unverified"
    outcome, detail = audit_of(solution)
    assert outcome == "pass"
    assert "1 figures of scores.parquet are what the scores give" in detail
    assert solution.totals.calls == 2


def test_an_auc_without_scores_is_told_apart(tmp_path: Path) -> None:
    solution = solve(tmp_path, UNSAVED)
    assert solution.status == "unverified"
    assert audit_of(solution)[0] == "not_applicable"
    assert "test_auc in result.json cannot be recomputed" in audit_of(solution)[1]


def test_boosted_trees_from_one_request(tmp_path: Path) -> None:
    solution = solve(tmp_path, TREES)
    assert solution.history == ()
    assert solution.status == "unverified"
    assert audit_of(solution)[0] == "pass"
    assert "learned/trees/scores.parquet" in audit_of(solution)[1]
    assert not any(item.independent for item in solution.evidence if item.name == "classifier_audit")
    auc = solution.values["test_auc"]
    assert isinstance(auc, float)
    assert auc == pytest.approx(0.76, abs=0.12)  # Phi(1 / sqrt 2), on 150 test events


@pytest.mark.thorough
def test_a_copy_of_the_label_is_a_leak(tmp_path: Path) -> None:
    solution = solve(tmp_path, TREES, TREES.replace("epochs", "seed=1, epochs"), leak=True)
    assert solution.status == "failed"
    assert {failure.label for failure in solution.history} == {"physics.leak"}
    assert "the feature 'quality'" in solution.history[0].message


@pytest.mark.thorough
def test_a_network_trains_within_the_default_limits(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs hepcoder[ml]")
    solution = solve(tmp_path, TRAIN.format(model="mlp", epochs=1), limits=Limits(wall_seconds=280))
    assert solution.history == ()
    assert audit_of(solution)[0] == "pass"
    assert "learned/mlp/scores.parquet" in audit_of(solution)[1]
