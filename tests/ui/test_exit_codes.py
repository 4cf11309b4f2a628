"""Which outcome gives which exit code."""

import pytest

from hepcoder.ledger import errors
from hepcoder.ledger.failures import FAILURE_CLASSES, Failure
from hepcoder.ui.exits import Exit, exit_of_error, exit_of_failure, exit_table


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UserError, 2),
        (errors.TaskError, 2),
        (errors.InputError, 2),
        (errors.ModelNotFoundError, 3),
        (errors.CredentialError, 3),
        (errors.BudgetError, 4),
        (errors.SandboxError, 5),
        (errors.RunError, 6),
        (errors.RunBusyError, 6),
        (errors.StorageError, 6),
        (errors.ReplayMissError, 7),
        (errors.HepcoderError, 1),
    ],
)
def test_errors(kind: type[errors.HepcoderError], code: int) -> None:
    assert exit_of_error(kind("why")) == code


@pytest.mark.parametrize(
    ("stage", "name", "code"),
    [
        ("execution", "key", 1),
        ("output", "dummy_data", 1),
        ("provider", "refusal", 1),
        ("provider", "authentication", 3),
        ("provider", "overload", 3),
        ("budget", "usd", 4),
        ("sandbox", "failed", 5),
        ("harness", "storage", 6),
        ("harness", "replay_miss", 7),
        ("harness", "input", 2),
        ("harness", "interrupted", 130),
        ("harness", "bug", 1),
    ],
)
def test_failures(stage: str, name: str, code: int) -> None:
    failure = Failure.model_validate({"stage": stage, "name": name, "message": "why"})
    assert exit_of_failure(failure) == code


def test_every_failure_is_not_0_and_a_solved_trial_is() -> None:
    for stage, name in FAILURE_CLASSES:
        assert exit_of_failure(Failure.model_validate({"stage": stage, "name": name, "message": ""})) != 0
    assert exit_of_failure(None) == 0


def test_every_code_is_documented() -> None:
    for code in Exit:
        assert f"{int(code)}  {code.meaning}" in exit_table()
