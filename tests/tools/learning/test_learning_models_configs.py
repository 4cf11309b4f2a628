"""Configurations and presets, and what cannot be."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig
from hepcoder.tools.learning.models.presets import Kind, collm_preset, default


@pytest.mark.parametrize(
    ("config", "values", "words"),
    [
        (TransformerConfig, {"width": 50, "heads": 4}, "width 50 is not divisible by heads 4"),
        (GnnConfig, {"convolution": "gat", "width": 30, "heads": 4}, "width 30 is not divisible by heads 4"),
        (MlpConfig, {"hidden": (16, 0)}, "each width in hidden"),
        (GnnConfig, {"head": (0,)}, "each width in head"),
        (MlpConfig, {"activation": "relu6"}, "activation"),
        (MlpConfig, {"dropout": 1.0}, "dropout"),
        (GnnConfig, {"k": 0}, "greater than or equal to 1"),
        (GnnConfig, {"konvolution": "gcn"}, "konvolution"),
    ],
)
def test_what_cannot_be_built_is_refused(config: type[ModelConfig], values: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        config.model_validate(values)


def test_heads_do_not_matter_without_attention() -> None:
    assert GnnConfig(convolution="gcn", width=30, heads=4).width == 30


@pytest.mark.parametrize("kind", ["mlp", "gnn", "transformer"])
def test_presets_are_of_their_kind_and_survive_json(kind: Kind) -> None:
    reader: TypeAdapter[ModelConfig] = TypeAdapter(ModelConfig)
    for config in (default(kind), collm_preset(kind)[0]):
        assert config.kind == kind
        assert reader.validate_json(config.model_dump_json()) == config


def test_training_settings_of_a_preset_are_a_copy() -> None:
    collm_preset("mlp")[1]["epochs"] = 1
    assert collm_preset("mlp")[1]["epochs"] == 10


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match=r"no network of kind 'cnn', only mlp, gnn, transformer"):
        default("cnn")  # type: ignore[arg-type]
