"""What a fork server says to us, taken with the distrust that anything out of a sandbox deserves."""

import json
import socket
from typing import Any

from pydantic import Field, ValidationError

from hepcoder.ledger.record import Record

MOST_BYTES = 64 * 1024


class Reply(Record):
    """One message of a fork server; just one of the first four says which.

    Attributes:
        ready: It has imported its packages and takes jobs; its process id as it sees it.
        started: A script is about to begin.
        failed: Why a script could not begin.
        ended: Wait status of a job.
        cpu_seconds: CPU time of the job and of the children that it waited for.
        peak_rss_bytes: Resident memory of its largest process, pages of files included.
        clean: Whether nothing of the job is left.
    """

    ready: int | None = None
    started: int | None = None
    failed: str | None = None
    ended: int | None = Field(default=None, ge=0, le=0xFFFF)
    cpu_seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    peak_rss_bytes: int = Field(default=0, ge=0)
    clean: bool = False


class LostWorkerError(Exception):
    """A fork server is gone, or says what makes no sense."""


def parse_reply(message: bytes) -> Reply:
    """Read one message.

    Raises:
        LostWorkerError: It is empty, which means that the server is gone, or no message of the protocol.
    """
    if not message:
        text = "the fork server ended"
        raise LostWorkerError(text)
    try:
        return Reply.model_validate_json(message)
    except ValidationError as error:
        text = f"the fork server said {message[:80]!r}"
        raise LostWorkerError(text) from error


def receive(control: socket.socket) -> Reply | None:
    """Read the next message; None when there is none yet and the socket does not wait.

    Raises:
        LostWorkerError: The server is gone or says what makes no sense.
    """
    try:
        return parse_reply(control.recv(MOST_BYTES))
    except BlockingIOError:
        return None
    except OSError as error:
        text = f"the fork server cannot be reached: {error.strerror}"
        raise LostWorkerError(text) from error


def send(control: socket.socket, message: dict[str, Any], descriptors: tuple[int, ...] = ()) -> None:
    """Send one message with some descriptors.

    Raises:
        LostWorkerError: The server is gone.
    """
    try:
        socket.send_fds(control, [json.dumps(message).encode()], descriptors)
    except OSError as error:
        text = f"the fork server cannot be reached: {error.strerror}"
        raise LostWorkerError(text) from error
