"""The task: what is asked, on which files, what must come out, and how much it may cost."""

from decimal import Decimal
from pathlib import Path

from pydantic import Field

from hepcoder.ledger.record import Record
from hepcoder.sandbox.records import Limits
from hepcoder.tools.contract import Output


class Budget(Record):
    """The most a trial may spend; None means no bound.

    Attributes:
        calls: HTTP attempts, failed ones included.
        tokens: Input and output tokens together.
        usd: Dollars; needs a priced model.
        seconds: Wall time of the whole trial, sandbox included.
    """

    calls: int | None = Field(default=40, ge=0)
    tokens: int | None = Field(default=400_000, ge=0)
    usd: Decimal | None = Field(default=None, ge=0)
    seconds: float | None = Field(default=1800.0, ge=0)


class Task(Record):
    """A request and all that bounds it.

    Attributes:
        id: Short name, used in folder names.
        prompt: The request in plain language, kept to the letter.
        inputs: Input files on this machine.
        outputs: What must be written; empty lets the supervisor derive it from the prompt.
        limits: Bounds on each run of a script.
        budget: Bounds on the trial.
    """

    id: str = Field(default="task", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    prompt: str = Field(min_length=1)
    inputs: tuple[Path, ...] = ()
    outputs: tuple[Output, ...] = ()
    limits: Limits = Limits()
    budget: Budget = Budget()
