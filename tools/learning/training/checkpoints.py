"""Checkpoints that are whole or not there at all."""

import io
import os
import pickle
from pathlib import Path
from typing import Any

from hepcoder.tools.learning.models.pytorch import torch
from hepcoder.tools.learning.training.errors import TrainingError

CHECKPOINT_NAME = "checkpoint.pt"
_FORMAT = 1


def write_checkpoint(folder: Path, content: dict[str, Any]) -> Path:
    """Replace the checkpoint of a folder in one step: a kill or a full disk leaves the one before.

    Args:
        folder: Of the training.
        content: Tensors, numbers, text, and lists and dicts of them.

    Returns:
        Path of the checkpoint.

    Raises:
        OSError: If it cannot be written, such as on a full disk; names the checkpoint that is still there.
    """
    path, unfinished = folder / CHECKPOINT_NAME, folder / (CHECKPOINT_NAME + ".tmp")
    # torch hides the reason of a failed write in a RuntimeError; bytes are written by us and say it
    buffer = io.BytesIO()
    torch.save({"format": _FORMAT, **content}, buffer)
    try:
        with unfinished.open("wb") as file:
            file.write(buffer.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        kept = f"the one before is kept: {path}" if path.is_file() else "there is none yet"
        size = buffer.getbuffer().nbytes / 1e6
        message = f"cannot write a checkpoint of {size:.2f} MB into {folder}: {error.strerror}; {kept}"
        raise OSError(error.errno, message) from error
    _sync_folder(folder)
    return path


def _sync_folder(folder: Path) -> None:
    """Make the renaming last through a power failure, where the system can (not on Windows)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_checkpoint(folder: Path) -> dict[str, Any] | None:
    """The checkpoint of a folder, on the CPU; None where there is none.

    Nothing but tensors and plain data is read, so that a file from elsewhere cannot run code.

    Raises:
        TrainingError: If the file is no checkpoint of ours, or damaged.
    """
    path = folder / CHECKPOINT_NAME
    if not path.is_file():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError) as error:
        message = f"{path} cannot be read as a checkpoint, it is damaged or of another program: {error}"
        raise TrainingError(message) from error
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        message = f"{path} is no checkpoint of a training of format {_FORMAT}; train anew in another folder"
        raise TrainingError(message)
    return content
