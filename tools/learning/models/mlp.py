"""The multilayer perceptron."""

from hepcoder.tools.learning.inputs import Inputs
from hepcoder.tools.learning.models.configs import MlpConfig
from hepcoder.tools.learning.models.layers import dense
from hepcoder.tools.learning.models.pytorch import nn, torch


class Mlp(nn.Module):
    """Logits from the event columns and the flattened objects; places without an object are zeros with a flag 0."""

    def __init__(self, inputs: Inputs, n_classes: int, config: MlpConfig) -> None:
        super().__init__()
        if not config.use_objects and not inputs.event:
            message = "an MLP with use_objects=False needs an event column; the inputs have lists of objects only"
            raise ValueError(message)
        self.use_objects = config.use_objects and bool(inputs.objects)
        places = inputs.n_objects * (len(inputs.object_features) + 1) if self.use_objects else 0
        self.layers = dense(
            (len(inputs.event) + places, *config.hidden),
            n_classes,
            activation_name=config.activation,
            norm_name=config.norm,
            dropout=config.dropout,
        )

    def forward(
        self,
        event: torch.Tensor,
        objects: torch.Tensor,
        four_vectors: torch.Tensor,  # noqa: ARG002
        mask: torch.Tensor,
    ) -> torch.Tensor:
        """Logits (n, classes) of scaled inputs; four-vectors are not looked at."""
        columns = [event, objects.flatten(1), mask.to(event.dtype)] if self.use_objects else [event]
        logits: torch.Tensor = self.layers(torch.cat(columns, dim=1))
        return logits
