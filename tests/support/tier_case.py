"""Tests whose second tier is for the thorough run, as a quicker test holds it to the same in every run."""

import pytest

landlock_is_thorough = pytest.mark.parametrize(
    "tier", ["bwrap", pytest.param("landlock", marks=pytest.mark.thorough)], indirect=True, scope="session"
)
