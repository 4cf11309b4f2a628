"""Exported classifiers, run by ONNX Runtime."""

# ruff: noqa: E402 - what is below needs torch

import json
from pathlib import Path

import numpy as np
import pytest
from jet_batches import CLASSES, EVENTS, JETS, NO_VECTORS, batch, events, jets, no_scaling

from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig

pytest.importorskip("torch", reason="needs hepcoder[ml]")
onnx = pytest.importorskip("onnx", reason="needs hepcoder[ml]")
pytest.importorskip("onnxruntime", reason="needs hepcoder[ml]")
pytest.importorskip("onnxscript", reason="needs hepcoder[ml]")

import torch

from hepcoder.tools.learning.models.classifier import Classifier, tensors
from hepcoder.tools.learning.models.onnx_export import TOLERANCE, export_onnx, onnx_inputs, run_onnx


def made(config: ModelConfig, inputs: Inputs = JETS) -> Classifier:
    torch.manual_seed(0)
    return Classifier(inputs, CLASSES, config, no_scaling(inputs))


def test_an_exported_network_says_the_same(tmp_path: Path) -> None:
    classifier = made(MlpConfig(hidden=(8,), norm="batch", dropout=0.3), EVENTS).train()
    classifier(*tensors(events(50, 6)))
    path = tmp_path / "mlp.onnx"
    assert export_onnx(classifier, path, events(20, 6)) <= TOLERANCE
    assert classifier.training
    for n in (1, 777):
        expected = classifier.probabilities(events(n, 6, seed=n))
        assert run_onnx(path, events(n, 6, seed=n)) == pytest.approx(expected, abs=1e-5)
    model = onnx.load(path)
    assert [one.name for one in model.graph.input] == ["event"]
    known = {one.key: one.value for one in model.metadata_props}
    assert json.loads(known["classes"]) == list(CLASSES)
    assert Inputs.model_validate_json(known["inputs"]) == EVENTS
    assert str(Path(__file__).parents[3]).encode() not in path.read_bytes()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("config", "inputs"),
    [
        (MlpConfig(hidden=(8,)), JETS),
        (TransformerConfig(width=8, heads=2, layers=1), JETS),
        (TransformerConfig(width=8, heads=2, layers=1, pooling="cls", positions=True), NO_VECTORS),
        (GnnConfig(width=8, layers=1, convolution="edgeconv", k=2), JETS),
        (GnnConfig(width=8, convolution="edgeconv", k=2, neighbours="learned", norm="batch"), NO_VECTORS),
        (GnnConfig(width=8, layers=1, convolution="gat", k=None, pooling="attention"), JETS),
        (GnnConfig(width=8, layers=1, convolution="gcn", k=2, pooling="max"), JETS),
    ],
)
def test_every_kind_can_be_exported(config: ModelConfig, inputs: Inputs, tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    if inputs == JETS:
        some, others = jets(30), jets(501, seed=3)
    else:
        rng = np.random.default_rng(1)
        some, others = (
            batch(np.zeros((n, 0)), rng.normal(size=(n, 5, 4)), np.zeros((n, 0, 4)), rng.random((n, 5)) < 0.8)
            for n in (30, 501)
        )
    classifier = made(config, inputs)
    assert export_onnx(classifier, path, some) <= TOLERANCE
    assert run_onnx(path, others) == pytest.approx(classifier.probabilities(others), abs=1e-5)


def test_names_of_what_a_file_takes() -> None:
    assert onnx_inputs(JETS) == ("event", "objects", "four_vectors", "mask")
    assert onnx_inputs(NO_VECTORS) == ("objects", "mask")
    assert onnx_inputs(EVENTS) == ("event",)


@pytest.mark.thorough
def test_a_difference_is_an_error_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hepcoder.tools.learning.models.onnx_export.TOLERANCE", -1.0)
    path = tmp_path / "mlp.onnx"
    with pytest.raises(ValueError, match="ONNX and torch differ by"):
        export_onnx(made(MlpConfig(hidden=(4,)), EVENTS), path, events(5, 6))
    assert not path.exists()


def test_wrong_names_and_single_events_are_refused(tmp_path: Path) -> None:
    classifier = made(MlpConfig(hidden=(4,)), EVENTS)
    with pytest.raises(ValueError, match=r"ends in .onnx and two or more events, not 'mlp.pt', 5"):
        export_onnx(classifier, tmp_path / "mlp.pt", events(5, 6))
    with pytest.raises(ValueError, match=r"not 'mlp.onnx', 1"):
        export_onnx(classifier, tmp_path / "mlp.onnx", events(1, 6))
