# ruff: noqa: E402 - what needs an optional package is imported once it is known to be there
"""Scans over settings: budget, seeds, processes, going on, and the test split that stays closed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError
from sklearn.metrics import roc_auc_score
from training_sources import EVENT_INPUTS, two_gaussians

from hepcoder.tools.learning.inputs import Process, Splitting
from hepcoder.tools.learning.models.configs import MlpConfig
from hepcoder.tools.learning.tabular.configs import TreesConfig
from hepcoder.tools.learning.training.configs import TrainingConfig

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")
pytest.importorskip("optuna", reason="needs hepcoder[ml]")

from hepcoder.tools.learning.models.classifier import build
from hepcoder.tools.learning.tabular.fitting import fit_tabular
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.fitting import fit
from hepcoder.tools.learning.training.scan_plans import Choice, Range, ScanPlan, ScanResult, SourceSpec
from hepcoder.tools.learning.training.scanning import scan
from hepcoder.tools.learning.training.scoring import score
from hepcoder.tools.learning.training.unseen import WithoutTest

RATE = Range(field="training.learning_rate", low=1e-6, high=1e-1, log=True)
HIDDEN = Choice(field="model.hidden", options=([4], [8, 8]))
SHORT = TrainingConfig(epochs=3, device="cpu", n_threads=1, batch_size=128)


@pytest.fixture
def spec(tmp_path: Path) -> SourceSpec:
    """Two Gaussians as files."""
    torch.set_num_threads(1)
    events = two_gaussians(1200).events["train"]
    processes = []
    for place, name in enumerate(("background", "signal")):
        rows = events.take(events.label == place)
        columns = {"x": rows.event[:, 0], "y": rows.event[:, 1], "event_id": rows.event_id, "weight": rows.weight}
        pq.write_table(pa.table(columns), tmp_path / f"{name}.parquet")
        processes.append(Process(name=name, label=name, files=(str(tmp_path / f"{name}.parquet"),)))
    return SourceSpec(processes=tuple(processes), inputs=EVENT_INPUTS, splitting=Splitting(validation=0.3))


def plan_of(spec: SourceSpec, **settings: object) -> ScanPlan:
    return ScanPlan.model_validate(
        {"model": MlpConfig(), "training": SHORT, "space": (RATE, HIDDEN), "source": spec, "trials": 4, **settings}
    )


def test_the_best_trial_is_the_one_that_a_training_by_hand_repeats(spec: SourceSpec, tmp_path: Path) -> None:
    result = scan(plan_of(spec), tmp_path / "scan")
    assert [trial.number for trial in result.trials] == [0, 1, 2, 3]
    values = [trial.value for trial in result.trials if trial.value is not None]
    assert result.value == max(values) > min(values)
    assert isinstance(result.model, MlpConfig)
    assert result.training.learning_rate == result.trials[result.best].values["training.learning_rate"]
    assert list(result.model.hidden) == result.trials[result.best].values["model.hidden"]
    classifier = build(spec.open(), result.model, seed=result.training.seed)
    history = fit(classifier, spec.open(), result.training, tmp_path / "again")
    assert history.best.auc == result.value
    assert ScanResult.load(tmp_path / "scan" / "scan.json") == result
    assert not list((tmp_path / "scan").rglob("*.pt"))
    assert len(list((tmp_path / "scan" / "trials").glob("*/history.json"))) == 4


def test_the_same_seed_gives_the_same_trials_and_a_larger_budget_goes_on(spec: SourceSpec, tmp_path: Path) -> None:
    first = scan(plan_of(spec, trials=3), tmp_path / "first")
    second = scan(plan_of(spec, trials=3), tmp_path / "second")
    other = scan(plan_of(spec, trials=3, seed=7), tmp_path / "other")
    values = [[trial.values for trial in result.trials] for result in (first, second, other)]
    assert values[0] == values[1] != values[2]
    longer = scan(plan_of(spec, trials=5), tmp_path / "first")
    assert [trial.values for trial in longer.trials[:3]] == values[0]
    rates = {json.dumps(trial.values) for trial in longer.trials}
    assert len(longer.trials) == len(rates) == 5
    assert scan(plan_of(spec, trials=5), tmp_path / "first").trials == longer.trials
    with pytest.raises(TrainingError, match="a scan of another metric, seed; give the same"):
        scan(plan_of(spec, seed=1, metric="accuracy"), tmp_path / "first")


def test_the_test_split_stays_closed(spec: SourceSpec, tmp_path: Path) -> None:
    """The same files but for other test events: nothing of a scan may change."""
    source = WithoutTest(spec.open())
    with pytest.raises(TrainingError, match="the test split is not opened"):
        source.batches("test", 10)
    with pytest.raises(TrainingError, match="the test split is not opened"):
        source.count("test")
    with pytest.raises(TrainingError, match="the test split is not opened"):
        score(build(source, MlpConfig(hidden=(2,)), seed=1), source)
    before = scan(plan_of(spec, trials=2), tmp_path / "before")
    test = {int(one) for batch in spec.open().batches("test", 10_000) for one in batch.event_id}
    for process in spec.processes:
        table = pq.read_table(process.files[0])
        ids = table["event_id"].to_pylist()
        x = [100.0 if one in test else value for one, value in zip(ids, table["x"].to_pylist(), strict=True)]
        place = table.column_names.index("x")
        pq.write_table(table.set_column(place, "x", pa.array(x, pa.float32())), process.files[0])
    after = scan(plan_of(spec, trials=2), tmp_path / "after")
    assert [trial.value for trial in after.trials] == [trial.value for trial in before.trials]


@pytest.mark.thorough
def test_bad_trials_are_given_up_early(spec: SourceSpec, tmp_path: Path) -> None:
    space = (Choice(field="training.learning_rate", options=(1e-2, 1e-9)),)
    training = SHORT.model_copy(update={"epochs": 5})
    result = scan(plan_of(spec, space=space, training=training, trials=14), tmp_path / "scan")
    pruned = [trial for trial in result.trials if trial.state == "pruned"]
    assert pruned
    assert all(trial.epochs < 5 and "worse than half" in trial.reason for trial in pruned)
    assert result.training.learning_rate == 1e-2


def test_settings_that_do_not_go_together_fail_alone(spec: SourceSpec, tmp_path: Path) -> None:
    space = (Choice(field="training.warm_up_epochs", options=(0, 2)), RATE)
    result = scan(plan_of(spec, space=space, trials=6), tmp_path / "scan")
    failed = [trial for trial in result.trials if trial.state == "failed"]
    assert failed
    assert all("warm_up_epochs never acts" in trial.reason and trial.values for trial in failed)
    below = Range(field="training.epochs", low=-9, high=-1, whole=True)
    with pytest.raises(TrainingError, match=r"(?s)none of 2 trials came to its end: .*greater than or equal to 1"):
        scan(plan_of(spec, space=(below,), trials=2), tmp_path / "none")


def test_time_ends_a_scan(spec: SourceSpec, tmp_path: Path) -> None:
    training = SHORT.model_copy(update={"epochs": 100_000, "stop_on": None})
    began = time.perf_counter()
    with pytest.raises(TrainingError, match="time was up"):
        scan(plan_of(spec, training=training, seconds=1.0, trials=50), tmp_path / "scan")
    assert time.perf_counter() - began < 20


def test_trees_are_scanned_too(spec: SourceSpec, tmp_path: Path) -> None:
    space = (Range(field="model.leaves", low=2, high=8, whole=True),)
    base = TreesConfig(iterations=20, n_threads=1)
    result = scan(plan_of(spec, model=base, space=space, trials=2), tmp_path / "scan")
    assert isinstance(result.model, TreesConfig)
    held_out = score(fit_tabular(result.model, spec.open()), spec.open(), ("validation",))
    assert result.value == pytest.approx(roc_auc_score(held_out.label, held_out.score[:, 1]), abs=1e-6)
    by_loss = scan(plan_of(spec, model=base, space=space, trials=2, metric="validation_loss"), tmp_path / "loss")
    assert by_loss.value == min(trial.value for trial in by_loss.trials if trial.value is not None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"space": (Range(field="model.layers", low=1, high=2),)}, "'model.layers' is no setting of 'mlp'; there are"),
        ({"space": (RATE, RATE)}, "scanned twice"),
        ({"space": ()}, "at least 1"),
        ({"model": TreesConfig()}, "'training.learning_rate' is no setting of 'trees'"),
        ({"space": ({"field": "training.epochs", "low": 2, "high": 1},)}, "low < high"),
        ({"space": ({"field": "training.epochs", "low": 1.5, "high": 2, "whole": True},)}, "are not"),
    ],
)
def test_a_space_that_is_none_is_an_error(spec: SourceSpec, settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        plan_of(spec, **settings)


SCRIPT = """
import sys
from hepcoder.tools.learning.training.scan_plans import ScanPlan
from hepcoder.tools.learning.training.scanning import scan
if __name__ == "__main__":
    scan(ScanPlan.model_validate_json(open(sys.argv[1]).read()), sys.argv[2], processes=int(sys.argv[3]))
"""


@pytest.mark.thorough
def test_several_processes_share_a_scan_and_a_killed_one_goes_on(spec: SourceSpec, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    plan = plan_of(spec, trials=4, training=SHORT.model_copy(update={"epochs": 30, "stop_on": None}))
    (tmp_path / "plan.json").write_text(plan.model_dump_json())
    command = [sys.executable, *(str(tmp_path / name) for name in ("script.py", "plan.json", "scan"))]
    with subprocess.Popen([*command, "2"], start_new_session=True) as process:
        logs = tmp_path / "scan" / "trials"
        until = time.monotonic() + 60
        while len(list(logs.glob("*/epochs.jsonl"))) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    subprocess.run([*command, "2"], check=True, timeout=100)
    result = ScanResult.load(tmp_path / "scan" / "scan.json")
    assert len(result.trials) == 4
    assert len({json.dumps(trial.values) for trial in result.trials}) == 4
    assert {trial.state for trial in result.trials} <= {"complete", "pruned"}
    assert result.trials[-1].number > 3  # the killed ones were begun anew
