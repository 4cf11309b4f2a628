"""The manifest of a run: what it was started with, enough to start it again and to compare it fairly."""

from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from hepcoder.ledger.errors import RunError
from hepcoder.ledger.events import Sha
from hepcoder.ledger.files import reason, write_atomically
from hepcoder.ledger.installation import (
    PACKAGES,
    Platform,
    describe_packages,
    describe_platform,
    hepcoder_version,
    source_commit,
)
from hepcoder.ledger.record import Record

__all__ = [
    "PACKAGES",
    "InputFile",
    "Manifest",
    "Platform",
    "SandboxInfo",
    "describe_packages",
    "describe_platform",
    "hepcoder_version",
    "read_manifest",
    "source_commit",
    "write_manifest",
]


class InputFile(Record):
    """An input as it was when the run began; `path` is as the user gave it."""

    name: str
    path: str
    bytes: int
    sha256: Sha


class SandboxInfo(Record):
    """The sandbox backend in use, and the protections it lacks on this machine, in words."""

    backend: str
    lacks: tuple[str, ...] = ()


class Manifest(Record):
    """What a run was started with. Holds no value of the environment, no user name and no host name.

    Attributes:
        v: Schema version of this file.
        run: Id of the run.
        created: UTC.
        mode: Whether models are asked, asked and recorded, or answered from a recording.
        replay_of: Id of the recorded run, in mode ``replay``.
        hepcoder: Version of hepcoder.
        source_commit: Commit checked out, when hepcoder runs from a checkout; changes not committed do not show.
        python: Version of Python.
        packages: Versions of the installed packages of `PACKAGES`.
        model: The model as the user asked for it, ``vendor:model``.
        base_url: Address of the vendor's API when it is not the vendor's own; without credentials.
        parameters: Settings of the agents, sampling parameters among them; what was sent is in each `CallFinished`.
        prompts: Digest of each prompt template, by name.
        seeds: Each seed by what it is for.
        inputs: The input files.
        sandbox: None when no code is run.
        task: The task as JSON.
    """

    v: Literal[1] = 1
    run: str
    created: datetime
    mode: Literal["live", "record", "replay"]
    replay_of: str | None = None
    hepcoder: str
    source_commit: str | None = None
    python: str
    platform: Platform
    packages: dict[str, str]
    model: str
    base_url: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    prompts: dict[str, Sha] = Field(default_factory=dict)
    seeds: dict[str, int] = Field(default_factory=dict)
    inputs: tuple[InputFile, ...] = ()
    sandbox: SandboxInfo | None = None
    task: dict[str, Any] = Field(default_factory=dict)


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write a manifest, all of it or nothing.

    Raises:
        StorageError: The file cannot be written.
    """
    write_atomically(path, [manifest.model_dump_json(indent=2).encode(), b"\n"])


def read_manifest(path: Path) -> Manifest:
    """Read a manifest.

    Raises:
        RunError: It is missing, cannot be read, or is damaged; says where.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        message = f"{path} cannot be read: {reason(error)}; the run was stopped before it began, or is no run"
        raise RunError(message) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        message = f"{path} is damaged: {where + ': ' if where else ''}{first['msg']}; restore it from a copy of the run"
        raise RunError(message) from error
