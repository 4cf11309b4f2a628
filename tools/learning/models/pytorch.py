"""PyTorch, or how to install it."""

try:
    import torch
    from torch import nn
except ImportError as error:
    _MESSAGE = "neural networks need PyTorch; install it with: pip install 'hepcoder[ml]'"
    raise ImportError(_MESSAGE) from error

__all__ = ["nn", "torch"]
