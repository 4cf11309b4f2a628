"""The packages that a fork server imports before any script."""

import re

_ALWAYS = ("numpy", "awkward", "uproot", "hist", "matplotlib", "matplotlib.pyplot", "mplhep", "hepcoder.tools")
_ON_DEMAND = {"torch": ("torch",), "coffea": ("coffea.nanoevents",), "numba": ("numba",)}
_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+(\w+)", re.MULTILINE)


def modules_for(script: str) -> tuple[str, ...]:
    """Return what a server for a script should have imported, in the order of import.

    The heavy packages among them are only there for scripts that import them.

    Example:
        >>> modules_for("import torch")[-1]
        'torch'
    """
    wanted = set(_IMPORT.findall(script))
    return _ALWAYS + tuple(module for name, modules in _ON_DEMAND.items() if name in wanted for module in modules)
