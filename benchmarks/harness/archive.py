"""A study as one small file: the ledger of every cell, without what can be made again."""

import io
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hepcoder.benchmarks.harness.folder import RESULT, StudyFolder
from hepcoder.benchmarks.harness.matrix import cells_of
from hepcoder.ledger.errors import RunError, StorageError
from hepcoder.ledger.files import reason, write_atomically

SUFFIX = ".tar.xz"
_LEDGER = ("manifest.json", "trials/*/events.jsonl", "artifacts/*")


def write_archive(folder: StudyFolder, path: Path) -> int:
    """Put the study and the ledgers of all cells that are done into one file; the same study gives the same bytes.

    Args:
        folder: The study.
        path: The file, ending in ``.tar.xz``.

    Returns:
        How many cells are in it.

    Raises:
        RunError: There is no study, or it is damaged.
        StorageError: The file cannot be written.
    """
    study = folder.read()
    places = [folder.cell(cell.digest) for cell in cells_of(study)]
    done = [place for place in places if place.is_done]
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:xz", preset=9) as archive:
        _add(archive, folder.study_path, folder.path)
        for place in done:
            _add(archive, place.path / RESULT, folder.path)
            for run in place.runs():
                for file in sorted(found for pattern in _LEDGER for found in run.path.glob(pattern)):
                    _add(archive, file, folder.path)
    write_atomically(path, [buffer.getvalue()])
    return len(done)


@contextmanager
def open_study(path: Path) -> Iterator[StudyFolder]:
    """A study to read, from its folder or from an archive of it.

    Args:
        path: A folder, or a file that `write_archive` wrote.

    Yields:
        The study; that of an archive is unpacked while the block lasts.

    Raises:
        RunError: There is no study, or the archive is damaged.
    """
    if path.is_dir() or not path.exists():
        folder = StudyFolder(path)
        folder.read()
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="hepcoder-study-") as name:
        try:
            with tarfile.open(path, mode="r:xz") as archive:
                archive.extractall(name, filter="data")
        except (OSError, EOFError, tarfile.TarError) as error:
            message = f"{path} is no archive of a study, or is damaged: {error}; export it again"
            raise RunError(message) from error
        folder = StudyFolder(Path(name))
        folder.read()
        yield folder


def _add(archive: tarfile.TarFile, file: Path, root: Path) -> None:
    """Add a file under its name in the study, without owner and time."""
    try:
        content = file.read_bytes()
    except OSError as error:
        message = f"{file} cannot be read: {reason(error)}"
        raise StorageError(message) from error
    entry = tarfile.TarInfo(file.relative_to(root).as_posix())
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
