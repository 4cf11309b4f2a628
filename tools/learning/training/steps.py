"""One step of a training: loss, gradients, new weights."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from hepcoder.tools.learning.batches import Batch
from hepcoder.tools.learning.models.classifier import Classifier, tensors
from hepcoder.tools.learning.models.pytorch import nn, torch
from hepcoder.tools.learning.training.configs import NegativeWeights, TrainingConfig
from hepcoder.tools.learning.training.devices import autocast_type


class Stepper:
    """A classifier with its loss and its optimiser.

    The loss of an event is its weight, times the factor of its class, times the cross-entropy of its logits. A step
    divides the sum over its events by a constant (the batch size), not by the sum of their weights: an event counts
    the same in whichever batch it falls, and batches whose weights sum to 0 do no harm.
    """

    def __init__(
        self,
        classifier: Classifier,
        config: TrainingConfig,
        *,
        factors: tuple[float, ...],
        batch_size: int,
        device: torch.device,
    ) -> None:
        """Put the classifier on the device and make its optimiser.

        Args:
            classifier: To train.
            config: Settings.
            factors: On the weights of each class.
            batch_size: What sums over a batch are divided by.
            device: Where.
        """
        self.classifier = classifier.to(device)
        self.device = device
        self.optimiser = optimiser_of(classifier, config)
        self._type = autocast_type(config, device)
        self.scaler = torch.amp.GradScaler(device.type, enabled=self._type == torch.float16)
        self._parameters = [one for one in classifier.parameters() if one.requires_grad]
        self._factors = torch.tensor(factors, dtype=torch.float32, device=device)
        self._share = 1.0 / batch_size
        self._clip = config.gradient_clip
        self._negative = config.negative_weights

    @property
    def precision(self) -> str:
        """``float32``, or the type of autocast."""
        return str(self._type or torch.float32).removeprefix("torch.")

    def step(self, batch: Batch, learning_rate: float) -> torch.Tensor:
        """Change the weights by one batch; its loss, still on the device so that nothing waits for it."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.zero_grad(set_to_none=True)
        total, _, _ = self.losses(batch)
        loss = total * self._share
        if self.scaler.is_enabled():
            self._scaled_step(loss)
        else:
            loss.backward()  # type: ignore[no-untyped-call]
            self._clip_gradients()
            self.optimiser.step()
        return loss.detach()

    def _scaled_step(self, loss: torch.Tensor) -> None:
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.unscale_(self.optimiser)
        self._clip_gradients()
        self.scaler.step(self.optimiser)
        self.scaler.update()

    def _clip_gradients(self) -> None:
        if self._clip is not None:
            nn.utils.clip_grad_norm_(self._parameters, self._clip)

    def losses(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Weighted loss summed over a batch, the weights (n,) and the logits (n, classes)."""
        inputs = [one.to(self.device, non_blocking=True) for one in tensors(batch)]
        label, weight = self._moved(batch.label), counted_tensor(self._moved(batch.weight), self._negative)
        with self._autocast():
            logits = self.classifier(*inputs)
        logits = logits.float()
        each = nn.functional.cross_entropy(logits, label, weight=self._factors, reduction="none")
        return torch.dot(each, weight), weight * self._factors[label], logits

    def _moved(self, values: Any) -> torch.Tensor:
        tensor = torch.from_numpy(values if values.flags.writeable else values.copy())
        return tensor.to(self.device, non_blocking=True)

    def _autocast(self) -> AbstractContextManager[None]:
        if self._type is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self._type)


def counted_tensor(weight: torch.Tensor, negative_weights: NegativeWeights) -> torch.Tensor:
    """Weights as training counts them, (n,)."""
    if negative_weights == "absolute":
        return weight.abs()
    return weight.clamp(min=0) if negative_weights == "drop" else weight


def optimiser_of(classifier: Classifier, config: TrainingConfig) -> torch.optim.Optimizer:
    """The optimiser that a config asks for, in its fused form: one pass over the weights, where PyTorch has it."""
    parameters = [one for one in classifier.parameters() if one.requires_grad]
    rate, decay = config.learning_rate, config.weight_decay
    match config.optimiser:
        case "adam":
            return torch.optim.Adam(parameters, lr=rate, weight_decay=decay, fused=True)
        case "adamw":
            return torch.optim.AdamW(parameters, lr=rate, weight_decay=decay, fused=True)
        case "sgd":
            return torch.optim.SGD(parameters, lr=rate, weight_decay=decay, momentum=0.9, fused=True)
