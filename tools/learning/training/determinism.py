"""Seeds, threads and deterministic operations for the time of a training; the caller's own are restored."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.training.configs import TrainingConfig


@contextmanager
def reproducible(config: TrainingConfig) -> Iterator[None]:
    """Within it PyTorch draws from the config's seed, on its threads, and deterministically if it says so.

    The random state, the number of threads and the mode are the caller's again afterwards.

    Args:
        config: With `seed`, `n_threads` and `deterministic`.

    Example:
        >>> with reproducible(TrainingConfig(seed=1)):
        ...     first = torch.rand(2)
        >>> with reproducible(TrainingConfig(seed=1)):
        ...     print(torch.equal(first, torch.rand(2)))
        True
    """
    threads, mode = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    benchmark = torch.backends.cudnn.benchmark
    with torch.random.fork_rng():
        try:
            torch.manual_seed(config.seed)
            if config.n_threads is not None:
                torch.set_num_threads(config.n_threads)
            if config.deterministic:
                # cuBLAS reads it when it first starts, and is deterministic with no other value but this and :16:8
                os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
                torch.use_deterministic_algorithms(mode=True)
                torch.backends.cudnn.benchmark = False
            yield
        finally:
            torch.backends.cudnn.benchmark = benchmark
            torch.set_deterministic_debug_mode(mode)
            torch.set_num_threads(threads)


def order_seed(seed: int, epoch: int) -> int:
    """Seed of the order of events in an epoch; each epoch has its own, whatever was drawn before.

    Example:
        >>> order_seed(42, 1) == order_seed(42, 1) != order_seed(42, 2)
        True
    """
    return int(np.random.SeedSequence([seed, epoch]).generate_state(1)[0])


def random_state(device: torch.device) -> dict[str, torch.Tensor]:
    """State of PyTorch's random generators."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def restore_random_state(states: dict[str, torch.Tensor], device: torch.device) -> None:
    """Set what `random_state` gave; of another device there is none, and its generator stays as it is."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)
