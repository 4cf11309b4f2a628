"""Seeded makers of small samples in the layouts of public data, for the demonstration and for tests."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hepcoder.tools.samples.hyy import make_hyy_sample

__all__ = ["make_hyy_sample"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.hyy"), name)
