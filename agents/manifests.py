"""The manifest of a trial's run: what it was started with, and whether a later start finds the same."""

import hashlib
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit, urlunsplit

from hepcoder.agents.prompting import prompt_hashes
from hepcoder.agents.trial import TrialSetup
from hepcoder.ledger.errors import InputError
from hepcoder.ledger.manifest import (
    InputFile,
    Manifest,
    SandboxInfo,
    describe_packages,
    describe_platform,
    hepcoder_version,
    source_commit,
)
from hepcoder.sandbox.choose import describe
from hepcoder.sandbox.records import Input


def make_manifest(setup: TrialSetup) -> Manifest:
    """The manifest of a run that begins now.

    Raises:
        InputError: An input cannot be read.
    """
    options = setup.options
    return Manifest(
        run=setup.run.id,
        created=datetime.now(UTC),
        mode=setup.mode,
        replay_of=None if setup.source is None else setup.source.id,
        hepcoder=hepcoder_version(),
        source_commit=source_commit(),
        python=platform.python_version(),
        platform=describe_platform(),
        packages=describe_packages(),
        model=setup.model,
        base_url=None if setup.base_url is None else without_credentials(setup.base_url),
        parameters=options.model_dump(mode="json"),
        prompts=dict(prompt_hashes()),
        seeds={} if options.seed is None else {"sampling": options.seed},
        inputs=tuple(_input_file(item) for item in setup.inputs),
        sandbox=SandboxInfo(backend=describe(setup.sandbox)),
        task=setup.task.model_dump(mode="json"),
    )


def refuse_changed(inputs: Sequence[Input], recorded: Sequence[InputFile]) -> None:
    """Ensure that the inputs are those that a run began with.

    Raises:
        InputError: One is missing, or has another digest; says both.
    """
    for item, before in zip(inputs, recorded, strict=True):
        now = _input_file(item)
        if now.sha256 != before.sha256:
            message = (
                f"input {str(item.path)!r} has sha256 {now.sha256[:12]}, the run began with {before.sha256[:12]}; "
            )
            raise InputError(message + "put the recorded file back")


def without_credentials(url: str) -> str:
    """The URL without a user name and password.

    Example:
        >>> without_credentials("https://me:secret@host:8000/v1")
        'https://host:8000/v1'
    """
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rsplit("@", 1)[-1]))


def _input_file(item: Input) -> InputFile:
    try:
        with item.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = item.path.stat().st_size
    except OSError as error:
        message = f"input {str(item.path)!r} cannot be read: {error.strerror or error}; put it back or name another"
        raise InputError(message) from error
    return InputFile(name=item.name, path=str(item.path), bytes=size, sha256=digest)
