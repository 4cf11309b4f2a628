"""The scaling as part of a network."""

from collections.abc import Sequence

from hepcoder.tools.learning.models.pytorch import nn, torch
from hepcoder.tools.learning.models.scaling import Scaling

# Standard deviations beyond which a value says no more; float32 networks overflow on values such as 1e30.
LIMIT = 50.0
_TINY = 1e-30


class Scaler(nn.Module):
    """Raw columns to scaled ones, kept within ±`LIMIT`; its numbers are buffers, saved with the weights."""

    def __init__(self, scaling: Scaling) -> None:
        super().__init__()
        for kind in ("event", "object"):
            for name, dtype in (("mean", torch.float32), ("std", torch.float32), ("log", torch.bool)):
                values: Sequence[float] = getattr(scaling, f"{kind}_{name}")
                self.register_buffer(f"{kind}_{name}", torch.tensor(values, dtype=dtype))

    def forward(
        self, event: torch.Tensor, objects: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Scaled event columns, and scaled objects that are 0 where the mask is False."""
        scaled = self._scaled(objects, "object")
        return self._scaled(event, "event"), torch.where(mask[..., None], scaled, 0.0)

    def _scaled(self, values: torch.Tensor, kind: str) -> torch.Tensor:
        mean, std, log = (self.get_buffer(f"{kind}_{name}") for name in ("mean", "std", "log"))
        taken = torch.where(log, values.clamp(min=_TINY).log(), values)
        return ((taken - mean) / std).clamp(-LIMIT, LIMIT)
