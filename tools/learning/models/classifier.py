"""A network with its inputs, its classes and its scaling in one."""

from collections.abc import Iterator
from typing import cast

import numpy as np

from hepcoder.tools.learning.batches import Batch, Floats, Source
from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.configs import GnnConfig, MlpConfig, ModelConfig, TransformerConfig
from hepcoder.tools.learning.models.pytorch import nn, torch
from hepcoder.tools.learning.models.scaler import Scaler
from hepcoder.tools.learning.models.scaling import Scaling, fit_scaling

_MOST_EVENTS = 8192
_MOST_PAIRS = 2**19

Tensors = tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]


class Classifier(nn.Module):
    """Logits of each class from raw values: the scaling is part of the module, so that it cannot be forgotten.

    The initial weights are drawn from torch's global generator; `build` draws them from a seed.

    Attributes:
        inputs: The columns it looks at.
        classes: Names of the classes, in the order of the logits.
        config: What the network is made of.
        scaling: How the columns are scaled.
    """

    def __init__(
        self,
        inputs: Inputs,
        classes: tuple[str, ...],
        config: MlpConfig | GnnConfig | TransformerConfig,
        scaling: Scaling,
    ) -> None:
        """Build the network.

        Raises:
            ValueError: If there are fewer than two classes, the scaling is not of these inputs, or the configuration
                does not fit the inputs: objects or four-vectors that are not there.
            ImportError: If the configuration asks for PyTorch Geometric and it is not installed.
        """
        super().__init__()
        _require_fitting(inputs, classes, scaling)
        self.inputs = inputs
        self.classes = tuple(classes)
        self.config = config
        self.scaling = scaling
        self.scaler = Scaler(scaling)
        self.network = _network(inputs, len(classes), config)

    @property
    def n_parameters(self) -> int:
        """Numbers that the training may change."""
        return sum(one.numel() for one in self.parameters() if one.requires_grad)

    def forward(
        self, event: torch.Tensor, objects: torch.Tensor, four_vectors: torch.Tensor, mask: torch.Tensor
    ) -> torch.Tensor:
        """Logits of raw values.

        Args:
            event: Event columns, float32 (n, event columns).
            objects: Object features, float32 (n, places, features); what is where no object is does not matter.
            four_vectors: pt (GeV), eta, phi, mass (GeV), float32 (n, places, 4), or (n, 0, 4) where the inputs have
                none.
            mask: Where there is an object, bool (n, places).

        Returns:
            Logits, float32 (n, classes).
        """
        scaled_event, scaled_objects = self.scaler(event, objects, mask)
        logits: torch.Tensor = self.network(scaled_event, scaled_objects, four_vectors, mask)
        return logits

    def probabilities(self, batch: Batch) -> Floats:
        """Probability of each class for each event, float32 (n, classes), each row summing to 1.

        Runs in evaluation mode, without gradients, in chunks of bounded memory; the mode is put back.

        Raises:
            ValueError: If the batch has other columns than the inputs.
        """
        require_columns(self.inputs, batch)
        device = next(self.parameters()).device
        was_training = self.training
        self.eval()
        try:
            with torch.inference_mode():
                parts = [self(*_to(chunk, device)).float().softmax(dim=1).cpu().numpy() for chunk in _chunks(batch)]
        finally:
            self.train(was_training)
        return np.concatenate(parts) if parts else np.zeros((0, len(self.classes)), dtype=np.float32)


def build(source: Source, config: ModelConfig, *, seed: int) -> Classifier:
    """A classifier of a source's inputs and classes, scaled by its training split, before any training.

    Args:
        source: What it will be trained on.
        config: What the network is made of.
        seed: Of the initial weights; the same seed gives the same weights. torch's own generator is left as it was.

    Returns:
        The classifier.

    Raises:
        ValueError: See `fit_scaling` and `Classifier`.
    """
    scaling = fit_scaling(source)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Classifier(source.inputs, source.classes, config, scaling)


def on_plain_torch(classifier: Classifier) -> Classifier:
    """A copy on the CPU whose graph convolutions are of plain torch; weights and results are the same."""
    config = classifier.config
    if isinstance(config, GnnConfig):
        config = config.model_copy(update={"backend": "torch"})
    with torch.random.fork_rng(devices=[]):
        copy = Classifier(classifier.inputs, classifier.classes, config, classifier.scaling)
    copy.load_state_dict({name: values.cpu() for name, values in classifier.state_dict().items()})
    return copy.train(classifier.training)


def tensors(batch: Batch) -> Tensors:
    """What `Classifier.forward` takes, sharing the batch's memory where that can be written to."""
    return cast(
        "Tensors",
        tuple(
            torch.from_numpy(np.require(one, requirements=("C", "W")))
            for one in (batch.event, batch.objects, batch.four_vectors, batch.mask)
        ),
    )


def require_columns(inputs: Inputs, batch: Batch) -> None:
    """Make sure that a batch has the columns of the inputs; it may have more places for objects.

    Raises:
        ValueError: If it has not.
    """
    places = batch.mask.shape[1]
    expected = (len(inputs.event), (places, len(inputs.object_features)), places if inputs.has_four_vectors else None)
    vectors = batch.four_vectors.shape[1] if inputs.has_four_vectors else None
    given = (batch.event.shape[1], batch.objects.shape[1:], vectors)
    if expected != given:
        message = (
            f"the batch has {given[0]} event columns and objects of shape {given[1]}; the classifier was made for "
            f"event columns {inputs.event} and object features {inputs.object_features}"
            + (" with as many four-vectors" if inputs.has_four_vectors else "")
        )
        raise ValueError(message)


def _to(batch: Batch, device: torch.device) -> list[torch.Tensor]:
    return [one.to(device) for one in tensors(batch)]


def _chunks(batch: Batch) -> Iterator[Batch]:
    places = batch.mask.shape[1]
    size = max(1, min(_MOST_EVENTS, _MOST_PAIRS // max(1, places**2)))
    for start in range(0, len(batch), size):
        yield batch.take(slice(start, start + size))


def _network(inputs: Inputs, n_classes: int, config: ModelConfig) -> nn.Module:
    if isinstance(config, MlpConfig):
        from hepcoder.tools.learning.models.mlp import Mlp

        return Mlp(inputs, n_classes, config)
    if isinstance(config, GnnConfig):
        from hepcoder.tools.learning.models.gnn import Gnn

        return Gnn(inputs, n_classes, config)
    from hepcoder.tools.learning.models.transformer import Transformer

    return Transformer(inputs, n_classes, config)


def _require_fitting(inputs: Inputs, classes: tuple[str, ...], scaling: Scaling) -> None:
    if len(set(classes)) < 2 or len(set(classes)) < len(classes):
        message = f"a classifier needs two or more classes of different names, not {classes!r}"
        raise ValueError(message)
    expected = len(inputs.event), len(inputs.object_features)
    given = len(scaling.event_mean), len(scaling.object_mean)
    if expected != given:
        message = f"the scaling is of {given[0]} event and {given[1]} object columns, the inputs have {expected}"
        raise ValueError(message)
