import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from jinja2 import UndefinedError
from learning_scores import binormal, known, make_scores

from hepcoder.tools.learning.evaluation.calibration import calibration
from hepcoder.tools.learning.evaluation.classification import confusion_matrix
from hepcoder.tools.learning.evaluation.comparing import compare_classifiers
from hepcoder.tools.learning.evaluation.cut_choice import choose_cut
from hepcoder.tools.learning.evaluation.cut_figures import plot_significance
from hepcoder.tools.learning.evaluation.event_figures import plot_attention, plot_edges
from hepcoder.tools.learning.evaluation.figures import (
    plot_calibration,
    plot_confusion,
    plot_history,
    plot_importance,
)
from hepcoder.tools.learning.evaluation.findings import error
from hepcoder.tools.learning.evaluation.importance import Importance
from hepcoder.tools.learning.evaluation.metrics import evaluate
from hepcoder.tools.learning.evaluation.model_card import ModelCard, model_card, write_model_card
from hepcoder.tools.learning.evaluation.roc_figures import plot_roc
from hepcoder.tools.learning.evaluation.score_categories import score_categories
from hepcoder.tools.learning.evaluation.score_figures import plot_scores
from hepcoder.tools.learning.evaluation.significance import scan_significance
from hepcoder.tools.learning.evaluation.split_metrics import MetricOptions
from hepcoder.tools.learning.inputs import Inputs, ObjectList, Process, Splitting

SCORES = binormal(3000, 1.2, 1, varied=True, negative=0.05)


def text_of(path: Any) -> Any:
    """The words in an SVG figure, which is drawn with text as text."""
    return re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))


@pytest.fixture(autouse=True)
def _text_as_text() -> Iterator[None]:
    # the style of the experiments leaves this setting alone
    with mpl.rc_context({"svg.fonttype": "none"}):
        before = dict(mpl.rcParams)
        yield
        assert dict(mpl.rcParams) == before
        pyplot = __import__("sys").modules.get("matplotlib.pyplot")
        assert pyplot is None or not pyplot.get_fignums()


def test_roc_figure_names_classifiers_and_areas(tmp_path: Path) -> None:
    other = make_scores(SCORES.score[:, 1] ** 0.5 * 0.9, SCORES.label, weight=SCORES.weight, split=SCORES.split)
    cases: Any = (("rejection", "Background rejection"), ("efficiency", "Background efficiency"))
    for show, axis in cases:
        words = text_of(plot_roc(tmp_path / f"{show}.svg", {"GNN": SCORES, "MLP": other}, show=show))
        assert axis in words
        assert "Signal efficiency (test events)" in words
        assert "GNN: AUC 0." in words
        assert "MLP: AUC 0." in words
    with pytest.raises(ValueError, match="no ROC curve of GNN"):
        plot_roc(tmp_path / "roc.svg", {"GNN": SCORES.take(SCORES.label == 1)})
    with pytest.raises(ValueError, match="any classifier"):
        plot_roc(tmp_path / "roc.svg", {})
    with pytest.raises(ValueError, match=r"roc\.jpg"):
        plot_roc(tmp_path / "roc.jpg", {"GNN": SCORES})


def test_score_figure_draws_densities_of_unit_area(tmp_path: Path) -> None:
    drawn = plot_scores(tmp_path / "scores.svg", SCORES, bins=20, logy=True)
    assert list(drawn) == ["background train", "background test", "signal train", "signal test"]
    for one in drawn.values():
        assert (one.counts * np.diff(one.edges)).sum() == pytest.approx(1.0)
    words = text_of(tmp_path / "scores.svg")
    assert "Probability of signal" in words
    assert "background, train" in words
    with pytest.raises(ValueError, match="no signal event in the train split"):
        plot_scores(tmp_path / "scores.svg", SCORES.take(SCORES.label == 0))


def test_confusion_figure_shows_shares_and_counts(tmp_path: Path) -> None:
    scores = make_scores([0.1, 0.2, 0.9, 0.8, 0.7], [False, False, False, True, True], weight=[1, 1, 1, 1, -1])
    words = text_of(plot_confusion(tmp_path / "confusion.svg", confusion_matrix(scores)))
    assert "66.7 %" in words
    assert words.count("33.3 %") == 1
    assert " - " in words


def test_calibration_and_significance_figures(tmp_path: Path) -> None:
    words = text_of(plot_calibration(tmp_path / "calibration.svg", {"GNN": known(calibration(SCORES))}))
    assert "Observed share of signal" in words
    assert "GNN: ECE 0." in words
    scan, choice = scan_significance(SCORES, "validation"), known(choose_cut(SCORES))
    words = text_of(plot_significance(tmp_path / "cut.svg", scan, choice))
    assert f"cut chosen on validation: {choice.cut:.3f}" in words
    assert f"on test: Z = {choice.quoted.value:.2f}" in words
    assert plot_significance(tmp_path / "bare.png", scan).stat().st_size > 10_000
    with pytest.raises(ValueError, match="no calibration to draw"):
        plot_calibration(tmp_path / "calibration.svg", {})


def test_importance_and_history_figures(tmp_path: Path) -> None:
    one: Any = Importance(name="met", features=("met",), drop=0.1, spread=None, drops=(0.1,))
    assert "Loss of AUC when shuffled" in text_of(plot_importance(tmp_path / "importance.svg", [one]))
    words = text_of(
        plot_history(tmp_path / "loss.svg", {"train": [0.7, 0.6], "validation": [0.7, np.nan]}, best_epoch=2, logy=True)
    )
    assert "kept: epoch 2" in words
    assert "Epoch" in words
    with pytest.raises(ValueError, match="no importance"):
        plot_importance(tmp_path / "importance.svg", [])
    with pytest.raises(ValueError, match="no epoch"):
        plot_history(tmp_path / "loss.svg", {"train": []})


def test_attention_of_objects_that_are_there(tmp_path: Path) -> None:
    weights = np.full((2, 3, 3), 1 / 3)
    words = text_of(plot_attention(tmp_path / "a.svg", weights, [True, True, False], ["lead", "second", "nobody"]))
    assert "lead" in words
    assert "nobody" not in words
    with pytest.raises(ValueError, match="2 names for 3 places"):
        plot_attention(tmp_path / "a.svg", weights, [True] * 3, ["a", "b"])
    with pytest.raises(ValueError, match="no object; pick another"):
        plot_attention(tmp_path / "a.svg", weights, [False] * 3)


def test_edges_of_an_event(tmp_path: Path) -> None:
    vectors = np.array([[50.0, 1.0, 3.1, 0.0], [30.0, -1.0, -3.1, 0.0], [0.0, 0.0, 0.0, 0.0]])
    mask = [True, True, False]
    words = text_of(plot_edges(tmp_path / "e.svg", vectors, mask, [(0, 1)], [0.5]))
    assert "Importance of the edge" in words
    assert "2 objects, highest" in words
    assert plot_edges(tmp_path / "none.svg", vectors, mask, []).exists()
    with pytest.raises(ValueError, match="an edge leads to a place without object"):
        plot_edges(tmp_path / "e.svg", vectors, mask, [(0, 2)])
    with pytest.raises(ValueError, match="do not fit"):
        plot_edges(tmp_path / "e.svg", vectors, mask, [(0, 1)], [0.5, 0.2])


def card(**changes: Any) -> Any:
    whole: dict[str, Any] = {
        "name": "GNN *one*",
        "purpose": "Separates H from ZZ.",
        "model": "EdgeConv.",
        "settings": {"epochs": 10},
        "inputs": Inputs(event=("met",), objects=(ObjectList(name="jets", fields=("pt",), most=4),)),
        "processes": (Process(name="zz", label="background", files=("/some/where/zz.parquet",)),),
        "splitting": Splitting(),
        "metrics": evaluate(SCORES, MetricOptions(efficiencies=(0.5,))),
        "intended_use": "Selection.",
        "findings": None,
    }
    return ModelCard(**(whole | changes))


def test_card_says_numbers_limits_and_checks(tmp_path: Path) -> None:
    metrics: Any = evaluate(SCORES)
    findings = (error("overlap", "3 events of zz are in train and test at once."),)
    text = write_model_card(
        tmp_path / "card.md",
        card(
            limits=("Not for data of 2030.",),
            findings=findings,
            comparison=compare_classifiers({"GNN": SCORES}),
            cut=choose_cut(SCORES),
            categories=score_categories(SCORES),
            figures={"ROC": "figures/roc curve.png"},
            seeds={"split": 42},
            versions={"numpy": "2.4"},
        ),
    ).read_text(encoding="utf-8")
    area: Any = metrics.of("test").auc
    for part in (
        "# GNN \\*one\\*",
        f"{area.value:.4f} ± {area.error:.4f}",
        "| zz | background | 1 | zz.parquet |",
        "15 % validation, 25 % test",
        "- Of jets, the first 4 in the file's order: pt",
        "- Not for data of 2030.",
        "| error | overlap | 3 events of zz are in train and test at once. |",
        "GNN has an AUC of",
        "chosen on the validation split",
        "Categories with boundaries at",
        "![ROC](figures/roc%20curve.png)",
        "- Seeds: split 42",
        "- Versions: numpy 2.4",
        "have negative weights",
    ):
        assert part in text
    assert "/some/where" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert all(line.endswith("|") for line in tables)


def test_card_says_what_is_not_known() -> None:
    text = model_card(card(settings={}, splitting=None))
    for part in ("No settings are recorded.", "not recorded.", "Not audited.", "- Seeds: not recorded"):
        assert part in text
    assert "Audited; nothing found." in model_card(card(findings=()))
    bare = model_card(card(metrics=evaluate(SCORES.of("train"))))
    assert "There are no test events" in bare


def test_card_says_that_it_is_over_trained() -> None:
    scores = binormal(4000, 1.0, 3)
    assert "Over-trained" not in model_card(card(metrics=evaluate(scores)))
    train = scores.split == 0
    scores.score[train] = (0.7 * scores.score + 0.3 * np.eye(2, dtype=np.float32)[scores.label])[train]
    assert "Over-trained: the AUC of the train split is above" in model_card(card(metrics=evaluate(scores)))


def test_template_is_strict() -> None:
    from hepcoder.tools.learning.evaluation import model_card as room

    with pytest.raises(UndefinedError):
        room._environment().get_template("model_card.md").render(card=card())
