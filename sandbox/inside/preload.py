"""Imports the packages that analysis scripts use, once, and remembers what each of them brings."""

import gc
import importlib
import io
import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType


def preload(modules: Iterable[str]) -> Mapping[str, frozenset[str]]:
    """Import modules and get them ready to be shared by forks; one that is not installed is left out.

    Args:
        modules: Dotted names, in the order of import.

    Returns:
        For each package, the modules that importing it alone brings, those of the interpreter at the start included;
        a package that came along with another is missing.
    """
    at_start = _by_package(sys.modules)
    own = {name: frozenset(found) for name, found in at_start.items()}
    for name in modules:
        package = name.partition(".")[0]
        known = package in _by_package(sys.modules)
        with suppress(ImportError):
            importlib.import_module(package)
            if not known:
                own[package] = frozenset(_by_package(sys.modules)[package])
            importlib.import_module(name)
    _draw_once()
    gc.collect()
    gc.freeze()  # what is never freed need not be copied by a fork
    return MappingProxyType(own)


def _by_package(modules: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in list(modules):
        found.setdefault(name.partition(".")[0], set()).add(name)
    return found


def _draw_once() -> None:
    """Draw a figure, since the first one in a process takes half a second of looking for fonts.

    No formula is in it: the fonts of one would stay open, and a fork shares the place in a file where it reads.
    Those of ordinary text matplotlib itself closes in a fork.
    """
    if "matplotlib.pyplot" not in sys.modules:
        return
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], label="m")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)


def reseed() -> None:
    """Give a fork random numbers of its own, as a new process would have."""
    import random

    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed(int.from_bytes(os.urandom(4)))
