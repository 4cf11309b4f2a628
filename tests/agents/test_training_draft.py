"""The draft that the coder starts from where a request asks for classifiers: one call, and its results by name."""

from pathlib import Path

import numpy as np
import pytest

from hepcoder.agents.drafting.skeleton import build_skeleton
from hepcoder.agents.drafting.training import asks_for_training, models_named
from hepcoder.agents.setup import TRAINING_LIMITS, with_time_to_train
from hepcoder.graphs.task import Task
from hepcoder.sandbox.records import Limits
from hepcoder.tools.inspect import FileFacts
from hepcoder.tools.inspect.inspection import inspect_input
from hepcoder.tools.learning.data.writing import save_selected
from hepcoder.tools.outputs import parse_output


def facts(folder: Path, *names: str) -> list[FileFacts]:
    found = []
    for name in names:
        path = save_selected(
            folder / f"{name}.parquet", {"mass": np.arange(4.0)}, event_id=np.arange(4), process=name, weight=1.0
        )
        found.append(inspect_input(path))
    return found


def draft(request: str, files: list[FileFacts], *outputs: str) -> str:
    return build_skeleton(request, files, [parse_output(one) for one in outputs])


def test_one_sentence_makes_a_whole_draft(tmp_path: Path) -> None:
    request = (
        "Train the three classifiers to tell ttbar from wjets and tell me which separates best: the AUC of each "
        "and the name of the best. Add the ROC curves."
    )
    text = draft(
        request, facts(tmp_path, "ttbar", "wjets"), "result.json:auc_mlp,auc_gnn,auc_transformer,best", "roc.png"
    )
    assert 'train_classifiers("ttbar.parquet", "wjets.parquet", models=["mlp", "gnn", "transformer"])' in text
    assert '"auc_gnn": learned.auc["gnn"]' in text
    assert '"best": learned.best}' in text
    assert 'shutil.copy("learned/roc.png", "roc.png")' in text
    assert "..." not in text
    compile(text, "draft.py", "exec")


@pytest.mark.parametrize(
    ("request_", "names", "signal", "background"),
    [
        ("Train boosted trees", ("signal", "qcd"), '"signal.parquet"', '"qcd.parquet"'),
        ("Train boosted trees", ("zz", "background_ww"), '"zz.parquet"', '"background_ww.parquet"'),
        ("an MLP that separates hgg from yy jets", ("yy_jets", "hgg"), '"hgg.parquet"', '"yy_jets.parquet"'),
        (
            "backgrounds are ww and wz, signal is vbf; train a gnn",
            ("ww", "wz", "vbf"),
            '"vbf.parquet"',
            '["ww.parquet"',
        ),
        ("train a classifier", ("one", "two"), '"..."', '"..."'),
    ],
)
def test_signal_is_what_the_names_or_the_request_say(
    tmp_path: Path, request_: str, names: tuple[str, ...], signal: str, background: str
) -> None:
    text = draft(request_, facts(tmp_path, *names), "result.json:auc")
    assert f"train_classifiers({signal}, {background}" in text


def test_other_requests_and_single_files_have_the_usual_draft(tmp_path: Path) -> None:
    files = facts(tmp_path, "one", "two")
    assert not asks_for_training("How many events have a mass above 2?", files)
    assert not asks_for_training("Train an MLP", files[:1])
    assert "read_events" in draft("Mean mass of both?", files, "result.json:mean_mass")
    assert models_named("XGBoost against an MLP for 3 epochs") == ("mlp", "xgboost")
    assert "epochs=3" in draft("Train an MLP for 3 epochs, one is signal over two", files, "result.json:auc")


def test_a_training_may_take_its_time_unless_the_task_says_how_long(tmp_path: Path) -> None:
    files, prompt = facts(tmp_path, "one", "two"), "Train an MLP on one against two."
    assert with_time_to_train(Task(prompt=prompt), files).limits == TRAINING_LIMITS
    assert with_time_to_train(Task(prompt="Mean mass?"), files).limits == Limits()
    short = Task(prompt=prompt, limits=Limits(wall_seconds=5))
    assert with_time_to_train(short, files).limits.wall_seconds == 5
