"""The exit codes of the command line, and which outcome gives which."""

from enum import IntEnum
from typing import TYPE_CHECKING

from hepcoder.ledger.errors import (
    BudgetError,
    CredentialError,
    DigestError,
    HepcoderError,
    ModelNotFoundError,
    ReplayMissError,
    RunError,
    SandboxError,
    StorageError,
    UserError,
)

if TYPE_CHECKING:
    from hepcoder.ledger.failures import Failure


class Exit(IntEnum):
    """What a script can rely on; 130 is what shells give for Ctrl-C."""

    SOLVED = 0
    FAILED = 1
    USAGE = 2
    MODEL = 3
    BUDGET = 4
    SANDBOX = 5
    STORAGE = 6
    REPLAY = 7
    INTERRUPTED = 130

    @property
    def meaning(self) -> str:
        """One line for ``--help``."""
        return _MEANINGS[self]


_MEANINGS = {
    Exit.SOLVED: "done: the task is solved, verified or not (the status says which)",
    Exit.FAILED: "the agents did not get there; the run folder has everything they tried",
    Exit.USAGE: "wrong usage, or a task or input file that cannot be used",
    Exit.MODEL: "no usable model: key missing or refused, name unknown, weights missing, vendor down",
    Exit.BUDGET: "a budget of calls, tokens, dollars or seconds is used up",
    Exit.SANDBOX: "no sandbox can start here, or it failed",
    Exit.STORAGE: "a run folder is missing, busy, damaged or cannot be written",
    Exit.REPLAY: "the replay met something that the recording does not hold, or differs from the recorded run",
    Exit.INTERRUPTED: "stopped by Ctrl-C; `hepcoder resume RUN` goes on",
}

_BY_ERROR: tuple[tuple[type[HepcoderError], Exit], ...] = (
    (CredentialError, Exit.MODEL),
    (ModelNotFoundError, Exit.MODEL),
    (RunError, Exit.STORAGE),
    (StorageError, Exit.STORAGE),
    (DigestError, Exit.STORAGE),
    (BudgetError, Exit.BUDGET),
    (SandboxError, Exit.SANDBOX),
    (ReplayMissError, Exit.REPLAY),
    (UserError, Exit.USAGE),
)

_BY_HARNESS = {
    "interrupted": Exit.INTERRUPTED,
    "storage": Exit.STORAGE,
    "replay_miss": Exit.REPLAY,
    "input": Exit.USAGE,
}


def exit_of_error(error: HepcoderError) -> Exit:
    """Return the exit code for an error that ended a command.

    Example:
        >>> int(exit_of_error(CredentialError("OPENAI_API_KEY is not set")))
        3
    """
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), Exit.FAILED)


def exit_of_failure(failure: "Failure | None") -> Exit:
    """Return the exit code for the failure that ended a trial; None means that it was solved."""
    if failure is None:
        return Exit.SOLVED
    if failure.stage == "provider":
        return Exit.FAILED if failure.row.cause == "model" else Exit.MODEL
    if failure.stage == "harness":
        return _BY_HARNESS.get(failure.name, Exit.FAILED)
    return {"budget": Exit.BUDGET, "sandbox": Exit.SANDBOX}.get(failure.stage, Exit.FAILED)


def exit_table() -> str:
    """Return the codes with their meanings, for ``--help``."""
    return "\n".join(f"  {int(code):>3}  {code.meaning}" for code in Exit)
