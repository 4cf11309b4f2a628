"""Refuses a job that cannot run, before anything is started."""

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path

from hepcoder.ledger.errors import InputError, TaskError
from hepcoder.sandbox.capacity import check_limits
from hepcoder.sandbox.records import MIB, Input, Job

SCRIPT_NAME = "script.py"
MAX_SCRIPT_BYTES = 50 * MIB
MAX_INPUTS = 1000
_CODE = re.compile(r"(?:^|[\r\n])[ \t\f]*[^\s#]")


def check_job(job: Job, *, foreign_reader: bool = False) -> None:
    """Ensure that a job can run.

    Args:
        job: The job.
        foreign_reader: Whether the script runs as a user who owns none of the inputs, so that each must be
            readable by everybody.

    Raises:
        InputError: An input is not a readable regular file with something in it.
        TaskError: The script is not encodable, too long or holds no code, the folder is missing, a link, not empty or
            cannot be written, a limit is not this machine's, or a name clashes or is no plain file name.
    """
    _check_script(job.script)
    _check_folder(job.folder)
    check_limits(job.limits, job.folder)
    check_inputs(job.inputs, foreign_reader=foreign_reader)


def check_inputs(inputs: Sequence[Input], *, foreign_reader: bool = False) -> None:
    """Ensure that a script can be given these inputs.

    Args:
        inputs: The inputs.
        foreign_reader: As for `check_job`.

    Raises:
        InputError: An input is not a readable regular file with something in it.
        TaskError: There are too many, or a name clashes or is no plain file name.
    """
    if len(inputs) > MAX_INPUTS:
        message = f"{len(inputs)} inputs are more than {MAX_INPUTS}; merge them or pass one file that lists them"
        raise TaskError(message)
    seen = {SCRIPT_NAME}
    for item in inputs:
        _check_name(item.name, seen)
        seen.add(item.name)
        _check_input(item, foreign_reader=foreign_reader)


def holds_code(script: str) -> bool:
    r"""Whether a script has a line that is more than blanks and a comment.

    Example:
        >>> holds_code("# to do\n\n"), holds_code("# to do\nprint(1)")
        (False, True)
    """
    return _CODE.search(script.lstrip("\ufeff")) is not None


def _check_script(script: str) -> None:
    if not holds_code(script):
        message = f"the script of {len(script)} characters holds no code: it is empty or all comments"
        raise TaskError(message)
    try:
        size = len(script.encode())
    except UnicodeEncodeError as error:
        message = f"the script is not encodable as UTF-8 at character {error.start}: {script[error.start]!a}"
        raise TaskError(message) from error
    if size > MAX_SCRIPT_BYTES:
        message = f"the script has {size} bytes, more than {MAX_SCRIPT_BYTES}"
        raise TaskError(message)


def _check_folder(folder: Path) -> None:
    if not folder.is_absolute():
        message = f"the run's folder must be an absolute path, not {str(folder)!r}"
        raise TaskError(message)
    try:
        status = folder.lstat()
        names = sorted(path.name for path in folder.iterdir()) if stat.S_ISDIR(status.st_mode) else []
    except (OSError, ValueError) as error:
        message = f"the run's folder {str(folder)!r} is not usable: {error}"
        raise TaskError(message) from error
    if not stat.S_ISDIR(status.st_mode):
        message = f"the run's folder {str(folder)!r} is not a folder but {_kind(status)}"
        raise TaskError(message)
    if names:
        message = f"the run's folder {str(folder)!r} must be empty but holds {names[0]!r}; give each run its own"
        raise TaskError(message)
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"the run's folder {str(folder)!r} is not writable"
        raise TaskError(message)


def _check_name(name: str, seen: set[str]) -> None:
    if name in {"", ".", ".."} or "/" in name or not name.isprintable() or len(os.fsencode(name)) > 255:
        message = f"{name!r} is no plain file name for an input"
        raise TaskError(message)
    if name in seen:
        owner = "the script itself" if name == SCRIPT_NAME else "two inputs"
        message = f"the name {name!r} would belong to {owner}; rename the input"
        raise TaskError(message)


def _check_input(item: Input, *, foreign_reader: bool) -> None:
    where = f"input {item.name!r} at {str(item.path)!r}"
    if not item.path.is_absolute():
        message = f"{where} must be an absolute path"
        raise InputError(message)
    try:
        status = item.path.stat()
    except (OSError, ValueError) as error:
        message = f"{where} is not usable: {getattr(error, 'strerror', None) or error}"
        raise InputError(message) from error
    if not stat.S_ISREG(status.st_mode):
        message = f"{where} is not a regular file but {_kind(status)}"
        raise InputError(message)
    if status.st_size == 0:
        message = f"{where} is empty (0 bytes); copy it again"
        raise InputError(message)
    if not os.access(item.path, os.R_OK):
        message = f"{where} may not be read by this user"
        raise InputError(message)
    if foreign_reader and not status.st_mode & stat.S_IROTH:
        message = (
            f"{where} is closed to other users, and scripts started by root run as another user: "
            f"open it with chmod o+r, or do not run hepcoder as root"
        )
        raise InputError(message)


def _kind(status: os.stat_result) -> str:
    names = {
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a link",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFREG: "a file",
    }
    return names.get(stat.S_IFMT(status.st_mode), "a device")
