"""The only room that talks to a model: supervisor, coder, executor, debugger, verifier.

`Supervisor` and `Solution` are what users import; they are loaded on first use, so that importing this room is free.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hepcoder.agents.options import Options
    from hepcoder.agents.solution import Solution
    from hepcoder.agents.supervisor import Supervisor

__all__ = ["Options", "Solution", "Supervisor"]

_HOMES = {"Options": "options", "Solution": "solution", "Supervisor": "supervisor"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}; it offers {', '.join(__all__)}"
        raise AttributeError(message)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
