"""What the installed packages really have: modules, their names, and the arguments of their functions."""

import inspect
import warnings
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

LOOKED_INTO = frozenset(
    {
        "awkward", "csv", "hist", "itertools", "json", "math", "matplotlib", "matplotlib.pyplot", "mplhep", "numpy",
        "numpy.linalg", "os", "pathlib", "scipy.constants", "scipy.integrate", "scipy.interpolate", "scipy.optimize",
        "scipy.special", "scipy.stats", "uproot", "vector",
    }
)  # fmt: skip
"""Packages that scripts use; only these are imported to be looked into."""


@cache
def is_installed(module: str) -> bool:
    """Whether a top-level package is there; it is not imported."""
    try:
        return find_spec(module.split(".", maxsplit=1)[0]) is not None
    except ValueError:
        return True


@cache
def names_of(module: str) -> frozenset[str] | None:
    """The names of a module, None for one that is not looked into or not there.

    Example:
        >>> "hypot" in names_of("math"), names_of("antigravity")
        (True, None)
    """
    if module not in LOOKED_INTO:
        return None
    try:
        found = import_module(module)
    except ImportError:
        return None
    return frozenset({*dir(found), *getattr(found, "__all__", ())})


def has(module: str, name: str) -> bool:
    """Whether a module that is looked into has a name or a submodule; true for any other module.

    Example:
        >>> has("math", "sqrt"), has("math", "sqroot"), has("nowhere", "x")
        (True, False, True)
    """
    names = names_of(module)
    if names is None or name in names:
        return True
    if f"{module}.{name}" in LOOKED_INTO:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of names that will go
            if hasattr(import_module(module), name):
                return True
        return find_spec(f"{module}.{name}") is not None
    except (ImportError, AttributeError, ValueError):
        return False


def is_module(module: str, name: str) -> bool:
    """Whether a name of a module that is looked into is a module itself."""
    return inspect.ismodule(getattr(import_module(module), name, None))


@cache
def parameters(function: str) -> tuple[str, ...]:
    """Names of the arguments of a function by its dotted name; empty when it is not found or does not tell.

    Example:
        >>> parameters("json.dump")[:2]
        ('obj', 'fp')
    """
    module, _, name = function.rpartition(".")
    module = module or "builtins"
    if module not in LOOKED_INTO and module not in {"hepcoder.tools", "builtins"}:
        return ()
    found: Any = getattr(import_module(module), name, None)
    return _parameters(found) if callable(found) else ()


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    return tuple(one.name for one in found if one.kind not in {one.VAR_KEYWORD, one.VAR_POSITIONAL})


@cache
def methods(name: str) -> tuple[str, ...]:
    """Names of the arguments of a method that scripts call on trees, branches, axes and figures; empty if unknown."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from uproot import TBranch, TTree

    owners = [one for one in (TTree, TBranch, Axes, Figure) if hasattr(one, name)]
    return tuple(dict.fromkeys(each for one in owners for each in _parameters(getattr(one, name)) if each != "self"))


@cache
def names_of_class(name: str) -> frozenset[str]:
    """The names of a class of matplotlib that errors speak of, such as ``Axes``; empty if unknown."""
    from matplotlib import axes, figure, lines, patches, text

    found = next((getattr(one, name) for one in (axes, figure, lines, patches, text) if hasattr(one, name)), None)
    return frozenset(dir(found)) if found else frozenset()


def properties_of_class(name: str) -> tuple[str, ...]:
    """What can be set of a class of matplotlib by keyword, such as ``linestyle`` of ``Line2D``.

    Example:
        >>> "linestyle" in properties_of_class("Line2D")
        True
    """
    return tuple(sorted(one[4:] for one in names_of_class(name) if one.startswith("set_")))
