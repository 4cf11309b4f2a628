"""Fixtures that every room may use."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def open_data() -> Callable[[str], Path]:
    """Path of a CMS or ATLAS open-data file by its name; skips the test where the file is not at hand.

    The folder is the value of HEPCODER_TEST_DATA, else ``shared/data`` beside the checkout.
    """
    folder = Path(os.environ.get("HEPCODER_TEST_DATA") or REPOSITORY.parent / "shared" / "data")

    def find(name: str) -> Path:
        path = folder / name
        if not path.is_file():
            pytest.skip(f"open data {name} is not in {folder}; set HEPCODER_TEST_DATA to the folder that has it")
        return path

    return find


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes every attempt to open a connection a failure of the test."""

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        message = "a socket was opened during replay"
        raise AssertionError(message)

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
