"""Where this Python, its packages and the parts of hepcoder lie, and where they are shown to scripts."""

import importlib.util
import os
import sys
from pathlib import Path

from hepcoder.ledger.errors import SandboxError

OWN_ROOT = "/opt/hepcoder"
INSIDE = f"{OWN_ROOT}/hepcoder/sandbox/inside"
JOB = "/job"
DATA = "/data"
HOME = "/tmp/home"  # noqa: S108 - of the sandbox
SCRATCH = ("/tmp", "/dev/shm")  # noqa: S108

_VISIBLE_ROOMS = ("ledger", "sandbox", "tools")
_HIDDEN_ROOMS = ("agents", "benchmarks", "graphs", "ui")


def python_roots() -> list[Path]:
    """Return the folders that this Python and its packages live in, outer ones first."""
    roots = {Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), Path(sys.base_exec_prefix)}
    return sorted(roots | {root.resolve() for root in roots}, key=lambda root: len(root.parts))


def interpreter_places() -> list[Path]:
    """Return the paths of this interpreter: `sys.executable` and each link on the way from it."""
    places = [Path(sys.executable)]
    while places[-1].is_symlink():
        places.append(Path(os.path.normpath(places[-1].parent / places[-1].readlink())))
    return places


def hidden_folders() -> list[Path]:
    """Return what a script must not reach even where it lies inside a shown folder: the rest of hepcoder.

    That is the checkout of an editable install with its tests and its history, and the package folder of an
    ordinary one.
    """
    hidden: set[Path] = set()
    for room in _HIDDEN_ROOMS:
        hidden.update(Path(place).resolve() for place in _places(f"hepcoder.{room}"))
    hidden.update(Path(place).resolve() for place in _places("hepcoder"))
    for room in _VISIBLE_ROOMS:
        for place in _places(f"hepcoder.{room}"):
            parent = Path(place).resolve().parent
            if parent.name == "hepcoder" or (parent / "pyproject.toml").exists():
                hidden.add(parent)
    return [place for place in hidden if place.is_dir()]


def own_rooms() -> dict[str, str]:
    """Return the folder of each part of hepcoder that scripts may import, by name, with links resolved.

    Raises:
        SandboxError: One is missing.
    """
    found = {}
    for room in _VISIBLE_ROOMS:
        places = _places(f"hepcoder.{room}")
        if not places:
            message = f"hepcoder.{room} cannot be found; the installation is damaged"
            raise SandboxError(message)
        found[room] = os.path.realpath(places[0])
    return found


def _places(name: str) -> list[str]:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return []
    return list(spec.submodule_search_locations or ()) if spec is not None else []
