# ruff: noqa: E402 - what needs an optional package is imported once it is known to be there
"""Each classifier on samples of which the best possible one is known, and on labels that mean nothing."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

torch = pytest.importorskip("torch", reason="needs hepcoder[ml]")
pytest.importorskip("xgboost", reason="needs hepcoder[ml]")

from hepcoder.tools.learning.batches import Predictor, Source
from hepcoder.tools.learning.data.permuting import with_labels_permuted
from hepcoder.tools.learning.data.samples import Sample, gaussian_mixture, graph_structured
from hepcoder.tools.learning.data.sources import open_source
from hepcoder.tools.learning.inputs import Splitting
from hepcoder.tools.learning.models.classifier import build
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig
from hepcoder.tools.learning.tabular.configs import AnyTabularConfig, TreesConfig, XgboostConfig
from hepcoder.tools.learning.tabular.fitting import fit_tabular
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.fitting import fit
from hepcoder.tools.learning.training.scoring import score

pytestmark = pytest.mark.thorough

TREES = TreesConfig(n_threads=1)
XGBOOST = XgboostConfig(n_threads=1)


@pytest.fixture(scope="module")
def mixture(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Source]:
    torch.set_num_threads(1)
    sample = gaussian_mixture(tmp_path_factory.mktemp("mixture"), 20_000, 1)
    return sample, open_source(sample.processes, sample.inputs, Splitting())


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, Source]:
    torch.set_num_threads(1)
    sample = graph_structured(tmp_path_factory.mktemp("graphs"), 10_000, 1)
    return sample, open_source(sample.processes, sample.inputs, Splitting(validation=0.1, test=0.15))


def auc_of(predictor: Predictor, source: Source) -> float:
    test = score(predictor, source, ("test",))
    return float(roc_auc_score(test.label, test.score[:, 1]))


def trained(source: Source, model: ModelConfig, folder: Path, **settings: object) -> Predictor:
    told = {"schedule": "one_cycle", "device": "cpu", "n_threads": 1, "gradient_clip": 1.0, **settings}
    classifier = build(source, model, seed=1)
    fit(classifier, source, TrainingConfig.model_validate(told), folder)
    return classifier


def test_a_multilayer_perceptron_is_within_a_hundredth_of_the_optimum(
    mixture: tuple[Sample, Source], tmp_path: Path
) -> None:
    sample, source = mixture
    classifier = trained(source, MlpConfig(), tmp_path, epochs=10)
    assert sample.auc is not None
    assert auc_of(classifier, source) == pytest.approx(sample.auc, abs=0.01)


@pytest.mark.parametrize("config", [TREES, XGBOOST], ids=["trees", "xgboost"])
def test_boosted_trees_are_within_a_hundredth_of_the_optimum(
    mixture: tuple[Sample, Source], config: AnyTabularConfig
) -> None:
    sample, source = mixture
    assert sample.auc is not None
    assert auc_of(fit_tabular(config, source), source) == pytest.approx(sample.auc, abs=0.01)


GRAPH = GnnConfig(layers=1, width=32, aggregation="max", pooling="max", k=None, head=(32,))
PAIRS = TransformerConfig(layers=1, width=32, feed_forward=64, heads=8, pair_hidden=32, pooling="max", head=(32,))


@pytest.fixture(scope="module")
def plain_auc(graphs: tuple[Sample, Source], tmp_path_factory: pytest.TempPathFactory) -> float:
    """What a network gets that sees a list."""
    folder = tmp_path_factory.mktemp("list")
    return auc_of(trained(graphs[1], MlpConfig(hidden=(64, 64)), folder, epochs=10), graphs[1])


# The optimum is 0.91; found were 0.89 and 0.86, beside 0.55 of the perceptron.
@pytest.mark.parametrize(
    ("model", "settings", "margin"),
    [
        (GRAPH, {"epochs": 6, "learning_rate": 5e-3, "batch_size": 128}, 0.3),
        (PAIRS, {"epochs": 14, "learning_rate": 5e-3, "batch_size": 64}, 0.28),
    ],
    ids=["gnn", "transformer"],
)
def test_what_sees_pairs_beats_what_sees_a_list(
    graphs: tuple[Sample, Source],
    plain_auc: float,
    model: ModelConfig,
    settings: dict[str, object],
    margin: float,
    tmp_path: Path,
) -> None:
    assert auc_of(trained(graphs[1], model, tmp_path, **settings), graphs[1]) - plain_auc > margin


def interval(source: Source) -> float:
    """Three standard errors of the AUC of random scores of the test split (equal weights)."""
    labels = np.concatenate([batch.label for batch in source.batches("test", 10_000)])
    signal, background = int((labels == 1).sum()), int((labels == 0).sum())
    return float(3 * np.sqrt((signal + background + 1) / (12 * signal * background)))


@pytest.mark.parametrize("kind", ["mlp", "trees", "xgboost", "gnn"])
def test_with_permuted_labels_nothing_is_learned(
    mixture: tuple[Sample, Source], graphs: tuple[Sample, Source], kind: str, tmp_path: Path
) -> None:
    source = with_labels_permuted((graphs if kind == "gnn" else mixture)[1], seed=11)
    predictor: Predictor
    if kind in {"trees", "xgboost"}:
        predictor = fit_tabular(TREES if kind == "trees" else XGBOOST, source)
    else:
        predictor = trained(source, GRAPH if kind == "gnn" else MlpConfig(), tmp_path, epochs=4)
    assert auc_of(predictor, source) == pytest.approx(0.5, abs=interval(source))
