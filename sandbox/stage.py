"""Puts the script and the links to its inputs into a run's folder, and takes the links out again."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from hepcoder.ledger.errors import TaskError
from hepcoder.sandbox.records import Job
from hepcoder.sandbox.validate import SCRIPT_NAME


@contextmanager
def staged(job: Job, targets: Mapping[str, Path]) -> Iterator[Callable[[], None]]:
    """Write the script and one link for each input; at the latest at the end, the links are gone again.

    Args:
        job: A checked job.
        targets: Where each input name points to, as the script will see it.

    Yields:
        A function that removes the links now. What the script put in the place of one stays.

    Raises:
        TaskError: The folder cannot be written.
    """

    def unstage() -> None:
        for name, target in targets.items():
            link = job.folder / name
            with suppress(OSError):
                if os.readlink(link) == str(target):  # noqa: PTH115 - text is compared, the target need not exist here
                    link.unlink()

    try:
        try:
            _fill(job, targets)
        except OSError as error:
            message = f"the run's folder {str(job.folder)!r} cannot be written: {error.strerror}"
            raise TaskError(message) from error
        yield unstage
    finally:
        unstage()


def _fill(job: Job, targets: Mapping[str, Path]) -> None:
    for name, target in targets.items():
        (job.folder / name).symlink_to(target)
    script = job.folder / SCRIPT_NAME
    script.write_bytes(job.script.encode())
    script.chmod(0o644)  # readable by the user that the script may run as
