"""From files to judged classifiers: the whole way, with trees, which need no extra."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from hepcoder.tools.learning import apply_classifier, train_classifiers
from hepcoder.tools.learning.data.rows import ContractError
from hepcoder.tools.learning.data.samples import Sample, gaussian_mixture, jet_tagging
from hepcoder.tools.learning.inputs import Inputs, ObjectList, Process
from hepcoder.tools.learning.runs.guessing import inputs_of, processes_of
from hepcoder.tools.learning.runs.one import read_result, read_scores
from hepcoder.tools.learning.runs.plans import LearningPlan
from hepcoder.tools.learning.runs.presets import MODEL_NAMES, model_plan
from hepcoder.tools.learning.runs.results import LEARNING_NAME, LearningResult
from hepcoder.tools.learning.training.errors import TrainingError
from hepcoder.tools.learning.training.scan_plans import SourceSpec


def files_of(sample: Sample, label: str) -> dict[str, list[str]]:
    return {one.name: list(one.files) for one in sample.processes if one.label == label}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return gaussian_mixture(tmp_path_factory.mktemp("gaussian"), 1500, 4)


@pytest.fixture(scope="module")
def learned(sample: Sample, tmp_path_factory: pytest.TempPathFactory) -> tuple[LearningResult, Path]:
    folder = tmp_path_factory.mktemp("runs") / "learned"
    labels = [one.label for one in sample.processes]
    assert "signal" in labels
    background = next(one for one in labels if one != "signal")
    result = train_classifiers(files_of(sample, "signal"), files_of(sample, background), folder, models=["trees"])
    return result, folder


def test_trees_come_near_the_best_there_can_be(sample: Sample, learned: tuple[LearningResult, Path]) -> None:
    result, _ = learned
    area = result.auc["trees"]
    assert area is not None
    assert area == pytest.approx(sample.auc, abs=0.03)
    assert result.best == "trees"
    assert f"AUC of {area:.4f}" in result.verdict
    assert result.results["trees"].findings == ()


def test_everything_is_in_the_folder_and_can_be_read_again(learned: tuple[LearningResult, Path]) -> None:
    result, folder = learned
    again = LearningResult.model_validate_json((folder / LEARNING_NAME).read_text(encoding="utf-8"))
    assert again == result
    assert read_result(folder / "trees") == result.results["trees"]
    assert (folder / "roc.png").stat().st_size > 1000
    card = (folder / "trees" / "model_card.md").read_text(encoding="utf-8")
    assert "Audited; nothing found." in card
    categories = result.results["trees"].categories
    assert categories is not None
    assert (categories.chosen_on, categories.quoted_on) == ("validation", "test")
    assert "Categories with boundaries at" in card
    drawn = {path.name for path in (folder / "trees").glob("*.png")}
    assert {"roc.png", "scores.png", "confusion.png", "calibration.png", "importance.png"} <= drawn


def test_a_classifier_applied_to_its_own_files_gives_the_same_scores(
    sample: Sample, learned: tuple[LearningResult, Path], tmp_path: Path
) -> None:
    _, folder = learned
    process = sample.processes[0]
    path = apply_classifier(folder / "trees", process.files, tmp_path / "new.parquet")
    table = pq.read_table(path)
    scores = read_scores(folder / "trees")
    place = scores.processes.index(process.name)
    mine = scores.take(scores.process == place)
    mine = mine.take(np.argsort(mine.event_id))
    order = np.argsort(table["event_id"].to_numpy())
    assert table.num_rows == len(mine)
    assert np.array_equal(table["event_id"].to_numpy()[order], mine.event_id)
    assert np.allclose(table["score_signal"].to_numpy()[order], mine.score[:, mine.classes.index("signal")], atol=1e-6)


def test_the_same_again_trains_nothing_and_another_plan_is_refused(
    sample: Sample, learned: tuple[LearningResult, Path]
) -> None:
    result, folder = learned
    changed = (folder / "trees" / "scores.parquet").stat().st_mtime_ns
    background = {one.name: list(one.files) for one in sample.processes if one.label != "signal"}
    again = train_classifiers(files_of(sample, "signal"), background, folder, models=["trees"])
    assert again == result
    assert (folder / "trees" / "scores.parquet").stat().st_mtime_ns == changed
    with pytest.raises(TrainingError, match="another plan; train into another folder"):
        train_classifiers(files_of(sample, "signal"), background, folder, models=["trees"], seed=7)


def test_inputs_are_all_columns_that_tell_nothing(tmp_path: Path) -> None:
    sample = jet_tagging(tmp_path, 50, 1)
    found = inputs_of(sample.processes)
    assert not {"event_id", "weight", "process"} & set(found.event)
    (constituents,) = found.objects
    assert constituents.name == "constituents"
    assert constituents.fields[:4] == ("pt", "eta", "phi", "mass")


def test_files_without_weights_count_each_event_once(sample: Sample, tmp_path: Path) -> None:
    paths = {}
    for one in sample.processes:
        paths[one.label] = tmp_path / f"{one.name}.parquet"
        pq.write_table(pq.read_table(one.files[0]).drop_columns(["weight"]), paths[one.label])
    background = next(path for label, path in paths.items() if label != "signal")
    result = train_classifiers(paths["signal"], background, tmp_path / "learned", models=["trees"])
    assert "each event counts once" in result.notes[-1]
    assert result.plan.data.weight_column is None


def test_a_missing_file_names_what_is_there(sample: Sample, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="does not exist"):
        train_classifiers("nowhere.parquet", files_of(sample, "background"), tmp_path, models=["trees"])


def test_graphs_need_lists_of_objects() -> None:
    data = SourceSpec(processes=(Process(name="a", label="signal", files=("a.parquet",)),), inputs=Inputs(event=("x",)))
    with pytest.raises(ValueError, match="looks at lists of objects, and the inputs have none"):
        LearningPlan(data=data, models={"gnn": model_plan("gnn")})


@pytest.mark.parametrize("name", ["../mlp", "", ".hidden"])
def test_a_model_is_named_like_a_folder(name: str) -> None:
    data = SourceSpec(
        processes=(Process(name="a", label="signal", files=("a.parquet",)),),
        inputs=Inputs(objects=(ObjectList(name="jets", fields=("pt",)),)),
    )
    with pytest.raises(ValueError, match="is no name of a folder"):
        LearningPlan(data=data, models={name: model_plan("mlp")})


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_word_is_a_plan_whose_settings_act(name: str) -> None:
    plan = model_plan(name, epochs=12)  # type: ignore[arg-type]
    assert plan.is_network == (name.rpartition("-")[2] in {"mlp", "gnn", "transformer"})
    assert (plan.training.epochs if plan.training else None) == (12 if plan.is_network else None)


def test_an_unknown_word_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no model 'cnn', only mlp, gnn"):
        model_plan("cnn")  # type: ignore[arg-type]


def test_a_process_is_named_after_its_first_file() -> None:
    (process,) = processes_of([Path("a/tt_1.parquet"), "a/tt_2.parquet"], "signal")
    assert (process.name, process.files) == ("tt_1", ("a/tt_1.parquet", "a/tt_2.parquet"))
