"""The folders for temporary files, which are as they were at the start when the next job begins."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from hepcoder.sandbox.folders import empty_folder

_MOST_ENTRIES = 5000


def given(folders: Iterable[str]) -> Mapping[Path, frozenset[str]]:
    """Return every folder that is there before any job, with the names in it.

    Places where something else is mounted, such as a Python that lives below /tmp, are names and no folders.
    """
    found: dict[Path, frozenset[str]] = {}
    pending = [Path(folder) for folder in folders]
    while pending:
        folder = pending.pop()
        names = frozenset(path.name for path in folder.iterdir())
        found[folder] = names
        device = folder.stat().st_dev
        inner = [folder / name for name in names]
        pending += [path for path in inner if path.is_dir() and not path.is_symlink() and path.stat().st_dev == device]
    return found


def wipe(folders: Mapping[Path, frozenset[str]]) -> bool:
    """Remove all that jobs have left; tell whether that worked.

    Args:
        folders: What `given` returned.
    """
    try:
        for folder, names in folders.items():
            empty_folder(folder, keep=names, most_entries=_MOST_ENTRIES)
    except OSError:
        return False
    return True
