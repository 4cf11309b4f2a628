"""Classifiers on disk: what comes back is what was written, and everything else is an error."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from jet_batches import CLASSES, JETS, NO_VECTORS, jets, no_scaling

from hepcoder.tools.learning.inputs import Inputs, ObjectList
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig

pytest.importorskip("torch", reason="needs hepcoder[ml]")

import torch

from hepcoder.tools.learning.models.classifier import Classifier, tensors
from hepcoder.tools.learning.models.saving import MODEL_NAME, WEIGHTS_NAME, load_classifier, save_classifier

CONFIGS: list[ModelConfig] = [
    MlpConfig(hidden=(8,), norm="batch"),
    GnnConfig(convolution="gat", width=8, norm="batch", backend="torch"),
    TransformerConfig(width=8, heads=2, pooling="cls", positions=True),
]


def made(config: ModelConfig) -> Classifier:
    torch.manual_seed(0)
    return Classifier(JETS, CLASSES, config, no_scaling(JETS))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    return save_classifier(tmp_path / "made" / "here", made(CONFIGS[0]))


@pytest.mark.parametrize("config", CONFIGS)
def test_what_is_saved_comes_back_to_the_last_bit(config: ModelConfig, tmp_path: Path) -> None:
    classifier = made(config).train()
    classifier(*tensors(jets(50)))
    found = load_classifier(save_classifier(tmp_path, classifier), inputs=JETS)
    assert not found.training
    assert (found.inputs, found.classes, found.config) == (JETS, CLASSES, config)
    assert found.scaling == classifier.scaling
    assert np.array_equal(found.probabilities(jets(40, seed=2)), classifier.probabilities(jets(40, seed=2)))
    assert sorted(one.name for one in tmp_path.iterdir()) == [MODEL_NAME, WEIGHTS_NAME]


@pytest.mark.thorough
def test_a_graph_network_moves_between_backends(tmp_path: Path) -> None:
    config = GnnConfig(width=8, backend="torch")
    save_classifier(tmp_path, made(config))
    content = json.loads((tmp_path / MODEL_NAME).read_text())
    content["config"]["backend"] = "pyg"
    (tmp_path / MODEL_NAME).write_text(json.dumps(content))
    found = load_classifier(tmp_path)
    assert isinstance(found.config, GnnConfig)
    assert found.config.backend == "auto"
    assert found.probabilities(jets(20)) == pytest.approx(made(config).probabilities(jets(20)), abs=1e-5)


def test_other_columns_are_named(saved: Path) -> None:
    fields = ("pt", "eta", "phi", "mass", "btag")
    other = Inputs(event=("ht",), objects=(ObjectList(name="jets", fields=fields, most=5),))
    with pytest.raises(ValueError, match=r"missing: met; not known to it: ht, jets.btag"):
        load_classifier(saved, inputs=other)
    with pytest.raises(ValueError, match="missing: met, jets.pt"):
        load_classifier(saved, inputs=NO_VECTORS)
    turned = Inputs(event=("met",), objects=(ObjectList(name="jets", fields=("eta", "pt", "phi", "mass"), most=5),))
    with pytest.raises(ValueError, match="the same columns in another order"):
        load_classifier(saved, inputs=turned)


def test_files_that_are_not_there_are_named(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no model.json"):
        load_classifier(tmp_path)
    (saved / WEIGHTS_NAME).unlink()
    with pytest.raises(FileNotFoundError, match=r"there is no weights.pt"):
        load_classifier(saved)


def test_weights_of_another_classifier_are_refused(saved: Path, tmp_path: Path) -> None:
    other = save_classifier(tmp_path / "other", made(CONFIGS[2]))
    (saved / WEIGHTS_NAME).write_bytes((other / WEIGHTS_NAME).read_bytes())
    with pytest.raises(ValueError, match=r"weights.pt is damaged or of another training"):
        load_classifier(saved)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("format", 2, "of format 2; this version reads 1"),
        ("config", {"kind": "mlp", "hidden": [9], "norm": "batch"}, "do not fit the network"),
        ("config", {"kind": "cnn"}, "damaged or of another program"),
        ("scaling", None, "damaged or of another program"),
        ("classes", ["signal"], "two or more classes"),
    ],
)
def test_changed_descriptions_are_refused(saved: Path, name: str, value: object, words: str) -> None:
    content = json.loads((saved / MODEL_NAME).read_text())
    (saved / MODEL_NAME).write_text(json.dumps({**content, name: value}))
    with pytest.raises(ValueError, match=words):
        load_classifier(saved)


def test_a_changed_scaling_is_refused(saved: Path) -> None:
    content = json.loads((saved / MODEL_NAME).read_text())
    content["scaling"]["event_mean"] = [0.5]
    (saved / MODEL_NAME).write_text(json.dumps(content))
    with pytest.raises(ValueError, match="another than that among the weights"):
        load_classifier(saved)
    del content["scaling"]["event_mean"]
    (saved / MODEL_NAME).write_text(json.dumps(content))
    with pytest.raises(ValueError, match="event_mean"):
        load_classifier(saved)


class Foreign:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("code in the weights was run",)


def test_code_in_the_weights_is_not_run(saved: Path) -> None:
    buffer = io.BytesIO()
    torch.save({"x": Foreign()}, buffer)
    weights = buffer.getvalue()
    (saved / WEIGHTS_NAME).write_bytes(weights)
    content = json.loads((saved / MODEL_NAME).read_text())
    content["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    (saved / MODEL_NAME).write_text(json.dumps(content))
    with pytest.raises(ValueError, match=r"weights.pt holds no weights"):
        load_classifier(saved)
