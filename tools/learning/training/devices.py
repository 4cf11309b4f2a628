"""Where a training runs, and with which numbers."""

from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.training.configs import TrainingConfig
from hepcoder.tools.learning.training.errors import TrainingError


def device_of(config: TrainingConfig) -> torch.device:
    """The device that a config asks for.

    Raises:
        TrainingError: If it is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if config.device == "auto":
        return torch.device(next(name for name, is_there in there.items() if is_there))
    if not there[config.device]:
        message = (
            f"device {config.device!r} is not available here; take one of {[n for n, yes in there.items() if yes]}"
        )
        raise TrainingError(message)
    return torch.device(config.device)


def autocast_type(config: TrainingConfig, device: torch.device) -> torch.dtype | None:
    """Type of autocast; None for float32 throughout."""
    if config.precision == "bfloat16":
        return torch.bfloat16
    if config.precision == "mixed" and device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return None
