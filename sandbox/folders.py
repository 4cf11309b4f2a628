"""Walking and deleting folders that foreign code has filled, however deep, odd or hostile they are."""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

MAX_DEPTH = 32

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Entry(NamedTuple):
    """One name met on a walk.

    Attributes:
        name: Path relative to the walked folder, with ``/``.
        status: Its `os.lstat`.
        parent: Descriptor of the folder that holds it, open until the next entry is asked for.
        too_deep: Whether it is a folder that was not entered since it lies `MAX_DEPTH` levels down.
    """

    name: str
    status: os.stat_result
    parent: int
    too_deep: bool


def walk(folder: Path) -> Iterator[Entry]:
    """Yield everything below a folder without following a link, recursing or opening a file.

    Names that vanish meanwhile are left out, and so is what may not be read. Stop iterating to stop the walk.

    Args:
        folder: Where to begin; it is not yielded itself.
    """
    open_folders: list[tuple[int, str, Iterator[str]]] = []
    try:
        _enter(open_folders, str(folder), "", None)
        while open_folders:
            parent, prefix, names = open_folders[-1]
            name = next(names, None)
            if name is None:
                os.close(open_folders.pop()[0])
                continue
            try:
                status = os.lstat(name, dir_fd=parent)
            except OSError:
                continue
            is_folder = stat.S_ISDIR(status.st_mode)
            yield Entry(prefix + name, status, parent, is_folder and len(open_folders) >= MAX_DEPTH)
            if is_folder and len(open_folders) < MAX_DEPTH:
                _enter(open_folders, name, f"{prefix}{name}/", parent)
    finally:
        for descriptor, _, _ in open_folders:
            os.close(descriptor)


def _enter(open_folders: list[tuple[int, str, Iterator[str]]], name: str, prefix: str, parent: int | None) -> None:
    with suppress(OSError):
        descriptor = os.open(name, _DIRECTORY, dir_fd=parent)
        try:
            names = sorted(os.listdir(descriptor))  # noqa: PTH208 - a descriptor
        except OSError:
            os.close(descriptor)
            raise
        open_folders.append((descriptor, prefix, iter(names)))


def remove_folder(folder: Path) -> None:
    """Delete a folder and everything below it, of any depth, following no link.

    Only call it when no process can still write there.

    Args:
        folder: The folder; nothing happens if it is not there.

    Raises:
        OSError: Something may not be deleted.
    """
    with suppress(FileNotFoundError):
        empty_folder(folder)
        folder.rmdir()


def empty_folder(folder: Path, *, keep: frozenset[str] = frozenset(), most_entries: int | None = None) -> None:
    """Delete everything below a folder, of any depth, following no link.

    Inner folders are first moved up to the top, so that neither recursion nor path length can break it.
    Only call it when no process can still write there.

    Args:
        folder: The folder; it stays.
        keep: Names in it that stay, with what is below them.
        most_entries: Give up when there are more of them at the top or in a folder below; None for no bound.

    Raises:
        OSError: The folder is missing, something may not be deleted, or there is too much.
    """
    top = os.open(folder, _DIRECTORY)
    try:
        moved = 0
        while names := set(os.listdir(top)) - keep:  # noqa: PTH208 - a descriptor
            if most_entries is not None and (len(names) > most_entries or moved > most_entries):
                message = f"{folder} holds more than {most_entries} entries"
                raise OSError(message)
            for name in names:
                moved = _remove_one(top, name, moved)
    finally:
        os.close(top)


def move_contents(source: Path, target: Path) -> None:
    """Move everything in a folder into another, empty one, following no link.

    On another file system regular files, folders and links are copied, and nothing else.
    Only call it when no process can still write there.

    Raises:
        OSError: Something could not be moved.
    """
    top = os.open(source, _DIRECTORY)
    try:
        to = os.open(target, _DIRECTORY)
        try:
            for name in os.listdir(top):  # noqa: PTH208 - a descriptor
                _move_one(top, name, to, Path(target, name))
        finally:
            os.close(to)
    finally:
        os.close(top)


def _move_one(source: int, name: str, target: int, path: Path) -> None:
    status = os.lstat(name, dir_fd=source)
    if stat.S_ISDIR(status.st_mode):
        os.chmod(name, 0o700, dir_fd=source)  # a folder that we may not write to cannot be moved
    try:
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        if stat.S_ISDIR(status.st_mode) or stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            shutil.move(f"/proc/self/fd/{source}/{name}", path)


def _remove_one(top: int, name: str, moved: int) -> int:
    """Delete one name of the top folder; its inner folders become names of the top folder."""
    if not stat.S_ISDIR(os.lstat(name, dir_fd=top).st_mode):
        os.unlink(name, dir_fd=top)
        return moved
    os.chmod(name, 0o700, dir_fd=top)
    inner = os.open(name, _DIRECTORY, dir_fd=top)
    try:
        for child in os.listdir(inner):  # noqa: PTH208 - a descriptor
            if stat.S_ISDIR(os.lstat(child, dir_fd=inner).st_mode):
                os.chmod(child, 0o700, dir_fd=inner)
                moved = _move_up(inner, child, top, moved)
            else:
                os.unlink(child, dir_fd=inner)
    finally:
        os.close(inner)
    os.rmdir(name, dir_fd=top)
    return moved


def _move_up(inner: int, child: str, top: int, moved: int) -> int:
    while True:
        moved += 1
        try:
            os.lstat(f".removed-{moved}", dir_fd=top)
        except FileNotFoundError:
            os.rename(child, f".removed-{moved}", src_dir_fd=inner, dst_dir_fd=top)
            return moved
