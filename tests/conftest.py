"""Fixtures that every room may use."""

import os
from collections.abc import Callable
from pathlib import Path

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
