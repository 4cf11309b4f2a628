"""Puts a script and the links to its inputs into a job's folder, and takes the links out again."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hepcoder.sandbox.validate import SCRIPT_NAME


@contextmanager
def staged(folder: Path, script: str, targets: Mapping[str, Path]) -> Iterator[None]:
    """Write the script and one link for each input; at the end, the links are gone again.

    What the script put in the place of a link stays.

    Args:
        folder: The job's folder.
        script: Python source.
        targets: Where each input name points to, as the script will see it.

    Raises:
        OSError: The folder cannot be written.
    """
    try:
        for name, target in targets.items():
            (folder / name).symlink_to(target)
        file = folder / SCRIPT_NAME
        file.write_bytes(script.encode())
        file.chmod(0o644)  # readable by the user that the script may run as
        yield
    finally:
        for name, target in targets.items():
            link = folder / name
            with suppress(OSError):
                if os.readlink(link) == str(target):  # noqa: PTH115 - text is compared, the target need not exist here
                    link.unlink()
